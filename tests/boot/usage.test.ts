// The command line itself: needs no KVM.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { SOURCE_ROOT } from "../../pkg/source-root.ts";
import { BOOT_TIMEOUT_MS, runOscortex } from "../support/oscortex-command.ts";

test.each([
  [["--frob"]],
  [["hello"]],
  [["--run", "a", "--timeout", "x"]],
  [["--memory", "1"]],
  [["--server", "ftp://x"]],
  [["--allow", "frob"]],
])("%j is status 2 and a sentence", { timeout: BOOT_TIMEOUT_MS }, async (args) => {
  const { status, stdout, stderr } = await runOscortex(args);
  expect([status, stdout]).toEqual([2, ""]);
  expect(stderr).toMatch(/^oscortex: .+\n(?:oscortex: --help shows the options\n)?$/);
});

test("--help and --version print to stdout", { timeout: BOOT_TIMEOUT_MS }, async () => {
  const { version } = JSON.parse(readFileSync(join(SOURCE_ROOT, "package.json"), "utf8"));
  expect(await runOscortex(["--version"])).toEqual({
    status: 0,
    stdout: `oscortex ${version}\n`,
    stderr: "",
  });
  const help = await runOscortex(["--help"]);
  expect([help.status, help.stderr]).toEqual([0, ""]);
  expect(help.stdout).toMatch(/^Usage: npm start -- /);
});
