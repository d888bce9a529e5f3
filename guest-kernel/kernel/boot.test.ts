// The boot: what the kernel makes of what the VMM hands it, right or wrong; its log, its panic.
import { beforeAll, describe, expect, test } from "vitest";
import { compileKernel, KernelMachine, type MachineOptions } from "../../tests/support/kernel-machine.ts";
import { rest, run } from "../../tests/support/kernel-world.ts";
import { tinyBundle } from "../../tests/support/tiny-wasm.ts";
import {
  ABI_VERSION,
  BOOT_INFO_CMDLINE_LEN,
  BOOT_INFO_MAGIC,
  BOOT_INFO_TSC_KHZ,
  BOOT_INFO_VERSION,
} from "../abi/boot-info.ts";
import { EVENT_LOG_GPA } from "../abi/event-page.ts";
import { FAULT_MESSAGE_MAX, FAULT_PANIC, FAULT_VECTOR } from "../abi/fault.ts";
import { LOG_RING_BYTES, LOG_RING_SIZE, LOG_RING_TOTAL } from "../abi/log-ring.ts";
import { BOOT_INFO_GPA, CMDLINE_GPA, EVENT_PAGE_GPA, FAULT_RECORD_GPA } from "../abi/memory-map.ts";

const SCRATCH = 0x4000000 - 0x20000; // the end of RAM, which nobody uses so early
const init = { bundle: tinyBundle({}, { name: "org.test.init" }), script: rest };

beforeAll(compileKernel, 60_000);

function machine(options: Partial<MachineOptions> = {}): Promise<KernelMachine> {
  return KernelMachine.load({ programs: { "/init": init }, ...options });
}

describe("boot information", () => {
  test.each([
    ["another magic number", BOOT_INFO_MAGIC, 1, "no boot information"],
    ["another version", BOOT_INFO_VERSION, 99, `boot information version 99, expected ${ABI_VERSION}`],
    ["no frequency", BOOT_INFO_TSC_KHZ, 0, "the time stamp counter has no frequency"],
  ])("with %s is a panic that says so", async (_, offset, value, message) => {
    const kernel = await machine();
    kernel.view.setUint32(BOOT_INFO_GPA + offset, value, true);
    expect(kernel.boot()).toMatchObject({ reason: "panic", message });
    expect(kernel.view.getUint32(FAULT_RECORD_GPA + FAULT_VECTOR, true)).toBe(FAULT_PANIC);
  });

  test.each([
    ["has no /init", { programs: { "/bin/sh": init } }, "no /init in the initramfs: error -5"],
    [
      "has an /init that is no bundle",
      { programs: {}, files: { "/init": new Uint8Array(1000) } },
      "no /init in the initramfs: error -70",
    ],
    [
      "has an /init that the compiler refuses",
      { programs: { "/init": { bundle: tinyBundle({ exports: [] }) } } },
      "/init cannot be loaded: error -71",
    ],
    [
      "has an /init that cannot start",
      { programs: { "/init": { bundle: tinyBundle({ data: [[0x10000, [1]]] }) } } },
      "/init cannot be started: error -71",
    ],
  ] as [string, MachineOptions, string][])("of a machine that %s is a panic", async (_, options, message) => {
    expect((await KernelMachine.load(options)).boot()).toMatchObject({ reason: "panic", message });
  });
});

const NO_ENDPOINTS = [
  "",
  "10.0.2.2",
  "10.0.2.2:",
  "10.0.2.2:0",
  "10.0.2.2:65536",
  "10.0.2.2:80 ",
  "10.0.2.2:80:",
  "256.0.2.2:80",
  "10.0.2:80",
  "10.0.2.2.2:80",
  "10..2.2:80",
  "a.b.c.d:80",
  "-1.0.0.1:80",
  "10.0.2.2:4294967376",
  "4294967306.0.2.2:80",
  "000000000010.0.2.2:80",
  " 10.0.2.2:80",
  ":80",
];

