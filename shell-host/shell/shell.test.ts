import { beforeAll, describe, expect, test } from "vitest";
import * as errors from "../../guest-kernel/abi/errors.ts";
import * as traps from "../../guest-kernel/abi/instance.ts";
import { STATUS_TRAPPED } from "../../guest-kernel/abi/syscall.ts";
import { compileApp } from "../../tests/support/app.ts";
import { FakeKernel } from "../../tests/support/fake-kernel.ts";

const PROMPT = "oscortex$ ";
const BANNER = "Oscortex. `help` lists the commands.\n";

let shell: WebAssembly.Module;
beforeAll(async () => {
  shell = await compileApp("shell-host/shell");
}, 60_000);

function kernelWith(packages: Record<string, { status?: number; error?: number }>): FakeKernel {
  const kernel = new FakeKernel();
  for (const [name, does] of Object.entries(packages)) kernel.packages.set(name, does);
  return kernel;
}

/** Types lines at the prompt, the last one without an end; what the shell said in between. */
function type(kernel: FakeKernel, ...lines: string[]): { status: number; stdout: string; stderr: string } {
  kernel.input = lines.join("\n");
  const outcome = kernel.run(shell);
  return { ...outcome, stdout: outcome.stdout.replace(BANNER, "").replaceAll(PROMPT, "") };
}

describe("the prompt", () => {
  test("greets, prompts, and ends with its input", () => {
    const kernel = new FakeKernel();
    expect(kernel.run(shell)).toEqual({ status: 0, stdout: `${BANNER}${PROMPT}\n`, stderr: "" });
  });

  test("ends the machine with the status asked for", () => {
    expect(type(new FakeKernel(), "exit 7", "echo no").status).toBe(7);
    expect(type(new FakeKernel(), "poweroff", "echo no")).toEqual({ status: 0, stdout: "", stderr: "" });
  });

  test("ends at the end of the input, after the line before it", () => {
    expect(type(new FakeKernel(), "echo a\x04echo b", "").stdout).toBe("a\n\n");
    expect(type(new FakeKernel(), "echo a", "\x04echo b", "").stdout).toBe("a\n\n");
    expect(type(new FakeKernel(), "\x04").stdout).toBe("\n");
  });

  test("goes on after blank lines, unknown commands and open quotes", () => {
    const { stdout, stderr } = type(new FakeKernel(), "", "   ", "frob", "echo 'open", "echo on\r", "");
    expect(stdout).toBe("on\n\n");
    expect(stderr).toBe("sh: frob: no such command; `help` lists them\nsh: a quote is left open: '\n");
  });

  test.each([
    ["echo a   b\tc", "a b c"],
    ["echo 'a   b' c", "a   b c"],
    [`echo "it's" 'say "hi"'`, `it's say "hi"`],
    ["echo a'b c'd", "ab cd"],
    ["echo a\\ b \\'", "a b '"],
    [`echo "a\\"b" 'c\\d'`, `a"b c\\d`],
    ["echo '' x", " x"],
    ["echo grüße 😀", "grüße 😀"],
  ])("%s prints %s", (line, printed) => {
    expect(type(new FakeKernel(), line, "exit").stdout).toBe(`${printed}\n`);
  });

  test("$? is the last command's status, but in '...'", () => {
    const { stdout } = type(new FakeKernel(), "frob", `echo $? "$?"x '$?' $ \\$?`, "echo $?", "exit");
    expect(stdout).toBe("127 127x $? $ $?\n0\n");
  });

  test("takes a line of more than 4 KiB in pieces, losing nothing", () => {
    const { stdout, stderr } = type(new FakeKernel(), `echo ${"x".repeat(5000)}`, "exit");
    expect(stdout).toBe(`${"x".repeat(4091)}\n`);
    expect(stderr).toBe(`sh: ${"x".repeat(909)}: no such command; \`help\` lists them\n`);
  });

  test("does thousands of commands without its memory growing", () => {
    const kernel = new FakeKernel();
    const { stdout } = type(
      kernel,
      ...Array.from({ length: 20_000 }, (_, i) => `echo ${"y".repeat(500)} ${i}`),
    );
    expect(stdout).toMatch(/ 19999\n\n$/);
  });
});

