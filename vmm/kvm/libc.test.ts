import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { FfiUnavailable, loadLibc } from "./load-libc.ts";
import { type Libc, MADV_POPULATE_WRITE, SysError } from "./libc.ts";

const PAGE = 4096;
const folder = mkdtempSync(join(tmpdir(), "libc-"));
afterAll(() => rmSync(folder, { recursive: true }));

const bindings = ["koffi", "ffi-napi"].flatMap((name): [string, Libc][] => {
  try {
    return [[name, loadLibc(name)]];
  } catch (error) {
    if (name === "koffi" || !(error instanceof FfiUnavailable)) throw error;
    console.warn(`skipped: ${error.message}`); // it is compiled when it is installed, and this host cannot
    return [];
  }
});

test("an unknown binding is refused by name", () => {
  expect(() => loadLibc("constructor")).toThrow(
    new FfiUnavailable("OSCORTEX_FFI=constructor: expected koffi or ffi-napi"),
  );
});

describe.each(bindings)("the C library by %s", (_, libc) => {
  test("maps a file, shows it as a buffer, and stores bytes there", () => {
    const path = join(folder, "mapped");
    writeFileSync(path, Buffer.alloc(PAGE, "x"));
    const fd = libc.open(path);
    const address = libc.mmap(fd, PAGE);
    libc.close(fd);
    const view = new Uint8Array(libc.viewOf(address, PAGE));
    expect(view[7]).toBe("x".charCodeAt(0));
    view[8] = 0x79;
    libc.storeByte(address + 7n, 0x7a);
    libc.munmap(address, PAGE);
    expect(readFileSync(path, "latin1").slice(6, 10)).toBe("xzyx");
  });

  test("finds and populates shared memory", async () => {
    const memory = new WebAssembly.Memory({ initial: 4, maximum: 4, shared: true });
    const start = libc.addressOf(new Uint8Array(memory.buffer));
    expect(start % 0x10000n).toBe(0n);
    expect(libc.addressOf(new Uint8Array(memory.buffer, 24))).toBe(start + 24n);
    expect(await libc.madviseAsync(start, 4 * 0x10000, MADV_POPULATE_WRITE)).toBe(true);
    expect(await libc.madviseAsync(start + 1n, PAGE, MADV_POPULATE_WRITE)).toBe(false);
  });

  test("throws what the system call failed with", () => {
    expect(() => libc.open("/nonexistent")).toThrow(new SysError("open", 2));
    expect(() => libc.close(-1)).toThrow("close: EBADF");
    expect(() => libc.ioctl(0, 0xffff, 0)).toThrow(SysError);
    expect(() => libc.mmap(-1, PAGE)).toThrow("mmap: EBADF");
    expect(() => libc.madvise(0n, PAGE, MADV_POPULATE_WRITE)).toThrow("madvise: ENOMEM");
    expect(() => libc.tgkill(process.pid, 0x7fffffff, 0)).toThrow("tgkill: ESRCH");
  });

  test("knows the calling thread", () => {
    libc.tgkill(process.pid, libc.gettid(), 0);
  });
});
