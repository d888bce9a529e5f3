// The README's example of the programming interface, as it stands there.

import { spawnSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { SOURCE_ROOT } from "../../pkg/source-root.ts";
import { lacksKvm } from "../support/kvm.ts";
import { BOOT_TIMEOUT_MS } from "../support/oscortex-command.ts";

describe.skipIf(lacksKvm())("the README's example", { timeout: BOOT_TIMEOUT_MS }, () => {
  test("runs as it stands", () => {
    const readme = readFileSync(join(SOURCE_ROOT, "README.md"), "utf8");
    const example = /```ts\n(await using machine[^`]+)```/.exec(readme)?.[1];
    // Node before 24 has no `await using`: what it means is written out.
    const program = `import { Machine } from "oscortex";\n${example?.replace("await using", "const")}\nawait machine.stop();\n`;
    const file = join(SOURCE_ROOT, "build/api-example.mjs"); // inside the package, which imports itself by its name
    writeFileSync(file, program);
    try {
      const { status, stdout } = spawnSync(process.execPath, [file], { encoding: "utf8" });
      expect(stdout).toMatch(/^0 Hello from Oscortex\na b\n 137 \d+\n$/);
      expect(status).toBe(0);
    } finally {
      rmSync(file);
    }
  });
});
