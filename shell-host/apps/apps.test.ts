import { beforeAll, describe, expect, test } from "vitest";
import { decodeBundle } from "../../pkg/bundle.ts";
import { compileApp, packApp } from "../../tests/support/app.ts";
import { FakeKernel } from "../../tests/support/fake-kernel.ts";

const TIMEOUT_MS = 60_000; // compiling

describe("hello", () => {
  let hello: WebAssembly.Module;
  beforeAll(async () => {
    hello = await compileApp("shell-host/apps/hello");
  }, TIMEOUT_MS);

  test.each([
    [[], 0, "Hello from Oscortex\n"],
    [["a", "b"], 0, "Hello from Oscortex\na b\n"],
    [["--exit", "42"], 42, "Hello from Oscortex\n"],
    [["ä", "--exit", "255", "ö ü"], 255, "Hello from Oscortex\nä ö ü\n"],
  ])("%j ends with %i and prints %j", (args, status, stdout) => {
    expect(new FakeKernel().run(hello, args)).toEqual({ status, stdout, stderr: "" });
  });

  test.each([[["--exit"]], [["--exit", "256"]], [["--exit", "-1"]], [["--exit", "x"]]])(
    "refuses %j",
    (args) => {
      const outcome = { status: 2, stdout: "", stderr: "hello: --exit: expected a number of 0..255\n" };
      expect(new FakeKernel().run(hello, args)).toEqual(outcome);
    },
  );
});

describe("clock", () => {
  let clock: WebAssembly.Module;
  beforeAll(async () => {
    clock = await compileApp("shell-host/apps/clock");
  }, TIMEOUT_MS);

  test("prints numbered lines at its pace", () => {
    const kernel = new FakeKernel();
    const { status, stdout } = kernel.run(clock, ["--interval", "20", "--count", "3"]);
    expect(status).toBe(0);
    const line = (n: number): string =>
      String.raw`clock ${n} 1970-01-01T00:00:01\.0\d\dZ gap 20\.0 ms` + "\n";
    expect(stdout).toMatch(new RegExp(`^${line(1)}${line(2)}${line(3)}$`));
  });

  test(
    "ticks a hundred thousand times in its 2 MiB",
    () => {
      expect(new FakeKernel().run(clock, ["--count", "100000"]).stdout).toContain("\nclock 100000 ");
    },
    TIMEOUT_MS,
  );

  test.each([[["--interval"]], [["--interval", "0"]], [["--count", "x"]], [["--frob", "1"]]])(
    "refuses %j",
    (args) => {
      expect(new FakeKernel().run(clock, args).status).toBe(2);
    },
  );
});

describe("crash", () => {
  let crash: WebAssembly.Module;
  beforeAll(async () => {
    crash = await compileApp("shell-host/apps/crash");
  }, TIMEOUT_MS);

  test.each([
    ["oob", /memory access out of bounds/],
    ["div0", /divide by zero/],
    ["overflow", /divide result unrepresentable/],
    ["unreachable", /unreachable/],
    ["stack", /call stack/],
    ["indirect", /table index is out of bounds/],
    ["indirect-null", /null function or function signature mismatch/],
    ["indirect-type", /null function or function signature mismatch/],
  ])("%s traps", (kind, reason) => {
    const kernel = new FakeKernel();
    expect(() => kernel.run(crash, [kind])).toThrow(reason);
    expect(kernel.outputOf(2)).toBe("");
  });

  test("abort says where, then traps", () => {
    const kernel = new FakeKernel();
    expect(() => kernel.run(crash, ["abort"])).toThrow(/unreachable/);
    expect(kernel.outputOf(2)).toMatch(/^Index out of range at ~lib\/array\.ts:\d+:\d+\n$/);
  });

  test("another kind is a usage error", () => {
    expect(new FakeKernel().run(crash, ["frob"]).status).toBe(2);
    expect(new FakeKernel().run(crash, []).status).toBe(2);
  });
});

