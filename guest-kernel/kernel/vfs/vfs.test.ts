import { beforeEach, describe, expect, test } from "vitest";
import { type CpioEntry, cpioArchive } from "../../../tests/support/cpio.ts";
import { compileGuest } from "../../../tests/support/asc.ts";
import { GuestModule, SCRATCH } from "../../../tests/support/guest-module.ts";
import { mutations } from "../../../tests/support/mutate.ts";
import { E_BADF, E_INVAL, E_ISDIR, E_LIMIT, E_NOENT, E_NOTDIR } from "../../abi/errors.ts";

const ARCHIVE = SCRATCH;
const PATH = SCRATCH - 0x10000;
const OUT = SCRATCH - 0x20000;
const FRAMES = 0xc00000;
const FRAMES_END = 0xd00000;

const compiled = await compileGuest("guest-kernel/kernel/vfs/vfs.exports.ts");
let kernel: GuestModule;
let freeFrames: number;

beforeEach(() => {
  kernel = new GuestModule(compiled, { arch: { rdtsc: () => 0n, pause: () => undefined } });
  kernel.call("framesInit", FRAMES, FRAMES_END);
  kernel.call("vfsInit");
  freeFrames = kernel.call("framesFreeCount");
});

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function mount(...entries: (CpioEntry | string)[]): number {
  return mountBytes(
    cpioArchive(entries.map((entry) => (typeof entry === "string" ? { name: entry } : entry))),
  );
}

function mountBytes(archive: Uint8Array): number {
  kernel.put(ARCHIVE, archive);
  return kernel.call("initramfsMount", ARCHIVE, archive.length);
}

function open(path: string): number {
  return kernel.call("vfsOpen", PATH, kernel.putText(PATH, path));
}

/** The whole text of a file, read in pieces of `piece` bytes; or the error of opening it. */
function read(path: string, piece = 4096): string | number {
  const file = open(path);
  if (file < 0) return file;
  let text = "";
  for (;;) {
    const part = kernel.call("vfsRead", file, OUT, piece);
    if (part === 0) break;
    text += kernel.text(OUT, part);
  }
  expect(kernel.call("vfsClose", file)).toBe(0);
  return text;
}

function list(path: string, capacity = 4096): string[] | number {
  const size = kernel.call("vfsReaddir", PATH, kernel.putText(PATH, path), OUT, capacity);
  if (size < 0) return size;
  return kernel.text(OUT, size).split("\0").slice(0, -1);
}

describe("paths", () => {
  test.each([
    ["/", "/"],
    ["///", "/"],
    ["/a/b", "/a/b"],
    ["/a//b/", "/a/b"],
    ["/./a/./b/.", "/a/b"],
    ["/a/../b", "/b"],
    ["/..", "/"],
    ["/../../a/b/../../..", "/"],
    ["/a/b/c/../..", "/a"],
    ["/...", "/..."],
    ["/..a/.b", "/..a/.b"],
    [`/${"x".repeat(255)}`, `/${"x".repeat(255)}`],
    ["/é/✓", "/é/✓"],
  ])("%s becomes %s", (path, expected) => {
    const length = kernel.call("pathNormalize", PATH, kernel.putText(PATH, path), OUT);
    expect(kernel.text(OUT, length)).toBe(expected);
  });

  test.each([
    ["nothing", "", E_NOENT],
    ["a relative path", "a", E_INVAL],
    ["a path that begins with a dot", "./a", E_INVAL],
    ["a NUL", "/a\0b", E_INVAL],
    ["a name of 256 bytes", `/${"x".repeat(256)}`, E_INVAL],
    ["1025 bytes", "/x".repeat(512) + "/", E_INVAL],
  ])("refuses %s", (_, path, error) => {
    expect(kernel.call("pathNormalize", PATH, kernel.putText(PATH, path), OUT)).toBe(-error);
  });

  test("may be 1024 bytes long", () => {
    expect(kernel.call("pathNormalize", PATH, kernel.putText(PATH, "/x".repeat(512)), OUT)).toBe(1024);
  });
});

