// Capabilities in the guest: what each lets a process do, and what none of them lets it do, through system calls.
import { createServer, type Server } from "node:net";
import { once } from "node:events";
import { afterAll, describe, expect, test } from "vitest";
import { CAP_FILES, CAP_NET, CAP_PACKAGES, CAP_PROCESSES } from "../../guest-kernel/abi/capabilities.ts";
import { E_PERM } from "../../guest-kernel/abi/errors.ts";
import { SYSCALL_SLOTS } from "../../guest-kernel/abi/syscall-table.ts";
import * as numbers from "../../guest-kernel/abi/syscall.ts";
import { SYSCALL_RULES } from "../../guest-kernel/image/syscall-rules.ts";
import { parseHostRule, type Scopes } from "../../pkg/scopes.ts";
import { KERNEL_APP, KernelAppGuest, withNames } from "../support/kernel-app.ts";
import { lacksKvm } from "../support/kvm.ts";
import { BOOT_TIMEOUT_MS } from "../support/oscortex-command.ts";

const NOTHING = "org.test.nothing";
const FILES = "org.test.files";
const NET = "org.test.net";
const PROCESSES = "org.test.processes";

/** Serves a byte to whoever connects; its port. */
async function listen(servers: Server[]): Promise<number> {
  const server = createServer((socket) => socket.end("x"));
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("no address");
  return address.port;
}

describe.skipIf(lacksKvm())("a capability", { timeout: BOOT_TIMEOUT_MS }, () => {
  const servers: Server[] = [];
  let allowed = 0;
  let other = 0;

  const guest = new KernelAppGuest(async () => {
    allowed = await listen(servers);
    other = await listen(servers);
    const files: Scopes = {
      files: [
        { path: "/sys", write: false },
        { path: "/tmp/own", write: true },
      ],
      hosts: [],
    };
    const net: Scopes = { files: [], hosts: [parseHostRule(`10.0.2.2:${allowed}`)!] };
    return {
      args: ["--allow", `gateway:${allowed}`, "--allow", `gateway:${other}`],
      samples: ["hello"],
      variants: [
        { name: NOTHING, capabilities: 0 },
        { name: FILES, capabilities: CAP_FILES, scopes: files },
        { name: NET, capabilities: CAP_NET, scopes: net },
        { name: PROCESSES, capabilities: CAP_PROCESSES | CAP_PACKAGES },
      ],
    };
  });

  afterAll(() => servers.forEach((server) => server.close()));

  /** What operations return, by operation. */
  async function attempts(app: string, operations: string[]): Promise<Record<string, string>> {
    const lines = await guest.run(`try ${operations.join(" ")}`, app);
    return Object.fromEntries(lines.map((line) => line.split(": ") as [string, string]));
  }

  test("that is missing is missed by every call that needs it, and by no other", async () => {
    const found = await guest.shell.command(`run ${NOTHING} calls`);
    const results = new Map(
      found
        .trimEnd()
        .split("\n")
        .map((line) => line.split(" ").map(Number) as [number, number]),
    );
    const calls = SYSCALL_SLOTS.map((slot) => slot.split(" ")[0]!).filter(
      (name) => name !== "exit" && name !== "syscall",
    );
    const byName = new Map(Object.entries(numbers));
    const numberOf = (name: string): number => Number(byName.get(`SYS_${name.toUpperCase()}`));
    expect(new Set(results.keys())).toEqual(new Set(calls.map(numberOf)));
    const refused = calls.filter((name) => results.get(numberOf(name)) === -E_PERM);
    expect(refused).toEqual(calls.filter((name) => SYSCALL_RULES.get(name)!.capability !== 0));
  });

  test("for files covers what its rules say, by whatever path", async () => {
    await guest.shell.command("mkdir /tmp/own /tmp/other");
    const cases: Record<string, string> = {
      "read=/sys/mem": "0",
      "list=/sys": "0",
      "open-to-write=/sys/mem": "SCOPE",
      "create=/tmp/own/file": "0",
      "read=/tmp/own/file": "0",
      "read=/tmp/own/../own//file": "0",
      "mkdir=/tmp/own/folder": "0",
      "rename=/tmp/own/file=/tmp/own/folder/file": "0",
      "rename=/tmp/own/folder/file=/tmp/other/file": "SCOPE",
      "create=/tmp/other/file": "SCOPE",
      "create=/tmp/own/../other/file": "SCOPE",
      "create=/tmp/owner": "SCOPE",
      "read=/init": "SCOPE",
      "list=/": "SCOPE",
      "stat=/tmp": "SCOPE",
      "remove=/tmp/own/folder/file": "0",
      "remove=/tmp/other": "SCOPE",
      "resolve=/init": "SCOPE",
      "connect=10.0.2.2=1": "PERM",
      "kill=1": "PERM",
    };
    expect(await attempts(FILES, Object.keys(cases))).toEqual(cases);
    expect((await attempts(NOTHING, ["read=/sys/mem"]))["read=/sys/mem"]).toBe("PERM");
  });

  test("for the network covers the hosts and ports of its rules", async () => {
    const cases: Record<string, string> = {
      [`connect=10.0.2.2=${allowed}`]: "0",
      [`connect=10.0.2.2=${other}`]: "SCOPE",
      [`connect=10.0.2.3=${allowed}`]: "SCOPE",
      [`connect=127.0.0.1=${allowed}`]: "SCOPE",
      "read=/sys/mem": "PERM",
    };
    expect(await attempts(NET, Object.keys(cases))).toEqual(cases);
    const unlimited = [`connect=10.0.2.2=${allowed}`, `connect=10.0.2.2=${other}`];
    expect(Object.values(await attempts(KERNEL_APP, unlimited))).toEqual(["0", "0"]);
    expect(Object.values(await attempts(FILES, unlimited))).toEqual(["PERM", "PERM"]);
  });

  test("for processes lets one start and end others", async () => {
    const started = await guest.shell.background(`run ${KERNEL_APP} stay &`, /\[\d+\]/);
    const pid = /\[(\d+)\]/.exec(started)?.[1] ?? "";
    const cases = ["start=org.oscortex.hello", `kill=${pid}`];
    expect(Object.values(await attempts(NOTHING, [`kill=${pid}`]))).toEqual(["PERM"]);
    expect(Object.values(await attempts(FILES, cases))).toEqual(["PERM", "PERM"]);
    const ended = withNames(await guest.shell.command(`run ${PROCESSES} try kill=${pid} kill=${pid} kill=1`));
    expect(ended.filter((line) => line.startsWith("kill"))).toEqual([
      `kill=${pid}: 0`,
      `kill=${pid}: SRCH`,
      "kill=1: PERM",
    ]);
    expect((await attempts(PROCESSES, ["start=org.oscortex.hello"]))["start=org.oscortex.hello"]).toBe("0");
  });
});
