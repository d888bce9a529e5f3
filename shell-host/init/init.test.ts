import { beforeAll, expect, test } from "vitest";
import { E_NOENT } from "../../guest-kernel/abi/errors.ts";
import { TRAP_UNREACHABLE } from "../../guest-kernel/abi/instance.ts";
import { STATUS_TRAPPED } from "../../guest-kernel/abi/syscall.ts";
import { compileApp } from "../../tests/support/app.ts";
import { FakeKernel, type FakePackage } from "../../tests/support/fake-kernel.ts";

let init: WebAssembly.Module;
beforeAll(async () => {
  init = await compileApp("shell-host/init");
}, 60_000);

function kernelWith(shell: FakePackage): FakeKernel {
  const kernel = new FakeKernel();
  kernel.packages.set("/bin/sh", shell);
  return kernel;
}

test("with arguments: passes them to one shell and powers off with its status", () => {
  const kernel = kernelWith({ status: 42 });
  expect(kernel.run(init, ["--exec", "run", "org.a", "x y"])).toEqual({ status: 42, stdout: "", stderr: "" });
  expect(kernel.started.map(({ args }) => args)).toEqual([["--exec", "run", "org.a", "x y"]]);
});

test("with arguments: a shell that crashes is not started again", () => {
  const kernel = kernelWith({ status: STATUS_TRAPPED | TRAP_UNREACHABLE });
  expect(kernel.run(init, ["--exec", "ps"]).status).toBe(132);
  expect(kernel.started.length).toBe(1);
});

test("without arguments: a shell that exits ends the machine", () => {
  const kernel = kernelWith({ status: 5 });
  expect(kernel.run(init).status).toBe(5);
  expect(kernel.started.length).toBe(1);
});

test("without arguments: a shell that crashes is replaced, after a pause", () => {
  const shell: FakePackage = { status: STATUS_TRAPPED | TRAP_UNREACHABLE };
  const kernel = kernelWith(shell);
  kernel.onSleep = () => {
    shell.status = 0; // the second one is well
  };
  expect(kernel.run(init)).toEqual({
    status: 0,
    stdout: "",
    stderr: "init: the shell died, starting another\n",
  });
  expect(kernel.started.length).toBe(2);
  expect(kernel.sleeps).toEqual([200_000_000n]);
});

test("without arguments: a shell that cannot live is started less and less often", () => {
  const shell: FakePackage = { status: STATUS_TRAPPED | TRAP_UNREACHABLE };
  const kernel = kernelWith(shell);
  kernel.onSleep = () => {
    if (kernel.sleeps.length === 9) shell.status = 0;
  };
  expect(kernel.run(init).status).toBe(0);
  const milliseconds = kernel.sleeps.map((ns) => Number(ns) / 1e6);
  expect(milliseconds).toEqual([200, 400, 800, 1600, 3200, 6400, 10_000, 10_000, 10_000]);
});

test("without arguments: a shell that lived for long is started again soon", () => {
  const shell: FakePackage = { status: STATUS_TRAPPED | TRAP_UNREACHABLE, livesNs: 11_000_000_000n };
  const kernel = kernelWith(shell);
  kernel.onSleep = () => {
    if (kernel.sleeps.length === 3) shell.status = 0;
  };
  expect(kernel.run(init).status).toBe(0);
  expect(kernel.sleeps).toEqual([200_000_000n, 200_000_000n, 200_000_000n]);
});

test("a machine without a shell powers off with status 1 and says why", () => {
  const kernel = kernelWith({ error: E_NOENT });
  expect(kernel.run(init, ["--exec", "ps"])).toEqual({
    status: 1,
    stdout: "",
    stderr: "init: /bin/sh: no such file\n",
  });
});

test("where there is a screen, a desktop is started beside the shell", () => {
  const kernel = kernelWith({ status: 0 });
  kernel.packages.set("/bin/desktop", {});
  kernel.screenWidth = 1280;
  expect(kernel.run(init).status).toBe(0);
  expect(kernel.started.map(({ name, args }) => [name, ...args])).toEqual([
    ["/bin/desktop", "shell"],
    ["/bin/sh"],
  ]);
});

test("a desktop that dies at once is started again, a few times", () => {
  const kernel = kernelWith({});
  kernel.packages.set("/bin/desktop", { status: STATUS_TRAPPED | TRAP_UNREACHABLE });
  kernel.screenWidth = 1280;
  expect(() => kernel.run(init)).toThrow("waits for pid 0, which never ends"); // for the shell alone
  expect(kernel.started.filter(({ name }) => name === "/bin/desktop").length).toBe(5);
});