describe("initramfs", () => {
  test("gives files, folders that have entries and folders that are implied", () => {
    expect(
      mount(
        { name: "init", data: bytes("the init") },
        "bin/",
        { name: "bin/sh", data: bytes("shell") },
        "a/b/c",
      ),
    ).toBe(0);
    expect(read("/init")).toBe("the init");
    expect(read("/bin/../bin//sh", 2)).toBe("shell");
    expect(read("/a/b/c")).toBe("");
    expect(list("/")).toEqual(["init", "bin/", "a/", "sys/", "tmp/"]);
    expect(list("/bin")).toEqual(["sh"]);
    expect(list("/a/")).toEqual(["b/"]);
  });

  test("says what is wrong with a path", () => {
    mount({ name: "bin/sh", data: bytes("shell") });
    expect(open("/sh")).toBe(-E_NOENT);
    expect(open("/bin/sh/x")).toBe(-E_NOTDIR);
    expect(open("/bin/sh/")).toBe(-E_NOTDIR);
    expect(open("/bin/x/y")).toBe(-E_NOENT);
    expect(open("/bi")).toBe(-E_NOENT);
    expect(open("/bin")).toBe(-E_ISDIR);
    expect(open("/")).toBe(-E_ISDIR);
    expect(open("bin/sh")).toBe(-E_INVAL);
    expect(list("/bin/sh")).toBe(-E_NOTDIR);
    expect(list("/nowhere")).toBe(-E_NOENT);
    expect(kernel.call("vfsOpenCount")).toBe(0);
  });

  test("takes ./ and / before names, and a root folder", () => {
    expect(mount("./", "./bin/", "./bin/sh", "/init")).toBe(0);
    expect(list("/")).toEqual(["bin/", "init", "sys/", "tmp/"]);
  });

  test("has what only begins like /sys", () => {
    mount({ name: "system", data: bytes("mine") }, "syst/a", "sys/hidden");
    expect(read("/system")).toBe("mine");
    expect(list("/syst")).toEqual(["a"]);
    expect(list("/")).toEqual(["system", "syst/", "sys/", "tmp/"]);
    expect(open("/sys/hidden")).toBe(-E_NOENT);
  });

  test("maps a file in place for the loader", () => {
    mount({ name: "init", data: bytes("the init") }, "bin/");
    const at = kernel.call("vfsMap", PATH, kernel.putText(PATH, "//init"));
    expect(kernel.text(at, kernel.call("vfsMapLength"))).toBe("the init");
    expect(kernel.call("vfsMap", PATH, kernel.putText(PATH, "/none"))).toBe(-E_NOENT);
    expect(kernel.call("vfsMap", PATH, kernel.putText(PATH, "/bin"))).toBe(-E_ISDIR);
    expect(kernel.call("vfsOpenCount")).toBe(0);
  });

  test.each<[string, CpioEntry[]]>([
    ["a wrong magic", [{ name: "a", magic: "070707" }]],
    ["a checksum format", [{ name: "a", magic: "070702" }]],
    ["a name without NUL", [{ name: "abc", nameSize: 3 }]],
    ["a name with a NUL inside", [{ name: "a\0b" }]],
    ["an empty name", [{ name: "" }]],
    ["a name of no bytes", [{ name: "a", nameSize: 0 }]],
    ["a name past the end", [{ name: "a", nameSize: 0xffffffff }]],
    ["a file past the end", [{ name: "a", fileSize: 0xffffffff }]],
    ["a file just past the end", [{ name: "a", fileSize: 200 }]],
    ["..", [{ name: "../a" }]],
    [".. in the middle", [{ name: "a/../b" }]],
    [". in the middle", [{ name: "a/./b" }]],
    ["an empty part", [{ name: "a//b" }]],
    ["a part of 256 bytes", [{ name: "x".repeat(256) }]],
    ["a symbolic link", [{ name: "a", mode: 0o120777 }]],
    ["a device", [{ name: "a", mode: 0o020644 }]],
    ["a folder with data", [{ name: "a", mode: 0o040755, data: new Uint8Array(4) }]],
    ["a file twice", [{ name: "a" }, { name: "./a" }]],
    ["a file that is a folder too", [{ name: "a" }, { name: "a/b" }]],
    ["a root that is a file", [{ name: "." }]],
  ])("refuses %s", (_, entries) => {
    expect(mountBytes(cpioArchive(entries))).toBe(-E_INVAL);
    expect(list("/")).toEqual(["sys/", "tmp/"]);
  });

  test("refuses an archive without trailer, or of nothing", () => {
    expect(mountBytes(cpioArchive([{ name: "a" }], false))).toBe(-E_INVAL);
    expect(mountBytes(new Uint8Array(0))).toBe(-E_INVAL);
  });

  test("refuses more entries than it has nodes for", () => {
    const entries = Array.from({ length: 1025 }, (_, i) => `f${i}`);
    expect(mount(...entries)).toBe(-E_LIMIT);
    expect(mount(...entries.slice(1))).toBe(0);
  });

  test("never traps on a damaged archive, nor reads outside of it", () => {
    const sample = cpioArchive([
      { name: "init", data: bytes("the init") },
      { name: "bin/" },
      { name: "bin/sh" },
    ]);
    let taken = 0;
    for (const archive of mutations(sample, { seed: 3, count: 5000 })) {
      if (mountBytes(archive) !== 0) continue;
      taken++;
      const size = kernel.call("vfsReaddir", PATH, kernel.putText(PATH, "/"), OUT, 4096);
      expect(size).toBeGreaterThan(0);
      const at = kernel.call("vfsMap", PATH, kernel.putText(PATH, "/init"));
      if (at > 0) expect(at + kernel.call("vfsMapLength")).toBeLessThanOrEqual(ARCHIVE + archive.length);
    }
    expect(taken).toBeGreaterThan(20);
    expect(taken).toBeLessThan(4900);
  });
});