describe("the command line", () => {
  async function split(words: string[]): Promise<{ args: string; server: string | undefined }> {
    const kernel = await machine({ commandLine: words });
    kernel.call("commandLineInit");
    const length = kernel.call("serverOption", SCRATCH);
    return {
      args: kernel.guest.text(kernel.call("initArgs"), kernel.call("initArgsLength")),
      server: length < 0 ? undefined : kernel.guest.text(SCRATCH, length),
    };
  }

  test.each([
    [[], "", undefined],
    [["--"], "", undefined],
    [["pkg_server=1.2.3.4:5"], "", "1.2.3.4:5"],
    [["quiet", "pkg_server=x", "--", "pkg_server=y"], "pkg_server=y\0", "x"],
    [["--", "a", "--", "b"], "a\0--\0b\0", undefined],
    [["---", "-", "", "pkg_server=", "--", ""], "\0", ""],
    [["pkg_server", "pkg_servers=1", "xpkg_server=2"], "", undefined],
    [["pkg_server=1", "pkg_server=2"], "", "1"],
  ])("%j", async (words, args, server) => {
    expect(await split(words)).toEqual({ args, server });
  });

  test("whose length is a lie ends with its page", async () => {
    const kernel = await machine({ commandLine: ["--"] });
    kernel.view.setUint32(BOOT_INFO_GPA + BOOT_INFO_CMDLINE_LEN, 0xffff_ffff, true);
    kernel.call("commandLineInit");
    expect(kernel.call("initArgs") + kernel.call("initArgsLength")).toBe(CMDLINE_GPA + 4096);
  });

  test.each([
    ["10.0.2.2:8080", 0x1f90_0202_000an],
    ["255.255.255.255:65535", 0xffff_ffff_ffffn],
    ["0.0.0.0:1", 0x1_0000_0000n],
    ...NO_ENDPOINTS.map((text): [string, bigint] => [text, 0n]),
  ])("an address and port %j", async (text, expected) => {
    const kernel = await machine();
    kernel.guest.putText(SCRATCH, `${text}\0`);
    expect(kernel.guest.call64("parseEndpoint", SCRATCH)).toBe(expected);
  });

  test("a server that is none is ignored, with a line in the log", async () => {
    const kernel = await machine({ commandLine: ["pkg_server=nowhere"] });
    expect(kernel.boot().reason).toBe("idle");
    expect(kernel.log).toEqual(["pkg_server: not ADDRESS:PORT, ignored"]);
  });
});

describe("the log", () => {
  test("is where the host finds it, with time stamps", async () => {
    const kernel = await machine();
    kernel.boot();
    kernel.now = 12_345_678_901_000n;
    kernel.guest.putText(SCRATCH, "hello");
    kernel.call("logText", SCRATCH, 5);
    const ring = kernel.view.getUint32(EVENT_PAGE_GPA + EVENT_LOG_GPA, true);
    const length = kernel.view.getUint32(ring + LOG_RING_TOTAL, true);
    expect(kernel.guest.text(ring + LOG_RING_BYTES, length)).toBe("[12345.678901] hello\n");
  });

  test("keeps the latest bytes", async () => {
    const kernel = await machine();
    kernel.boot();
    const lines: string[] = [];
    for (let i = 0; i < 1000; i++) {
      kernel.now = BigInt(i) * 1000n;
      const text = `line ${i} ${"x".repeat(i % 90)}`;
      lines.push(`[   0.${String(i).padStart(6, "0")}] ${text}\n`);
      kernel.call("logText", SCRATCH, kernel.guest.putText(SCRATCH, text));
    }
    const ring = kernel.call("logRing");
    const total = kernel.view.getUint32(ring + LOG_RING_TOTAL, true);
    const all = lines.join("");
    expect(total).toBe(all.length);
    const bytes = kernel.guest.text(ring + LOG_RING_BYTES, LOG_RING_SIZE);
    const split = total % LOG_RING_SIZE;
    expect(bytes.slice(split) + bytes.slice(0, split)).toBe(all.slice(-LOG_RING_SIZE));
  });

  test("cuts long lines off, whatever their characters take", async () => {
    const kernel = await machine();
    kernel.boot();
    for (const letter of ["x", "ß", "語"]) {
      kernel.clearLog();
      kernel.call("logText", SCRATCH, kernel.guest.putText(SCRATCH, letter.repeat(2000)));
      expect(kernel.log).toEqual([letter.repeat(512)]);
    }
  });

  test("has no control characters that an app smuggled into a name", async () => {
    const kernel = await machine({
      programs: {
        "/init": {
          ...init,
          bundle: tinyBundle({}, { name: "org.test.init", capabilities: 31 }),
          *script(p) {
            yield* p.spawn("/bin/evil");
            yield* rest(p);
          },
        },
        "/bin/evil": {
          bundle: tinyBundle({ imports: [["env", "a\n[   0.1] forged\u001b[2J\u0007\u007f", ">i"]] }),
        },
      },
    });
    kernel.boot();
    expect(kernel.log).toEqual(["module refused: imports no system call a?[   0.1] forged?[2J??"]);
  });
});

test("a panic's message fits the fault record", async () => {
  const kernel = await machine();
  kernel.guest.putText(SCRATCH, "語".repeat(1000));
  expect(() => kernel.call("panicWith", SCRATCH, 3000)).toThrow(/^語{100,}$/);
  const stop = await run({ init: rest });
  expect(stop.reason).toBe("idle");
  expect(FAULT_MESSAGE_MAX).toBeGreaterThanOrEqual(Buffer.byteLength("語".repeat(170)));
});

test("the log has no C1 control characters, and keeps what looks like them", async () => {
  const kernel = await machine();
  kernel.boot();
  const text = "a\u009bb\u0080c\u00a0ä¢\u2028";
  kernel.call("logText", SCRATCH, kernel.guest.putText(SCRATCH, text));
  expect(kernel.log).toEqual(["a??b??c\u00a0ä¢\u2028"]);
});
