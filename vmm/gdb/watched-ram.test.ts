import { beforeEach, expect, test } from "vitest";
import { FakeLibc } from "../../tests/support/fake-libc.ts";
import { GuestRam } from "../guest-ram.ts";
import { KvmVm } from "../kvm/vm.ts";
import { WATCH_ACCESSES, WATCH_LOADS, WATCH_STORES } from "./watched-bytes.ts";
import { WatchedRam } from "./watched-ram.ts";

const LENGTH = 0x200000;
const PAGE = 0x41000;

/** The memory regions that KVM would have. */
class FakeVm extends KvmVm {
  readonly regions = new Map<number, [from: number, to: number, readOnly: boolean]>();

  constructor() {
    super(new FakeLibc(), 0);
  }

  override setMemoryRegion(slot: number, gpa: number, bytes: number, _: bigint, readOnly = false): void {
    if (bytes === 0) this.regions.delete(slot);
    else this.regions.set(slot, [gpa, gpa + bytes, readOnly]);
  }
}

let vm: FakeVm;
let ram: GuestRam;
let watched: WatchedRam;

beforeEach(() => {
  vm = new FakeVm();
  ram = GuestRam.allocate(new FakeLibc(), LENGTH);
  vm.setMemoryRegion(0, 0, LENGTH, 0n);
  watched = new WatchedRam(vm, ram);
});

test("stores are watched by a read-only page, loads by one that is not there", () => {
  watched.watch([
    { kind: WATCH_STORES, gpa: PAGE + 8, length: 4 },
    { kind: WATCH_LOADS, gpa: PAGE + 0x2000, length: 1 },
  ]);
  expect([...vm.regions.values()]).toEqual([
    [0, PAGE, false],
    [PAGE, PAGE + 0x1000, true],
    [PAGE + 0x1000, PAGE + 0x2000, false],
    [PAGE + 0x3000, LENGTH, false],
  ]);
  watched.watch([]);
  expect([...vm.regions.values()]).toEqual([[0, LENGTH, false]]);
});

test("a store hits where it changes watched bytes, and is done either way", () => {
  const watch = { kind: WATCH_STORES, gpa: PAGE + 8, length: 4 };
  watched.watch([watch]);
  expect(watched.store(PAGE + 4, Uint8Array.of(1, 2, 3, 4))).toBe(undefined);
  expect(watched.store(PAGE + 4, Uint8Array.of(1, 2, 3, 4, 5))).toEqual(watch);
  expect(watched.store(PAGE + 4, Uint8Array.of(9, 9, 9, 9, 5))).toBe(undefined);
  expect([...ram.bytes.subarray(PAGE + 4, PAGE + 9)]).toEqual([9, 9, 9, 9, 5]);
  expect([watched.owns(PAGE), watched.owns(PAGE + 0x1000)]).toEqual([true, false]);
});

test("an access is a load, or a store of any value", () => {
  const watch = { kind: WATCH_ACCESSES, gpa: PAGE, length: 2 };
  watched.watch([watch]);
  ram.bytes.set([7, 8, 9], PAGE);
  const loaded = new Uint8Array(2);
  expect(watched.load(PAGE + 1, loaded)).toEqual(watch);
  expect([...loaded]).toEqual([8, 9]);
  expect(watched.load(PAGE + 2, loaded)).toBe(undefined);
  expect(watched.store(PAGE, Uint8Array.of(7))).toEqual(watch);
});

test("what happens while it is suspended is seen afterwards", () => {
  const watch = { kind: WATCH_STORES, gpa: PAGE, length: 8 };
  watched.watch([watch]);
  watched.suspend();
  expect([...vm.regions.values()]).toEqual([[0, LENGTH, false]]);
  ram.bytes[PAGE + 7] = 1;
  expect(watched.restore()).toEqual(watch);
  expect(vm.regions.size).toBe(3);
});