describe("files", () => {
  test("ls prints names, cat prints contents, ps prints the list of processes", () => {
    const kernel = new FakeKernel();
    kernel.folders.set("/", ["bin/", "sys/"]);
    kernel.files.set("/sys/pkg/cache", "slots=0/16\n").set("/sys/proc/list", "PID NAME\n");
    kernel.files.set("/long", "z".repeat(10_000));
    expect(type(kernel, "ls", "cat /sys/pkg/cache /sys/pkg/cache", "ps", "exit").stdout).toBe(
      "bin/\nsys/\nslots=0/16\nslots=0/16\nPID NAME\n",
    );
    expect(type(kernel, "cat /long", "exit").stdout).toBe("z".repeat(10_000));
  });

  test("may be named from the root on, where the shell is", () => {
    const kernel = new FakeKernel();
    kernel.folders.set("/sys/pkg", ["cache"]);
    kernel.files.set("/sys/pkg/cache", "slots=0/16\n");
    expect(type(kernel, "ls sys/pkg", "cat sys/pkg/cache", "exit").stdout).toBe("cache\nslots=0/16\n");
  });

  test("say in one line what is wrong", () => {
    const { stderr } = type(new FakeKernel(), "cat /none", "ls /none", "cat", "exit");
    expect(stderr).toBe("cat: /none: no such file\nls: /none: no such file\nusage: cat FILE...\n");
  });

  test("a folder listing of more than 4 KiB is complete", () => {
    const kernel = new FakeKernel();
    const names = Array.from({ length: 1000 }, (_, i) => `file-${i}`);
    kernel.folders.set("/many", names);
    expect(type(kernel, "ls /many", "exit").stdout).toBe(`${names.join("\n")}\n`);
  });
});

describe("run", () => {
  test("passes the arguments and gives the app's status", () => {
    const kernel = kernelWith({ "org.a": { status: 42 } });
    const outcome = kernel.run(shell, ["--exec", "run", "org.a", "--exit", "a b", ""]);
    expect(outcome).toEqual({ status: 42, stdout: "", stderr: "" });
    expect(kernel.started).toEqual([{ pid: 3, name: "org.a", args: ["--exit", "a b", ""], status: 42 }]);
  });

  test.each([
    [traps.TRAP_UNREACHABLE, 132, "unreachable executed"],
    [traps.TRAP_UNDEFINED_ELEMENT, 132, "undefined element"],
    [traps.TRAP_NULL_ELEMENT, 132, "uninitialized element"],
    [traps.TRAP_SIGNATURE_MISMATCH, 132, "indirect call type mismatch"],
    [traps.TRAP_DIVISION_BY_ZERO, 136, "integer divide by zero"],
    [traps.TRAP_INTEGER_OVERFLOW, 136, "integer overflow"],
    [traps.TRAP_INVALID_CONVERSION, 136, "invalid conversion to integer"],
    [traps.TRAP_OUT_OF_BOUNDS, 139, "out of bounds memory access"],
    [traps.TRAP_STACK_OVERFLOW, 139, "call stack exhausted"],
    [traps.TRAP_TABLE_OUT_OF_BOUNDS, 139, "out of bounds table access"],
  ])("trap %i is exit status %i: %s", (trap, status, text) => {
    const kernel = kernelWith({ "org.a": { status: STATUS_TRAPPED | trap } });
    expect(kernel.run(shell, ["--exec", "run", "org.a"])).toEqual({
      status,
      stdout: "",
      stderr: `run: org.a: crashed: ${text} (status ${status})\n`,
    });
  });

  test("kills what exceeds its time, and its companions with it", () => {
    const kernel = kernelWith({ "org.spin": {}, "org.clock": {} });
    const background = ["--background", "org.clock --interval 20"];
    const outcome = kernel.run(shell, ["--exec", "run", "--timeout", "2", ...background, "org.spin"]);
    expect(outcome).toEqual({ status: 124, stdout: "", stderr: "run: org.spin: killed after 2 s\n" });
    expect(kernel.started).toEqual([
      { pid: 3, name: "org.clock", args: ["--interval", "20"], status: 0x200 },
      { pid: 4, name: "org.spin", args: [], status: 0x200 },
    ]);
  });

  test.each([
    [errors.E_PKG_SERVER, 65, "the package server is down or cannot be reached"],
    [errors.E_PKG_HTTP, 66, "the package server's HTTP response is malformed or unexpected"],
    [errors.E_PKG_TRUNCATED, 67, "the bundle was cut short: its length is not the catalog's"],
    [errors.E_PKG_DIGEST, 68, "the bundle's SHA-256 differs from the catalog's"],
    [errors.E_PKG_CATALOG, 69, "the catalog is malformed"],
    [errors.E_PKG_BUNDLE, 70, "the bundle is malformed"],
    [errors.E_PKG_MODULE, 71, "the bundle's WebAssembly was refused"],
    [errors.E_PKG_CACHE_FULL, 72, "the package cache is full of apps that are pinned or running"],
    [errors.E_PKG_LIBRARY, 74, "the bundle was packed for another version of the system"],
    [errors.E_NETDOWN, 1, "the network is down"],
    [errors.E_PERM, 1, "not permitted: the capability is missing"],
  ])("resolve error %i is exit status %i: %s", (error, status, text) => {
    const kernel = kernelWith({ "org.a": { error } });
    expect(kernel.run(shell, ["--exec", "run", "org.a"])).toEqual({
      status,
      stdout: "",
      stderr: `run: org.a: ${text}\n`,
    });
  });

  test("an unknown name is status 64", () => {
    const outcome = new FakeKernel().run(shell, ["--exec", "run", "org.none"]);
    expect(outcome).toEqual({ status: 64, stdout: "", stderr: "run: org.none: not in the catalog\n" });
  });

  test("a companion that cannot be started fails the command, and nothing is left running", () => {
    const kernel = kernelWith({ "org.clock": {}, "org.a": { status: 0 } });
    const words = ["--background", "org.clock", "--background", "org.none", "org.a"];
    expect(kernel.run(shell, ["--exec", "run", ...words]).status).toBe(64);
    expect(kernel.started.map(({ name, status }) => [name, status])).toEqual([["org.clock", 0x200]]);
  });

  test.each([
    [[]],
    [["--timeout", "2"]],
    [["--timeout", "0", "org.a"]],
    [["--timeout", "x", "org.a"]],
    [["--frob", "x", "org.a"]],
    [["--frob"]],
    [["&"]],
    [["--timeout", "2", "org.a", "&"]],
  ])("refuses %j", (words) => {
    const outcome = kernelWith({ "org.a": { status: 0 } }).run(shell, ["--exec", "run", ...words]);
    expect(outcome.status).toBe(2);
    expect(outcome.stderr).toMatch(/^usage: run .*\n$/);
  });

  test("in the background: says its pid, and at a later prompt how it ended", () => {
    const kernel = kernelWith({ "org.a": { status: 3 } });
    expect(type(kernel, "run org.a x &", "echo then", "exit").stdout).toBe(
      "[3] org.a\n[3] org.a: ended with status 3\nthen\n",
    );
  });
});

