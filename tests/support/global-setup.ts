import { spawnSync } from "node:child_process";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import type { TestProject } from "vitest/node";
import { buildGuest, printProgress } from "../../vmm/image/build-guest.ts";
import { BuildError } from "../../vmm/image/build-steps.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

// Tests in these folders run what is built. All others compile what they need themselves.
const USES_HOST = /^(?:vmm|bench|tests|pkg)\//;
const USES_GUEST = /^(?:vmm|bench|tests)\//;

/**
 * Builds what the chosen tests run, as far as it is out of date.
 *
 * What cannot be built is reported, and no outdated version of it is left: the tests that need it fail, others run.
 */
export default async function setup(project: TestProject): Promise<void> {
  const { testFiles } = await project.globTestFiles(chosenPatterns(project));
  const files = testFiles.map((file) => relative(ROOT, file));
  if (files.some((file) => USES_HOST.test(file))) buildHost();
  if (files.some((file) => USES_GUEST.test(file))) await buildGuestOrReport();
}

/** The patterns on the command line; undefined, which chooses every test, if there are none. */
function chosenPatterns({ vitest }: TestProject): string[] | undefined {
  const patterns: unknown = Reflect.get(vitest, "filenamePattern"); // has no public name
  return Array.isArray(patterns) ? patterns.map(String) : undefined;
}

function buildHost(): void {
  const { status } = spawnSync(process.execPath, ["vmm/cli/bootstrap.js"], { cwd: ROOT, stdio: "inherit" });
  if (status !== 0) process.stderr.write("the host does not compile\n");
}

async function buildGuestOrReport(): Promise<void> {
  try {
    await buildGuest(printProgress(process.stderr));
  } catch (error) {
    if (!(error instanceof BuildError)) throw error;
    process.stderr.write(`${error.message}\n`);
  }
}
