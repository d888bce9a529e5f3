// What /sys tells of processes, mounts, the scheduler and the network.
import { beforeAll, describe, expect, test } from "vitest";
import { compileKernel, KernelMachine, type Script, SCRATCH } from "../../../tests/support/kernel-machine.ts";
import { rest, type Steps } from "../../../tests/support/kernel-world.ts";
import type { ScriptedProcess } from "../../../tests/support/kernel-machine.ts";
import { tinyBundle } from "../../../tests/support/tiny-wasm.ts";
import { parseHostRule, type Scopes } from "../../../pkg/scopes.ts";
import { CAP_ALL, CAP_FILES, CAP_NET } from "../../abi/capabilities.ts";
import { E_ISDIR, E_NOENT, E_NOTDIR, E_ROFS } from "../../abi/errors.ts";
import { OPEN_CREATE, OPEN_WRITE } from "../../abi/files.ts";

const OWN: Scopes = {
  files: [
    { path: "/sys", write: false },
    { path: "/tmp/own", write: true },
  ],
  hosts: ["10.0.2.2:8080", "10.0.0.0/8", "*:80-90"].map((text) => parseHostRule(text)!),
};
const SPAWNERS: Scopes = { files: [{ path: "/", write: false }], hosts: [] };

beforeAll(compileKernel, 60_000);

/** What /bin/last does, started by /bin/first, each with rules of its own. */
async function boot<T>(steps: (p: ScriptedProcess) => Steps<T>): Promise<T> {
  let found: T | undefined;
  const starts = (path: string, args: string[] = []): Script =>
    function* (p) {
      yield* p.spawn(path, args);
      yield* p.wait();
      yield* rest(p);
    };
  const bundle = (name: string, capabilities: number, scopes?: Scopes): Uint8Array =>
    tinyBundle({}, { name: `org.test.${name}`, capabilities, memoryPages: 4 }, scopes);
  const machine = await KernelMachine.load({
    programs: {
      "/init": { bundle: bundle("init", CAP_ALL), script: starts("/bin/first") },
      "/bin/first": {
        bundle: bundle("first", CAP_ALL, SPAWNERS),
        script: starts("/bin/last", ["a b", "c\n\u001b"]),
      },
      "/bin/last": {
        bundle: bundle("last", CAP_FILES | CAP_NET, OWN),
        *script(p) {
          found = yield* steps(p);
        },
      },
    },
  });
  machine.boot();
  return found!;
}

function* open(p: ScriptedProcess, path: string, flags = 0): Steps<number> {
  return yield* p.call("sysOpen", SCRATCH, p.write(SCRATCH, path), flags);
}

function* names(p: ScriptedProcess, path: string): Steps<string[] | number> {
  const length = yield* p.call("sysReaddir", SCRATCH, p.write(SCRATCH, path), SCRATCH + 0x1000, 0x1000);
  return length < 0
    ? length
    : p
        .text(SCRATCH + 0x1000, length)
        .split("\0")
        .slice(0, -1);
}

