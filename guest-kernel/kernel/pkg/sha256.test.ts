import { createHash } from "node:crypto";
import { beforeAll, expect, test } from "vitest";
import { compileGuest } from "../../../tests/support/asc.ts";
import { GuestModule, SCRATCH } from "../../../tests/support/guest-module.ts";
import { seededRandom } from "../../../tests/support/mutate.ts";

const DIGEST = SCRATCH - 64;
const random = seededRandom(1);
const compiled = await compileGuest("guest-kernel/kernel/pkg/parsers.exports.ts");
let kernel: GuestModule;

beforeAll(() => {
  kernel = new GuestModule(compiled);
});

/** Hashes what lies at SCRATCH, in slices of these lengths. */
function guestHash(...slices: number[]): string {
  kernel.call("hashInit");
  let at = SCRATCH;
  for (const slice of slices) {
    kernel.call("hashUpdate", at, slice);
    at += slice;
  }
  kernel.call("hashFinal", DIGEST);
  return Buffer.from(kernel.bytes(DIGEST, 32)).toString("hex");
}

function nodeHash(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

test("hashes the FIPS 180-4 example", () => {
  kernel.putText(SCRATCH, "abc");
  expect(guestHash(3)).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
});

test("agrees with node:crypto on every length from 0 to 300", () => {
  const bytes = Uint8Array.from({ length: 300 }, () => random(256));
  kernel.put(SCRATCH, bytes);
  for (let length = 0; length <= 300; length++)
    expect(guestHash(length)).toBe(nodeHash(bytes.subarray(0, length)));
});

test("gives the same digest however the message is sliced", () => {
  const bytes = Uint8Array.from({ length: 5000 }, () => random(256));
  kernel.put(SCRATCH, bytes);
  for (let round = 0; round < 50; round++) {
    const slices: number[] = [];
    let rest = bytes.length;
    while (rest > 0) {
      const slice = Math.min(rest, random(round % 2 === 0 ? 1000 : 70));
      slices.push(slice);
      rest -= slice;
    }
    expect(guestHash(...slices)).toBe(nodeHash(bytes));
  }
});

test("hashes 6 MiB as node:crypto does", () => {
  const size = 6 * 1024 * 1024;
  const bytes = Buffer.alloc(size, "oscortex");
  kernel.put(SCRATCH, bytes);
  expect(guestHash(size)).toBe(nodeHash(bytes));
});
