import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { encodeElf } from "../../guest-kernel/image/elf.ts";
import { FakeProcesses } from "../../tests/support/fake-processes.ts";
import { emptyRegisters, type KvmVcpu } from "../kvm/vcpu.ts";
import { Profiler } from "./profiler.ts";

const PID = 3;
const FRAME_BYTES = 16n;

let guest: FakeProcesses;
let folder: string;

beforeEach(() => {
  guest = new FakeProcesses();
  guest.add(PID, "org.test.app", "org.test.library");
  guest.run(PID);
  folder = mkdtempSync(join(tmpdir(), "oscortex-profile-"));
  writeFileSync(join(folder, "org.test.app.elf"), imageWith("main", "called"));
  writeFileSync(join(folder, "org.test.library.elf"), imageWith("frame", "paint"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** An image of two functions of 256 bytes. */
function imageWith(...names: [string, string]): Uint8Array {
  const segment = { virtualAddress: 0n, physicalAddress: 0, bytes: new Uint8Array(512), flags: 5 };
  const symbols = names.map((name, i) => ({ name, address: BigInt(256 * i), size: 256 }));
  return encodeElf({ entry: 0n, sharedObject: true, segments: [segment], symbols, notes: [] });
}

/** Samples the process where it is in code at the first address, called by that at the second, and so on. */
function sample(addresses: bigint[]): string {
  const profiler = new Profiler(imageWith("boot", "loop"), [folder]);
  const [rip = 0n, ...callers] = addresses;
  const stack = guest.stackEndOf(PID) - 0x1000n;
  guest.map(stack, framesAt(stack, callers));
  profiler.port.ask();
  // SAFETY: a sample takes nothing but registers of it.
  const vcpu = { registers: () => ({ ...emptyRegisters(), rip, rbp: stack }) } as KvmVcpu;
  profiler.port.sampleIfAsked(vcpu, guest.ram);
  profiler.start({ ram: guest.ram, idle: true, kick: () => {} }, 1);
  profiler.stop();
  return profiler.stacks.folded();
}

/** A chain of frame pointers: the caller's, then the return address. */
function framesAt(stack: bigint, callers: readonly bigint[]): Uint8Array {
  const words = callers.flatMap((caller, i) => [stack + FRAME_BYTES * BigInt(i + 1), caller]);
  return new Uint8Array(BigUint64Array.from([...words, 0n, 0n]).buffer);
}

test("names what a library does for an app, and what it calls there, by their own files", () => {
  const [app, library] = [guest.codeOf(PID), guest.libraryOf(PID)];
  expect(sample([app + 300n, library + 300n, library + 256n, app + 20n])).toBe(
    "org.test.app;main;frame;paint;called 1\n",
  );
});

test("says whose code it is that nothing is known of", () => {
  rmSync(join(folder, "org.test.library.elf"));
  expect(sample([guest.libraryOf(PID) + 300n, guest.codeOf(PID) + 20n])).toBe(
    "org.test.app;main;org.test.library ? 1\n",
  );
  expect(sample([guest.stackEndOf(PID), guest.codeOf(PID) + 20n])).toBe(
    "org.test.app;main;org.test.app ? 1\n",
  );
});
