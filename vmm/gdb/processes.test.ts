import { beforeEach, describe, expect, test } from "vitest";
import { PROCESS_LIBRARY } from "../../guest-kernel/abi/process-table.ts";
import { FakeProcesses } from "../../tests/support/fake-processes.ts";
import { codeOf, readProcesses } from "./processes.ts";

let guest: FakeProcesses;

beforeEach(() => {
  guest = new FakeProcesses();
});

describe("a process that is linked to a library", () => {
  test("has two pieces of code, each with the name of its package", () => {
    guest.add(3, "org.test.app", "org.test.library");
    expect(readProcesses(guest.ram).flatMap(codeOf)).toEqual([
      { name: "org.test.app", address: guest.codeOf(3) },
      { name: "org.test.library", address: guest.libraryOf(3) },
    ]);
  });

  test("has none once it has ended", () => {
    guest.add(3, "org.test.app", "org.test.library");
    guest.end(3);
    const [process] = readProcesses(guest.ram);
    expect(process).toMatchObject({ name: "org.test.app", context: 0, codeAddress: 0n, library: undefined });
    expect(codeOf(process!)).toEqual([]);
  });

  test.each([
    ["at the end of RAM", 0x400000 - 63],
    ["outside of RAM", 0xfffffff0],
    ["where there is none", 0x1ff000],
  ])("has one piece if the library's name is %s", (_, gpa) => {
    guest.add(3, "org.test.app");
    guest.ram.setUint32(guest.entryOf(3) + PROCESS_LIBRARY, gpa, true);
    expect(readProcesses(guest.ram).flatMap(codeOf)).toEqual([
      { name: "org.test.app", address: guest.codeOf(3) },
    ]);
  });
});

test("a process without a library has its own code", () => {
  guest.add(1, "org.test.init");
  expect(readProcesses(guest.ram)).toMatchObject([{ pid: 1, library: undefined }]);
});
