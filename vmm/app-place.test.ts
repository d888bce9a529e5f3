import { beforeEach, expect, test } from "vitest";
import { FakeProcesses } from "../tests/support/fake-processes.ts";
import { appPlace } from "./app-place.ts";

const MIB = 1n << 20n;

let guest: FakeProcesses;

beforeEach(() => {
  guest = new FakeProcesses();
  guest.add(3, "org.test.app", "org.test.library");
  guest.add(4, "org.test.alone");
});

const place = (address: bigint): string | undefined =>
  appPlace(guest.ram, address, (name, offset) => (offset === 0x10n ? `here in ${name}` : undefined));

test("an address in a library is of the library", () => {
  expect(place(guest.libraryOf(3) + 0x10n)).toBe("here in org.test.library");
  expect(place(guest.libraryOf(3) + 0x20n)).toBe("org.test.library + 0x20");
});

test("an address in front of it is of the app", () => {
  expect(place(guest.codeOf(3) + 0x10n)).toBe("here in org.test.app");
  expect(place(guest.libraryOf(3) - 1n)).toBe("org.test.app + 0x3ffffff");
});

test("an address outside of code is of nobody", () => {
  expect(place(guest.libraryOf(3) + 64n * MIB)).toBe(undefined);
  expect(place(guest.codeOf(3) - 1n)).toBe(undefined);
  expect(place(guest.libraryOf(4))).toBe(undefined); // it has no library
});
