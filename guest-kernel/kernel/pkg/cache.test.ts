import { beforeEach, expect, test } from "vitest";
import { compileGuest } from "../../../tests/support/asc.ts";
import { GuestModule, SCRATCH } from "../../../tests/support/guest-module.ts";
import { seededRandom } from "../../../tests/support/mutate.ts";
import { PKG_CACHE_SLOTS } from "../../abi/catalog.ts";
import { E_NOENT, E_PKG_BUSY, E_PKG_CACHE_FULL } from "../../abi/errors.ts";

/** An app as the model of the cache sees it. */
interface App {
  name: string;
  id: number;
  install: number;
  pinned: boolean;
  users: number;
}

let freed: number[] = [];
const compiled = await compileGuest("guest-kernel/kernel/pkg/cache.exports.ts");
let kernel: GuestModule;

beforeEach(() => {
  freed = [];
  const imports = { "cache.exports": { freed: (install: number) => freed.push(install) } };
  kernel = new GuestModule(compiled, imports);
  kernel.call("bindFakes");
});

function find(name: string): number {
  return kernel.call("cacheFind", SCRATCH, kernel.putText(SCRATCH, name));
}

function insert(name: string, install: number, pinned = false): number {
  return kernel.call("cacheInsert", SCRATCH, kernel.putText(SCRATCH, name), Number(pinned), install);
}

test("finds what was inserted, by its whole name only", () => {
  const id = insert("org.example.a", 5);
  expect(id).toBeGreaterThan(0);
  expect(find("org.example.a")).toBe(id);
  expect(find("org.example.")).toBe(0);
  expect(find("org.example.aa")).toBe(0);
  expect(kernel.text(kernel.call("cacheName", id), kernel.call("cacheNameLength", id))).toBe("org.example.a");
});

test("evicts the least recently used app for the seventeenth", () => {
  for (let i = 0; i < PKG_CACHE_SLOTS; i++) insert(`org.example.app${i}`, i);
  find("org.example.app0");
  insert("org.example.more", 99);
  expect(freed).toEqual([1]);
  expect(find("org.example.app1")).toBe(0);
  expect(find("org.example.app0")).toBeGreaterThan(0);
});

test("never evicts pinned apps, and says so when there is nothing else", () => {
  const pinned = Array.from({ length: PKG_CACHE_SLOTS }, (_, i) => insert(`org.example.app${i}`, i, true));
  expect(kernel.call("cacheHasRoom")).toBe(0);
  expect(insert("org.example.more", 99)).toBe(-E_PKG_CACHE_FULL);
  expect(kernel.call("cacheEvict", pinned[3]!)).toBe(-E_PKG_BUSY);
  expect(freed).toEqual([]);
});

test("gives what is used least when memory is short, but nothing pinned or in use", () => {
  insert("org.example.pinned", 1, true);
  const used = insert("org.example.used", 2);
  insert("org.example.old", 3);
  insert("org.example.new", 4);
  kernel.call("cacheAcquire", used);
  const given = Array.from({ length: 3 }, () => kernel.call("cacheGive"));
  expect(given).toEqual([1, 1, 0]);
  expect(freed).toEqual([3, 4]);
  expect([kernel.call("cachePinned", used), kernel.call("cachePinned", find("org.example.pinned"))]).toEqual([
    0, 1,
  ]);
});

test("refuses the id of an app that has left, and ids that never were", () => {
  const id = insert("org.example.a", 5);
  expect(kernel.call("cacheEvict", id)).toBe(0);
  const next = insert("org.example.b", 6);
  expect(next).not.toBe(id);
  for (const stale of [id, 0, -1, next + 1, next + 16, 0x7fffffff, -0x80000000]) {
    expect(kernel.call("cacheAcquire", stale)).toBe(-E_NOENT);
    expect(kernel.call("cacheEvict", stale)).toBe(-E_NOENT);
    expect(kernel.call("cacheNameLength", stale)).toBe(0);
  }
  expect(() => kernel.call("cacheRelease", id)).toThrow("not in use");
});

test.each([1, 2, 3, 4])("behaves as its model over random operations, seed %i", (seed) => {
  const random = seededRandom(seed);
  let model: App[] = []; // least recently used first
  const left: number[] = []; // installations that the cache should have freed
  const seen = new Set<number>();
  const touch = (app: App): void => {
    model = [...model.filter((other) => other !== app), app];
  };

  for (let step = 1; step <= 4000; step++) {
    const name = `org.example.app${random(28)}`;
    const known = model.find((app) => app.name === name);
    const any = model[random(model.length || 1)];
    switch (random(6)) {
      case 0:
      case 1: {
        expect(find(name)).toBe(known?.id ?? 0);
        if (known) {
          touch(known);
          break;
        }
        const pinned = random(40) === 0 && model.filter((app) => app.pinned).length < 6;
        const full = model.length === PKG_CACHE_SLOTS;
        const leaving = full ? model.find((app) => !app.pinned && app.users === 0) : undefined;
        const id = insert(name, step, pinned);
        if (full && !leaving) {
          expect(id).toBe(-E_PKG_CACHE_FULL);
          break;
        }
        if (leaving) {
          left.push(leaving.install);
          model = model.filter((app) => app !== leaving);
        }
        expect(id).toBeGreaterThan(0);
        expect(seen.has(id)).toBe(false);
        seen.add(id);
        model.push({ name, id, install: step, pinned, users: 0 });
        break;
      }
      case 2: {
        if (!any) break;
        expect(kernel.call("cacheAcquire", any.id)).toBe(any.install);
        any.users++;
        touch(any);
        break;
      }
      case 3:
      case 4: {
        if (!any || any.users === 0) break;
        kernel.call("cacheRelease", any.id);
        any.users--;
        break;
      }
      default: {
        if (!any) break;
        const busy = any.pinned || any.users > 0;
        expect(kernel.call("cacheEvict", any.id)).toBe(busy ? -E_PKG_BUSY : 0);
        if (busy) break;
        left.push(any.install);
        model = model.filter((app) => app !== any);
      }
    }
    expect(freed).toEqual(left);
    expect(kernel.call("cacheCount")).toBe(model.length);
    expect(kernel.call("cachePinnedCount")).toBe(model.filter((app) => app.pinned).length);
  }
});
