// What the scopes of a bundle let its process do, and what no detour gets around.
import { beforeAll, describe, expect, test } from "vitest";
import { compileKernel, KernelMachine, type Script, SCRATCH } from "../../../tests/support/kernel-machine.ts";
import { rest, type Steps } from "../../../tests/support/kernel-world.ts";
import { SeededRandom } from "../../../tests/support/seeded-random.ts";
import { tinyBundle } from "../../../tests/support/tiny-wasm.ts";
import { type HostRule, parseHostRule, type Scopes } from "../../../pkg/scopes.ts";
import { CAP_ALL } from "../../abi/capabilities.ts";
import { E_LIMIT, E_NETDOWN, E_NOENT, E_ROFS, E_SCOPE } from "../../abi/errors.ts";
import { OPEN_APPEND, OPEN_CREATE, OPEN_TRUNCATE, OPEN_WRITE } from "../../abi/files.ts";
import type { ScriptedProcess } from "../../../tests/support/kernel-machine.ts";

const WRITE = OPEN_WRITE | OPEN_CREATE;
const SECOND_PATH = SCRATCH + 0x1000;

beforeAll(compileKernel, 60_000);

function files(rules: Record<string, "read" | "write">): Scopes {
  return {
    files: Object.entries(rules).map(([path, right]) => ({ path, write: right === "write" })),
    hosts: [],
  };
}

function hosts(...texts: string[]): Scopes {
  return { files: [], hosts: texts.map((text): HostRule => parseHostRule(text)!) };
}

interface Link {
  scopes?: Scopes | undefined;
  script: Script;
}

/** Runs /init, whose child is /bin/1, whose child is /bin/2 if there is one...: the last runs while the others wait. */
async function chain(...links: Link[]): Promise<KernelMachine> {
  const parent = (path: string): Script =>
    function* (p) {
      expect(yield* p.spawn(path)).toBeGreaterThan(0);
      yield* p.wait();
      yield* rest(p);
    };
  const bundle = (name: string, scopes?: Scopes): Uint8Array =>
    tinyBundle({}, { name: `org.test.${name}`, capabilities: CAP_ALL }, scopes);
  const programs: Record<string, { bundle: Uint8Array; script: Script }> = {
    "/init": { bundle: bundle("init"), script: parent("/bin/1") },
  };
  links.forEach(({ scopes, script }, i) => {
    programs[`/bin/${i + 1}`] = { bundle: bundle(`p${i + 1}`, scopes), script };
  });
  const machine = await KernelMachine.load({ programs, files: { "/etc/motd": Buffer.from("hello") } });
  expect(machine.boot().reason).toBe("idle");
  return machine;
}

/** What a process with these scopes gets. */
async function within<T>(scopes: Scopes | undefined, steps: (p: ScriptedProcess) => Steps<T>): Promise<T> {
  let found: T | undefined;
  await chain({
    scopes,
    *script(p) {
      found = yield* steps(p);
    },
  });
  return found!;
}

function* open(p: ScriptedProcess, path: string, flags = 0): Steps<number> {
  const handle = yield* p.call("sysOpen", SCRATCH, p.write(SCRATCH, path), flags);
  if (handle >= 0) yield* p.call("sysClose", handle);
  return Math.min(handle, 0);
}

function* onPath(p: ScriptedProcess, call: string, path: string, ...args: number[]): Steps<number> {
  return Math.min(yield* p.call(call, SCRATCH, p.write(SCRATCH, path), ...args), 0);
}

function* rename(p: ScriptedProcess, from: string, to: string): Steps<number> {
  const length = p.write(SECOND_PATH, to);
  return yield* p.call("sysRename", SCRATCH, p.write(SCRATCH, from), SECOND_PATH, length);
}