describe("sysfs", () => {
  beforeEach(() => {
    mount("init");
    kernel.call("registerSamples");
  });

  test("makes a text when a file is opened", () => {
    expect(read("/sys/test/counter")).toBe("counter=-1\n");
    expect(read("/sys/test/counter", 3)).toBe("counter=0\n");
    expect(read("/sys/test2")).toBe("");
    expect(kernel.call("framesFreeCount")).toBe(freeFrames);
  });

  test("cuts a long text off, and frees its pages on close", () => {
    const text = read("/sys/test/deep/long");
    expect(text).toMatch(/^18446744073709551615(?:3138)x+$/);
    expect(text).toHaveLength(131072); // SYSFS_TEXT_MAX
    expect(kernel.call("framesFreeCount")).toBe(freeFrames);
  });

  test("lists its folders, each name once", () => {
    expect(list("/sys")).toEqual(["test/", "test2"]);
    expect(list("/sys/test/")).toEqual(["counter", "deep/"]);
    expect(list("/sys/test/deep")).toEqual(["long"]);
  });

  test("says what is wrong with a path", () => {
    expect(open("/sys")).toBe(-E_ISDIR);
    expect(open("/sys/test")).toBe(-E_ISDIR);
    expect(open("/sys/tes")).toBe(-E_NOENT);
    expect(open("/sys/test2/x")).toBe(-E_NOTDIR);
    expect(open("/sys/test2/")).toBe(-E_NOTDIR);
    expect(open("/system")).toBe(-E_NOENT);
    expect(list("/sys/test2")).toBe(-E_NOTDIR);
    expect(list("/sys/test2/x")).toBe(-E_NOTDIR);
    expect(list("/sys/none")).toBe(-E_NOENT);
    expect(kernel.call("vfsMap", PATH, kernel.putText(PATH, "/sys/test/counter"))).toBe(-E_NOENT);
    expect(kernel.call("vfsOpenCount")).toBe(0);
    expect(kernel.call("framesFreeCount")).toBe(freeFrames);
  });

  test("counts names that do not fit, and writes no half ones", () => {
    kernel.memory.fill(0xee, OUT, OUT + 32);
    expect(kernel.call("vfsReaddir", PATH, kernel.putText(PATH, "/sys"), OUT, 8)).toBe(12);
    expect(kernel.text(OUT, 6)).toBe("test/\0");
    expect(kernel.bytes(OUT + 6, 26)).toEqual(new Uint8Array(26).fill(0xee));
  });
});

describe("open files", () => {
  beforeEach(() => {
    mount({ name: "init", data: bytes("the init") });
  });

  test("keep their own positions", () => {
    const [a, b] = [open("/init"), open("/init")];
    kernel.call("vfsRead", a, OUT, 4);
    kernel.call("vfsRead", b, OUT, 100);
    expect(kernel.call("vfsRead", a, OUT, 100)).toBe(4);
    expect(kernel.text(OUT, 4)).toBe("init");
    expect(kernel.call("vfsRead", b, OUT, 100)).toBe(0);
  });

  test("are at most 256, which leaks nothing", () => {
    kernel.call("registerSamples");
    const files = Array.from({ length: 256 }, () => open("/init"));
    expect(new Set(files).size).toBe(256);
    expect(open("/init")).toBe(-E_LIMIT);
    expect(open("/sys/test/counter")).toBe(-E_LIMIT);
    expect(kernel.call("framesFreeCount")).toBe(freeFrames);
    for (const file of files) expect(kernel.call("vfsClose", file)).toBe(0);
    expect(kernel.call("vfsOpenCount")).toBe(0);
  });

  test.each([-1, 0, 255, 256, 0x7fffffff])("number %i is refused when it is not open", (file) => {
    expect(kernel.call("vfsRead", file, OUT, 1)).toBe(-E_BADF);
    expect(kernel.call("vfsClose", file)).toBe(-E_BADF);
  });
});
