// Builds everything that runs in the guest.

import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { SOURCE_ROOT } from "../../pkg/source-root.ts";
import { type BuildProgress, runBuildSteps } from "./build-steps.ts";
import { DEBUG_BUILD, guestSteps, OPTIMISED } from "./guest-steps.ts";

/** Where the guest's artifacts are, absolute paths. */
export interface GuestArtifacts {
  /** The kernel image. */
  kernel: string;
  /** The initramfs: /init and /bin/sh as bundles. */
  initramfs: string;
  /** A folder with the sample apps as .osx files, for the package server. */
  repository: string;
  /** A folder with an ELF file for debuggers for each of our own packages, by name. */
  symbols: string;
}

/**
 * Builds what is missing or out of date; some milliseconds if nothing is. A debug build is slow, and debuggers find its
 * variables. @throws BuildError
 */
export async function buildGuest(
  progress?: BuildProgress,
  { debug = false }: { debug?: boolean } = {},
): Promise<GuestArtifacts> {
  const variant = debug ? DEBUG_BUILD : OPTIMISED;
  const folder = join(SOURCE_ROOT, variant.output);
  const artifacts = {
    kernel: join(folder, "kernel.elf"),
    initramfs: join(folder, "initramfs.cpio"),
    repository: join(folder, "repository"),
    symbols: join(folder, "debug"),
  };
  const steps = guestSteps(SOURCE_ROOT, variant);
  await runBuildSteps(SOURCE_ROOT, steps, progress);
  removeOthers(
    artifacts.repository,
    new Set(steps.flatMap(({ outputs }) => outputs.map((path) => join(SOURCE_ROOT, path)))),
  );
  return artifacts;
}

/** Prints progress: one line for each step, which on a terminal gets its time when the step ends. */
export function printProgress(stream: NodeJS.WriteStream): BuildProgress {
  return {
    begin(step) {
      stream.write(`building ${step}${stream.isTTY ? " ..." : "\n"}`);
    },
    end(_step, milliseconds) {
      if (stream.isTTY) stream.write(` ${(milliseconds / 1000).toFixed(1)} s\n`);
    },
  };
}

/** Removes bundles whose app is no longer in the checkout. */
function removeOthers(repository: string, outputs: ReadonlySet<string>): void {
  for (const name of readdirSync(repository))
    if (name.endsWith(".osx") && !outputs.has(join(repository, name))) rmSync(join(repository, name));
}
