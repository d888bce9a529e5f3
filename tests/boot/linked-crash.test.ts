// An app that crashes in the library that it is linked to.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { packProject } from "../../pkg/pack/pack.ts";
import { SOURCE_ROOT } from "../../pkg/source-root.ts";
import { bundleSymbols, programsIn } from "../../pkg/symbols.ts";
import { loadAot } from "../support/compiler.ts";
import { lacksKvm } from "../support/kvm.ts";
import { BOOT_TIMEOUT_MS, runApp } from "../support/oscortex-command.ts";

describe.skipIf(lacksKvm())("an app that crashes", { timeout: BOOT_TIMEOUT_MS }, () => {
  test("in its library is reported with the library's lines and its own", async () => {
    const folder = mkdtempSync(join(tmpdir(), "oscortex-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const { manifest, file } = await packProject("tests/fixtures/failing-app");
    const programs = programsIn(join(SOURCE_ROOT, "build/initramfs"));
    writeFileSync(join(folder, `${manifest.name}.osx`), file);
    writeFileSync(join(folder, `${manifest.name}.elf`), bundleSymbols(file, await loadAot(), [programs]));
    const report = join(folder, "crashes.txt");
    const options = ["--repository", folder, "--report", report, "--quiet"];
    expect((await runApp(manifest.name, ...options)).status).toBe(132);
    const text = readFileSync(report, "utf8");
    expect(text).toMatch(/#0 0x\w+ shell-host\/sdk\/abort\/abort at shell-host\/sdk\/abort\.ts:\d+\n/);
    expect(text).toMatch(/#1 0x\w+ \S+ at tests\/fixtures\/failing-app\/main\.ts:7\n/);
    expect(text).toMatch(
      /unreachable executed at shell-host\/sdk\/abort\.ts:\d+\n.*called from tests\/fixtures\/failing-app\/main\.ts:7\n/,
    );
  });
});