describe("rules for files", () => {
  test.each([
    ["/etc", 0],
    ["/etc/", 0],
    ["/etc/motd", 0],
    ["/etc/../etc/motd", 0],
    ["//etc//motd", 0],
    ["/etc/none", -E_NOENT],
    ["/", -E_SCOPE],
    ["/etcetera", -E_SCOPE],
    ["/et", -E_SCOPE],
    ["/bin/1", -E_SCOPE],
    ["/etc/../bin/1", -E_SCOPE],
    ["/etc/./../bin", -E_SCOPE],
    ["/etc/..", -E_SCOPE],
    ["/etc/motd/../../bin/1", -E_SCOPE],
    ["/../bin/1", -E_SCOPE],
    ["/tmp/../sys/mem", -E_SCOPE],
  ])("that cover /etc for reading: stat of %s is %i", async (path, expected) => {
    const found = await within(files({ "/etc": "read" }), (p) => onPath(p, "sysStat", path, 0x100));
    expect(found).toBe(expected);
  });

  test("for reading allow no change, whatever the call", async () => {
    const found = await within(files({ "/": "read" }), function* (p) {
      return [
        yield* open(p, "/tmp/a", WRITE),
        yield* open(p, "/etc/motd", OPEN_WRITE),
        yield* open(p, "/etc/motd", OPEN_WRITE | OPEN_TRUNCATE),
        yield* open(p, "/etc/motd", OPEN_WRITE | OPEN_APPEND),
        yield* open(p, "/etc/motd", OPEN_CREATE),
        yield* onPath(p, "sysMkdir", "/tmp/b"),
        yield* onPath(p, "sysUnlink", "/tmp/b"),
        yield* rename(p, "/tmp/a", "/tmp/b"),
        yield* open(p, "/etc/motd"),
        yield* onPath(p, "sysReaddir", "/tmp", 0, 0),
      ];
    });
    expect(found).toEqual([...Array.from({ length: 8 }, () => -E_SCOPE), 0, 0]);
  });

  test("for writing allow reading and changing, there and below", async () => {
    const found = await within(files({ "/tmp/own": "write", "/etc": "read" }), function* (p) {
      return [
        yield* onPath(p, "sysMkdir", "/tmp/own"),
        yield* open(p, "/tmp/own/a", WRITE),
        yield* onPath(p, "sysMkdir", "/tmp/own/b"),
        yield* rename(p, "/tmp/own/a", "/tmp/own/b/c"),
        yield* open(p, "/tmp/own/b/c"),
        yield* onPath(p, "sysUnlink", "/tmp/own/b/c"),
        yield* onPath(p, "sysReaddir", "/tmp/own/b", 0, 0),
        yield* open(p, "/etc/motd"),
        yield* open(p, "/etc/motd", OPEN_WRITE),
        yield* open(p, "/tmp/ownother", WRITE),
      ];
    });
    expect(found).toEqual([0, 0, 0, 0, 0, 0, 0, 0, -E_SCOPE, -E_SCOPE]);
  });

  test("let a rename neither take from outside nor put there", async () => {
    const found = await within(files({ "/tmp/own": "write", "/tmp/read": "read" }), function* (p) {
      return [
        yield* onPath(p, "sysMkdir", "/tmp/own"),
        yield* open(p, "/tmp/own/a", WRITE),
        yield* rename(p, "/tmp/own/a", "/tmp/a"),
        yield* rename(p, "/tmp/own/a", "/tmp/own/../a"),
        yield* rename(p, "/tmp/own/a", "/tmp/read/a"),
        yield* rename(p, "/tmp/read/a", "/tmp/own/b"),
        yield* rename(p, "/tmp/outside", "/tmp/own/b"),
        yield* rename(p, "/tmp", "/tmp/own/b"),
        yield* open(p, "/tmp/own/a"),
      ];
    });
    expect(found).toEqual([0, 0, ...Array.from({ length: 6 }, () => -E_SCOPE), 0]);
  });

  test("decide which programs can be started", async () => {
    const found = await within(files({ "/bin/1": "read" }), function* (p) {
      return [yield* onPath(p, "sysPkgResolve", "/bin/1"), yield* onPath(p, "sysPkgResolve", "/bin/../init")];
    });
    expect(found).toEqual([0, -E_SCOPE]);
  });

  test("say nothing of what is outside: whether it exists cannot be told", async () => {
    const found = await within(files({ "/etc": "read" }), function* (p) {
      return [
        yield* open(p, "/bin/1"),
        yield* open(p, "/bin/none"),
        yield* onPath(p, "sysMkdir", "/bin"),
        yield* onPath(p, "sysReaddir", "/bin/1", 0, 0),
      ];
    });
    expect(found).toEqual(Array.from({ length: 4 }, () => -E_SCOPE));
  });

  test("that are none cover everything", async () => {
    const found = await within(undefined, function* (p) {
      return [
        yield* open(p, "/bin/1"),
        yield* open(p, "/bin/1", OPEN_WRITE),
        yield* open(p, "/tmp/a", WRITE),
      ];
    });
    expect(found).toEqual([0, -E_ROFS, 0]);
  });
});

