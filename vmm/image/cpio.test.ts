import { expect, test } from "vitest";
import { compileGuest } from "../../tests/support/asc.ts";
import { cpioArchive } from "../../tests/support/cpio.ts";
import { GuestModule, SCRATCH } from "../../tests/support/guest-module.ts";
import { CpioError, decodeCpio, encodeCpio } from "./cpio.ts";

const FILES = [
  { path: "init", contents: Buffer.from("one"), executable: true },
  { path: "bin/sh", contents: Buffer.from("four"), executable: true },
  { path: "bin/empty", contents: Buffer.alloc(0) },
];

test("writes the golden bytes of a file", () => {
  const archive = Buffer.from(encodeCpio(FILES.slice(0, 1)));
  const header =
    "070701" + // magic
    "00000001" + // inode
    "000081ed" + // regular file, mode 755
    "0".repeat(16) + // owner and group
    "00000001" + // links
    "00000000" + // time
    "00000003" + // size
    "0".repeat(32) + // devices
    "00000005" + // size of the name with its NUL
    "00000000"; // check
  const trailer = `070701${"0".repeat(32)}00000001${"0".repeat(48)}0000000b${"0".repeat(8)}TRAILER!!!`;
  const expected = [header, "init", "\0\0", "one", "\0", trailer, "\0\0\0\0"].join("");
  expect(archive.toString("latin1")).toBe(expected);
});

test("puts each folder once, before its files, and equal files give equal bytes", () => {
  const archive = Buffer.from(encodeCpio(FILES));
  const names = archive
    .toString("latin1")
    .match(/(?<=[0-9a-f]{8})(?:init|bin(?:\/[a-z]+)?|TRAILER!!!)(?=\0)/g);
  expect(names).toEqual(["init", "bin", "bin/sh", "bin/empty", "TRAILER!!!"]);
  expect(encodeCpio(FILES)).toEqual(archive);
});

test("differs from the tests' own writer only in inodes, links and modes", () => {
  const other = cpioArchive([{ name: "init", data: FILES[0]!.contents, mode: 0o100755 }]);
  const ours = Buffer.from(encodeCpio(FILES.slice(0, 1)));
  expect(ours.length).toBe(other.length);
  const differing = [...ours.keys()].filter((at) => ours[at] !== other[at]);
  const [inode, links, trailerLinks] = [13, 45, 45 + 120];
  expect(differing).toEqual([inode, links, trailerLinks]);
});

test("reads the files that it has written, and those of others", () => {
  const expected = FILES.map(({ path, contents }) => [path, contents.toString()]);
  const read = (archive: Uint8Array): string[][] =>
    [...decodeCpio(archive)].map(([path, contents]) => [path, Buffer.from(contents).toString()]);
  expect(read(encodeCpio(FILES))).toEqual(expected);
  const others = FILES.map(({ path, contents }) => ({ name: `./${path}`, data: contents }));
  expect(read(cpioArchive([{ name: "bin/" }, ...others]))).toEqual(expected);
});

test.each([
  ["without a trailer", cpioArchive([{ name: "a" }], false)],
  ["with another magic", cpioArchive([{ name: "a", magic: "070707" }])],
  ["whose file is longer than it", cpioArchive([{ name: "a", fileSize: 0xffffffff }])],
  ["whose name is longer than it", cpioArchive([{ name: "a", nameSize: 0xffffffff }])],
  ["of nothing", new Uint8Array()],
])("reads no archive %s", (_, archive) => {
  expect(() => decodeCpio(archive)).toThrow(CpioError);
});

test("is mounted by the guest kernel", async () => {
  const kernel = new GuestModule(await compileGuest("guest-kernel/kernel/vfs/vfs.exports.ts"), {
    arch: { rdtsc: () => 0n, pause: () => undefined },
  });
  kernel.call("vfsInit");
  const archive = encodeCpio(FILES);
  kernel.put(SCRATCH, archive);
  expect(kernel.call("initramfsMount", SCRATCH, archive.length)).toBe(0);

  const path = SCRATCH - 0x10000;
  const contents = FILES.map((file) => {
    const handle = kernel.call("vfsOpen", path, kernel.putText(path, `/${file.path}`));
    return kernel.text(path, kernel.call("vfsRead", handle, path, 4096));
  });
  expect(contents).toEqual(["one", "four", ""]);
}, 60_000);
