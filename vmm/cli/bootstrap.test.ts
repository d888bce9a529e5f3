import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { SOURCE_ROOT } from "../../pkg/source-root.ts";

vi.setConfig({ testTimeout: 60_000 }); // each test compiles

let root: string;

// A checkout of one module, and of those that are bundled, with the true settings and compiler.
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "oscortex-bootstrap-"));
  for (const file of [
    "tsconfig.json",
    "tsconfig.build.json",
    "package.json",
    "vmm/cli/bootstrap.js",
    "vmm/cli/compile-host.js",
  ])
    cpSync(join(SOURCE_ROOT, file), join(root, file));
  symlinkSync(join(SOURCE_ROOT, "node_modules"), join(root, "node_modules"));
  put("vmm/args.ts", "const args: string[] = process.argv.slice(2);\nconsole.log(args.join());\n");
  put("vmm/cli/main.ts", 'import "../args.ts";\n');
  for (const module of ["vmm/api/oscortex", "vmm/vcpu-worker", "bench/command"])
    put(`${module}.ts`, "export {};\n");
});

afterEach(() => rmSync(root, { recursive: true }));

function put(path: string, contents: string): void {
  mkdirSync(join(root, path, ".."), { recursive: true });
  writeFileSync(join(root, path), contents);
}

function run(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const command = [join(root, "vmm/cli/bootstrap.js"), ...args];
  const { status, stdout, stderr } = spawnSync(process.execPath, command, { encoding: "utf8" });
  return { status, stdout, stderr };
}

test("compiles once, then runs the module at once, with its arguments", () => {
  const first = run("vmm/args.js", "a", "--b");
  expect(first).toEqual({ status: 0, stdout: "a,--b\n", stderr: "compiling the host\n" });
  expect(run("vmm/args.js")).toEqual({ status: 0, stdout: "\n", stderr: "" });
});

test("bundles the module of the commands with what it imports", () => {
  expect(run("vmm/cli/main.js", "a")).toEqual({ status: 0, stdout: "a\n", stderr: "compiling the host\n" });
  rmSync(join(root, "build/host/vmm/args.js"));
  expect(run("vmm/cli/main.js", "b")).toEqual({ status: 0, stdout: "b\n", stderr: "" });
});

test("compiles again what was edited", () => {
  run("vmm/args.js");
  put("vmm/args.ts", "console.log('edited');\n");
  expect(run("vmm/args.js")).toEqual({ status: 0, stdout: "edited\n", stderr: "compiling the host\n" });
});

test("runs nothing that does not compile", () => {
  put("vmm/args.ts", "const args: number = 'text';\n");
  const { status, stdout, stderr } = run("vmm/args.js");
  expect([status, stdout]).toEqual([1, ""]);
  expect(stderr).toContain("vmm/args.ts(1,7): error TS2322");
  expect(run("vmm/args.js").status).toBe(1);
});

test("does not compile tests", () => {
  put("vmm/broken.test.ts", "const args: number = 'text';\n");
  expect(run("vmm/args.js").status).toBe(0);
});

test("says what to do when the compiler is not installed", () => {
  rmSync(join(root, "node_modules"));
  const expected = "oscortex: the dependencies are not installed: run npm ci\n";
  expect(run("vmm/args.js")).toEqual({ status: 1, stdout: "", stderr: expected });
});