describe("rules for hosts", () => {
  const connect = (address: string, port: number): ((p: ScriptedProcess) => Steps<number>) => {
    const ip = Buffer.from(address.split(".").map(Number)).readUInt32LE();
    return (p) => p.call("sysTcpConnect", ip, port);
  };
  const allowed = -E_NETDOWN; // asked the network, of which there is none

  test.each([
    ["10.0.2.2:8080", "10.0.2.2", 8080, allowed],
    ["10.0.2.2:8080", "10.0.2.2", 8081, -E_SCOPE],
    ["10.0.2.2:8080", "10.0.2.3", 8080, -E_SCOPE],
    ["10.0.2.2", "10.0.2.2", 65535, allowed],
    ["10.0.0.0/8", "10.255.255.255", 1, allowed],
    ["10.0.0.0/8", "11.0.0.0", 1, -E_SCOPE],
    ["10.0.2.128/25", "10.0.2.127", 1, -E_SCOPE],
    ["10.0.2.128/25", "10.0.2.129", 1, allowed],
    ["*:8000-8099", "1.2.3.4", 8000, allowed],
    ["*:8000-8099", "255.255.255.255", 8099, allowed],
    ["*:8000-8099", "1.2.3.4", 7999, -E_SCOPE],
    ["*:8000-8099", "1.2.3.4", 8100, -E_SCOPE],
  ])("%s: %s port %i is %i", async (rule, address, port, expected) => {
    expect(await within(hosts("127.0.0.1:1", rule), connect(address, port))).toBe(expected);
  });
});

