import { constants } from "node:os";
import { describe, expect, test } from "vitest";
import { FakeLibc } from "../tests/support/fake-libc.ts";
import { GuestRam } from "./guest-ram.ts";
import { SysError } from "./kvm/libc.ts";
import { loadKoffiLibc } from "./kvm/libc-koffi.ts";

const MIB = 1024 * 1024;

describe("GuestRam", () => {
  test("begins on a 2 MiB boundary of the host and is zero", () => {
    const libc = loadKoffiLibc();
    const ram = GuestRam.allocate(libc, 4 * MIB);
    expect(ram.hostAddress % BigInt(2 * MIB)).toBe(0n);
    expect(ram.length).toBe(4 * MIB);
    expect(ram.bytes.every((byte) => byte === 0)).toBe(true);
  });

  test("is one memory in all its views and on every thread", () => {
    const ram = GuestRam.allocate(new FakeLibc(), 2 * MIB);
    ram.view.setUint32(8, 0x01020304, true);
    expect(ram.bytes[8]).toBe(4);
    expect(Atomics.load(ram.words, 2)).toBe(0x01020304);
    expect(new GuestRam(structuredClone(ram.handle)).bytes[11]).toBe(1);
    expect(new Uint8Array(ram.buffer, ram.byteOffset)[9]).toBe(3);
  });

  test.each([0, MIB, 3 * MIB, 2 * MIB + 1, -2 * MIB, Number.NaN, 0xd0000000 + 2 * MIB])(
    "refuses %d bytes",
    (length) => {
      expect(() => GuestRam.allocate(new FakeLibc(), length)).toThrow(RangeError);
    },
  );

  test("does without huge pages where the kernel has none", () => {
    const libc = new FakeLibc();
    libc.madvise = () => {
      throw new SysError("madvise", constants.errno.EINVAL);
    };
    expect(GuestRam.allocate(libc, 2 * MIB).length).toBe(2 * MIB);
    libc.madvise = () => {
      throw new SysError("madvise", constants.errno.ENOMEM);
    };
    expect(() => GuestRam.allocate(libc, 2 * MIB)).toThrow("madvise: ENOMEM");
  });

  test("populates what is asked for, and ends early when told to", async () => {
    const libc = loadKoffiLibc();
    const ram = GuestRam.allocate(libc, 8 * MIB);
    expect(await ram.populate(libc, 0, 6 * MIB, () => false)).toBe(6 * MIB);
    expect(await ram.populate(libc, 6 * MIB, 8 * MIB, () => true)).toBe(6 * MIB);
  });

  test("populates as far as the host can", async () => {
    const libc = new FakeLibc();
    let left = 1;
    libc.madviseAsync = () => Promise.resolve(left-- > 0);
    const ram = GuestRam.allocate(libc, 16 * MIB);
    expect(await ram.populate(libc, 0, 16 * MIB, () => false)).toBe(4 * MIB);
  });
});