describe("/sys/proc/<pid>", () => {
  test("tells the state, the memory and the handles", async () => {
    const [own, parents] = await boot(function* (p) {
      yield* p.call("sysMemoryGrow", 1);
      yield* p.call("sysMemoryGrow", 9); // more than it may have
      return [yield* p.file("/sys/proc/3/status"), yield* p.file("/sys/proc/2/status")];
    });
    expect(
      own?.replaceAll(/^(?<key>age_us|cpu_us|group|priority|handle_limit|cpu_percent)=\d+$/gm, "$<key>=N"),
    ).toBe(
      [
        "name=org.test.last",
        "pid=3",
        "parent=2",
        "group=N",
        "priority=N",
        "state=run",
        "cpu_us=N",
        "age_us=N",
        "memory_kib=128",
        "memory_limit_kib=256",
        "memory_refused_kib=576",
        "stack_kib=128",
        "handles=3",
        "handle_limit=N",
        "cpu_percent=N",
        "",
      ].join("\n"),
    );
    expect(parents).toMatch(/^state=wait$/m);
    expect(parents).toMatch(/^waits_in_call=33$/m); // SYS_WAIT
  });

  test("tells the capabilities, and the rules of all that they lie within", async () => {
    expect(await boot((p) => p.file("/sys/proc/3/caps"))).toBe(
      [
        "capabilities=files net",
        "files=read /sys",
        "files=write /tmp/own",
        "hosts=10.0.2.2:8080",
        "hosts=10.0.0.0/8",
        "hosts=*:80-90",
        "within",
        "files=read /",
        "",
      ].join("\n"),
    );
  });

  test("tells the arguments, control characters masked", async () => {
    expect(await boot((p) => p.file("/sys/proc/3/args"))).toBe("a b\nc??\n");
  });

  test("is listed while there is such a process, beside the files that are not of one", async () => {
    const found = await boot(function* (p) {
      return [yield* names(p, "/sys/proc"), yield* names(p, "/sys/proc/1"), yield* names(p, "/sys")];
    });
    expect(found[0]).toEqual(expect.arrayContaining(["1/", "2/", "3/", "last-crash", "list"]));
    expect(found[0]).toHaveLength(5);
    expect(found[1]).toEqual(["status", "caps", "args"]);
    expect(found[2]).toEqual(expect.arrayContaining(["proc/", "mem", "sched", "net", "mounts", "pkg/"]));
  });

  test.each([
    ["/sys/proc/1", -E_ISDIR],
    ["/sys/proc/1/", -E_ISDIR],
    ["/sys/proc/4/status", -E_NOENT],
    ["/sys/proc/0/status", -E_NOENT],
    ["/sys/proc/01/status", -E_NOENT],
    ["/sys/proc/1024/status", -E_NOENT],
    ["/sys/proc/4294967297/status", -E_NOENT],
    ["/sys/proc/-1/status", -E_NOENT],
    ["/sys/proc/1x/status", -E_NOENT],
    ["/sys/proc/1/statusx", -E_NOENT],
    ["/sys/proc/1/stat", -E_NOENT],
    ["/sys/proc/1/status/x", -E_NOTDIR],
  ])("open of %s is %i", async (path, expected) => {
    expect(await boot((p) => open(p, path))).toBe(expected);
  });

  test("cannot be changed", async () => {
    const machine = await KernelMachine.load({
      programs: {
        "/init": {
          bundle: tinyBundle({}, { name: "org.test.init", capabilities: CAP_ALL }),
          *script(p) {
            const found = [
              yield* open(p, "/sys/proc/1/status", OPEN_WRITE),
              yield* open(p, "/sys/proc/1/new", OPEN_WRITE | OPEN_CREATE),
              yield* p.call("sysUnlink", SCRATCH, p.write(SCRATCH, "/sys/proc/1/status")),
              yield* p.call("sysMkdir", SCRATCH, p.write(SCRATCH, "/sys/proc/2")),
            ];
            expect(found).toEqual(Array.from({ length: 4 }, () => -E_ROFS));
            yield* p.call("sysPoweroff", 7);
          },
        },
      },
    });
    expect(machine.boot().status).toBe(7);
  });
});

test("/sys/mounts tells what is where, /sys/sched counts, /sys/net is down without a device", async () => {
  const [mounts, sched, net] = await boot(function* (p) {
    return [yield* p.file("/sys/mounts"), yield* p.file("/sys/sched"), yield* p.file("/sys/net")];
  });
  expect(mounts).toBe("/sys sysfs ro\n/tmp tmpfs rw\n/ initramfs ro\n");
  expect(sched).toMatch(
    /^runnable=1\nwaiting=2\nended=0\nresumes=\d+\npreemptions=0\nsleeps=\d+\nslept_us=\d+\nuptime_us=\d+\nexits=0\n$/,
  );
  expect(net).toBe("up=0\n");
});