describe("what a process starts", () => {
  /** What /bin/2 gets, started by /bin/1 with these scopes. */
  async function granted<T>(
    spawner: Scopes | undefined,
    own: Scopes | undefined,
    steps: (p: ScriptedProcess) => Steps<T>,
  ): Promise<T> {
    let found: T | undefined;
    const start: Script = function* (p) {
      yield* p.spawn("/bin/2");
      yield* p.wait();
    };
    const last: Script = function* (p) {
      found = yield* steps(p);
    };
    await chain({ scopes: spawner, script: start }, { scopes: own, script: last });
    return found!;
  }

  test("has what both cover, and no more", async () => {
    const spawner = files({ "/bin": "read", "/etc": "read", "/tmp": "write" });
    const own = files({ "/etc": "write", "/tmp/a": "write", "/sys": "read" });
    const found = await granted(spawner, own, function* (p) {
      return [
        yield* open(p, "/etc/motd"),
        yield* open(p, "/etc/motd", OPEN_WRITE), // its own only
        yield* open(p, "/sys/mem"), // its own only
        yield* open(p, "/bin/1"), // the spawner's only
        yield* open(p, "/tmp/a", WRITE),
        yield* open(p, "/tmp/b", WRITE), // the spawner's only
      ];
    });
    expect(found).toEqual([0, -E_SCOPE, -E_SCOPE, -E_SCOPE, 0, -E_SCOPE]);
  });

  test("without rules of its own has the spawner's", async () => {
    const found = await granted(files({ "/bin": "read" }), undefined, function* (p) {
      return [yield* open(p, "/bin/1"), yield* open(p, "/etc/motd")];
    });
    expect(found).toEqual([0, -E_SCOPE]);
  });

  test("keeps its limits when its spawner has ended", async () => {
    const found: number[] = [];
    const scopes = files({ "/bin": "read" });
    await chain(
      {
        scopes,
        script: function* (p) {
          yield* p.spawn("/bin/2");
        },
      },
      {
        script: function* (p) {
          yield* p.call("sysSleep", 1_000_000_000n);
          found.push(yield* open(p, "/etc/motd"), yield* open(p, "/bin/1"));
        },
      },
    );
    expect(found).toEqual([-E_SCOPE, 0]);
  });

  test("is refused when the chain of rules is too long; nothing of it is left then", async () => {
    const results: number[] = [];
    const probes: number[][] = [];
    // Each starts the other, whose rules differ, as long as that works.
    const starts = (other: string): Script =>
      function* (p) {
        const pid = yield* p.spawn(other);
        if (pid < 0) results.push(pid);
        else yield* p.wait();
        return results.length;
      };
    const again: Script = function* (p) {
      for (let round = 0; round < 3; round++) {
        yield* p.spawn("/bin/2");
        yield* p.wait();
        p.machine.call("__collect");
        probes.push([16, 64, 256].map((size) => p.machine.call("heapProbe", size)));
      }
    };
    await chain(
      { script: again },
      { scopes: files({ "/bin": "read" }), script: starts("/bin/3") },
      { scopes: files({ "/": "read" }), script: starts("/bin/2") },
    );
    expect(results).toEqual([-E_LIMIT, -E_LIMIT, -E_LIMIT]);
    expect(probes[2]).toEqual(probes[1]);
  });
});

test.each([1, 2, 3, 4])("random rules and paths agree with a model, seed %i", async (seed) => {
  const random = new SeededRandom(seed);
  const part = (): string => ["a", "ab", "b", "..", ".", "", "etc"][random.below(7)]!;
  const path = (): string => `/${Array.from({ length: 1 + random.below(4) }, part).join("/")}`;
  const rulePath = (): string =>
    new URL(`file://${path()}`).pathname.replaceAll(/\/+/g, "/").replace(/(?<=.)\/$/, "");
  const rules = (): Scopes =>
    files(
      Object.fromEntries(
        Array.from({ length: 1 + random.below(4) }, () => [
          rulePath(),
          random.below(2) === 0 ? "read" : "write",
        ]),
      ),
    );
  const [spawner, own] = [{ files: [...rules().files, { path: "/bin", write: false }], hosts: [] }, rules()];
  const rightsIn = (scopes: Scopes, at: string): number =>
    scopes.files.reduce((rights, rule) => {
      const covers = rule.path === "/" || at === rule.path || at.startsWith(`${rule.path}/`);
      return covers ? rights | (rule.write ? 3 : 1) : rights;
    }, 0);
  const checked: string[] = [];
  const expectRights: Script = function* (p) {
    for (let i = 0; i < 300; i++) {
      const asked = path();
      const normal = normalized(asked);
      const rights = rightsIn(spawner, normal) & rightsIn(own, normal);
      const stat = yield* onPath(p, "sysStat", asked, 0x100);
      const mkdir = yield* onPath(p, "sysMkdir", asked);
      expect([asked, stat === -E_SCOPE, mkdir === -E_SCOPE]).toEqual([
        asked,
        (rights & 1) === 0,
        (rights & 2) === 0,
      ]);
      checked.push(asked);
    }
  };
  const start: Script = function* (p) {
    yield* p.spawn("/bin/2");
    yield* p.wait();
  };
  await chain({ scopes: spawner, script: start }, { scopes: own, script: expectRights });
  expect(checked).toHaveLength(300);
});

function normalized(path: string): string {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return `/${parts.join("/")}`;
}