describe("packages and processes", () => {
  test("jobs lists what runs in the background, kill %PID ends one, nice sets priorities", () => {
    const kernel = kernelWith({ "org.spin": {}, "org.a": { status: 0 } });
    const lines = [
      "run org.spin &",
      "nice 2 run org.spin &",
      "nice 3 3",
      "jobs",
      "kill %3 %4",
      "jobs",
      "exit",
    ];
    const { stdout, stderr } = type(kernel, ...lines);
    expect(stderr).toBe("");
    const spins = "[3] org.spin\n[4] org.spin\n";
    expect(stdout).toBe(`${spins}${spins}[3] org.spin: killed\n[4] org.spin: killed\n`);
    expect([...kernel.priorities]).toEqual([
      [4, 2],
      [3, 3],
    ]);
  });

  test.each(["nice", "nice 9 run org.a", "nice 0 3", "nice 2", "nice 2 x", "kill", "kill %x"])(
    "%s is used wrongly",
    (line) => {
      const { status, stderr } = new FakeKernel().run(shell, ["--exec", ...line.split(" ")]);
      expect([status, stderr.startsWith("usage: ")]).toEqual([2, true]);
    },
  );

  test("fetch resolves, and says why it cannot", () => {
    const kernel = kernelWith({ "org.a": {} });
    const { status, stdout, stderr } = type(kernel, "fetch org.a", "fetch org.b", "fetch", "exit");
    expect([status, stdout]).toEqual([0, ""]);
    expect(stderr).toMatch(/^fetch: org\.b: .+\nusage: fetch NAME\n$/);
  });

  test("catalog lists, evict drops, kill ends", () => {
    const kernel = kernelWith({ "org.a": { status: 0 }, "org.spin": {} });
    const { stdout, stderr } = type(
      kernel,
      "catalog",
      "evict org.a",
      "run org.spin &",
      "kill 3",
      "",
      "kill 9",
      "exit",
    );
    expect(stdout).toBe(
      "org.a                           1.0.0            1000\n" +
        "org.spin                        1.0.0            1001\n" +
        "[3] org.spin\n[3] org.spin: killed\n",
    );
    expect(kernel.evicted).toEqual(["org.a"]);
    expect(stderr).toBe("kill: 9: no such process\n");
  });

  test("a catalog of more than a first guess's entries is complete", () => {
    const kernel = new FakeKernel();
    for (let i = 0; i < 100; i++) kernel.packages.set(`org.p${i}`, {});
    expect(type(kernel, "catalog", "exit").stdout.split("\n").length).toBe(101);
  });

  test("--exec without a command, or another word, is a usage error", () => {
    expect(new FakeKernel().run(shell, ["--exec"]).status).toBe(2);
    expect(new FakeKernel().run(shell, ["frob"]).status).toBe(2);
    expect(new FakeKernel().run(shell, ["--exec", "frob"]).status).toBe(127);
  });
});
