import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { CONTROL_POWEROFF } from "../../guest-kernel/abi/control.ts";
import { SOURCE_ROOT } from "../../pkg/source-root.ts";
import { lacksKvm } from "../../tests/support/kvm.ts";
import { control, tinyKernel } from "../../tests/support/tiny-kernel.ts";

const compiled = (module: string): string =>
  JSON.stringify(pathToFileURL(join(SOURCE_ROOT, "build/host/vmm/cli", module)).href);

const SCRIPT = `
import { runSystem } from ${compiled("run.js")};
import { parseOptions } from ${compiled("options.js")};
import { Log } from ${compiled("log.js")};
const [kernel, initramfs, repository] = process.argv.slice(2);
const log = new Log(process.stderr, "normal", false);
process.exitCode = await runSystem(parseOptions(["--memory", "64"]), { kernel, initramfs, repository }, log);
`;

test.skipIf(lacksKvm())("the command ends with the guest, though its input stays open", async () => {
  const folder = mkdtempSync(join(tmpdir(), "oscortex-"));
  const files = [join(folder, "run.mjs"), join(folder, "kernel"), join(folder, "initramfs")] as const;
  writeFileSync(files[0], SCRIPT);
  writeFileSync(files[1], tinyKernel(control(CONTROL_POWEROFF, 9)));
  writeFileSync(files[2], "");
  const child = spawn(process.execPath, [...files, folder], { stdio: ["pipe", "inherit", "inherit"] });
  expect(await once(child, "exit")).toEqual([9, null]);
  child.stdin.destroy();
});