describe("fetch", () => {
  let fetchApp: WebAssembly.Module;
  beforeAll(async () => {
    fetchApp = await compileApp("shell-host/apps/fetch");
  }, TIMEOUT_MS);

  function fetchFrom(url: string, answer: string): { status: number; stdout: string; stderr: string } {
    const kernel = new FakeKernel();
    kernel.peers.set("10.0.2.2:8080", () => answer);
    const { status, stdout, stderr } = kernel.run(fetchApp, [url]);
    return { status, stdout, stderr };
  }

  test("asks for the path and prints the body", () => {
    const kernel = new FakeKernel();
    kernel.peers.set("10.0.2.2:8080", (request) => `HTTP/1.1 200 OK\r\nA: b\r\n\r\n${request}`);
    const { status, stdout } = kernel.run(fetchApp, ["http://10.0.2.2:8080/a/b?c=d"]);
    expect(status).toBe(0);
    expect(stdout).toBe("GET /a/b?c=d HTTP/1.0\r\nHost: 10.0.2.2:8080\r\nConnection: close\r\n\r\n");
  });

  test("a large body comes through whole", () => {
    const body = "0123456789abcdef".repeat(20_000);
    const head = `HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n`;
    expect(fetchFrom("http://10.0.2.2:8080/", head + body)).toEqual({ status: 0, stdout: body, stderr: "" });
  });

  test.each([
    ["HTTP/1.1 404 Not Found\r\n\r\nno", "HTTP status 404"],
    ["", "the connection ended before the response"],
    ["HTTP/1.1 200 OK\r\n", "the connection ended before the response"],
    ["SSH-2.0\r\n\r\n", "not an HTTP response"],
    ["HTTP/1.1 abc\r\n\r\n", "not an HTTP response"],
    ["HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n", "malformed Content-Length"],
    ["HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab", "body of 2 bytes, expected 5"],
    [`HTTP/1.1 200 OK\r\n${"a: b\r\n".repeat(5000)}\r\n`, "response head of more than 16 KiB"],
  ])("%j fails: %s", (answer, problem) => {
    const { status, stderr } = fetchFrom("http://10.0.2.2:8080/", answer);
    expect([status, stderr]).toEqual([1, `fetch: 10.0.2.2:8080: ${problem}\n`]);
  });

  test("a refused connection is one line", () => {
    const outcome = new FakeKernel().run(fetchApp, ["http://10.0.2.2:9/"]);
    expect(outcome).toEqual({ status: 1, stdout: "", stderr: "fetch: 10.0.2.2:9: connection refused\n" });
  });

  test.each([
    ["https://10.0.2.2/"],
    ["http://example.org/"],
    ["http://10.0.2/"],
    ["http://10.0.2.256/"],
    ["http://10.0.2.2:0/"],
    ["http://10.0.2.2:65536/"],
    ["http://10.0.2.2/a b"],
    ["http://10.0.2.2/\r\nX: y"],
  ])("refuses %j", (url) => {
    expect(new FakeKernel().run(fetchApp, [url]).status).toBe(2);
  });
});

describe("bench", () => {
  let bench: WebAssembly.Module;
  beforeAll(async () => {
    bench = await compileApp("shell-host/apps/bench");
  }, TIMEOUT_MS);

  test("prints a line of numbers for each subject", () => {
    const kernel = new FakeKernel();
    kernel.packages.set("org.oscortex.ballast", { status: 0 });
    kernel.files.set(
      "/sys/pkg/last",
      "name=org.a\nresult=17\nconnect=1000\ncatalog=0\ntransfer=2500\nhash=300\ncompile=7\ntotal=4000\n",
    );
    const { status, stdout } = kernel.run(bench, ["--rounds", "5"]);
    expect(status).toBe(0);
    const lines = stdout
      .trimEnd()
      .split("\n")
      .map((line) => line.split(" "));
    expect(lines.map(([name, count]) => [name, count])).toEqual([
      ...["null", "null_by_number", "getpid", "clock_monotonic", "yield"].map((name) => [name, "1000"]),
      ["resolve_hit", "1000"],
      ["resolve_miss", "5"],
      ...["connect", "catalog", "transfer", "hash", "compile"].map((step) => [`resolve_miss.${step}`, "5"]),
    ]);
    // The fake's clock goes on by 1 us at each look: 1000 ns for 1000 operations.
    expect(lines[0]).toEqual(["null", "1000", "1.0", "1.0", "1.0", "1.0"]);
    expect(lines.at(-1)).toEqual(["resolve_miss.compile", "5", "7.0", "7.0", "7.0", "7.0"]);
    expect(kernel.evicted.length).toBe(5);
  });

  test("with a server connects anew for each miss", () => {
    const kernel = new FakeKernel();
    kernel.packages.set("org.oscortex.ballast", { status: 0 });
    kernel.files.set("/sys/pkg/last", "connect=1000\n");
    const args = ["--rounds", "3", "--server", "10.0.2.2:8080", "resolve-miss"];
    const { status, stdout } = kernel.run(bench, args);
    expect({
      status,
      names: stdout
        .trimEnd()
        .split("\n")
        .map((line) => line.split(" ")[0]),
    }).toEqual({
      status: 0,
      names: ["resolve_anew", "resolve_anew.connect"],
    });
    expect(kernel.run(bench, ["--server", "10.0.2.2"]).status).toBe(2);
  });

  test("fails with a line for a package that is not there", () => {
    const outcome = new FakeKernel().run(bench, ["resolve-hit", "--package", "org.none"]);
    expect(outcome).toEqual({ status: 1, stdout: "", stderr: "bench: org.none: not in the catalog\n" });
  });
});

describe("ballast", () => {
  test(
    "is a bundle of about 64 KiB that computes the same every time",
    async () => {
      const file = await packApp("shell-host/apps/ballast");
      expect(file.length).toBeGreaterThan(60 * 1024);
      expect(file.length).toBeLessThan(68 * 1024);
      const module = new WebAssembly.Module(new Uint8Array(decodeBundle(file).wasm));
      const { stdout } = new FakeKernel().run(module);
      expect(stdout).toMatch(/^mathematics [0-9a-f]+\ncollections [0-9a-f]+\n$/);
      expect(new FakeKernel().run(module).stdout).toBe(stdout);
    },
    TIMEOUT_MS,
  );
});

test(
  "spin is one loop without system calls",
  async () => {
    const module = await compileApp("shell-host/apps/spin");
    expect(WebAssembly.Module.imports(module).map(({ name }) => name)).not.toContain("yield");
  },
  TIMEOUT_MS,
);
