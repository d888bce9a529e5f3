// Builds the guest and says where the artifacts are: `node vmm/cli/bootstrap.js vmm/image/main.js`.

import { buildGuest, printProgress } from "./build-guest.ts";
import { BuildError } from "./build-steps.ts";

try {
  const { kernel, initramfs, repository } = await buildGuest(printProgress(process.stderr));
  process.stdout.write(`${kernel}\n${initramfs}\n${repository}\n`);
} catch (error) {
  if (!(error instanceof BuildError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
