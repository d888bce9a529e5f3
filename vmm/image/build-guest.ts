// Builds everything that runs in the guest.

import { readdirSync, rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { SOURCE_ROOT } from "../../pkg/source-root.ts";
import { type BuildProgress, runBuildSteps } from "./build-steps.ts";
import { DEBUG_BUILD, guestSteps, OPTIMISED } from "./guest-steps.ts";
import { makeInThread } from "./step-thread.ts";

const MOST_AT_ONCE = 4; // the compiler takes about half a gigabyte for each

const ERASE_LINE = "\r\x1b[K";

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
  if (process.env["OSCORTEX_BUILT"] === "1") return artifacts; // whoever has just built says so, where files are slow
  const steps = guestSteps(SOURCE_ROOT, variant);
  await runBuildSteps(SOURCE_ROOT, steps, {
    progress,
    atOnce: Math.min(availableParallelism(), MOST_AT_ONCE),
    make: ({ name }) => makeInThread({ root: SOURCE_ROOT, variant, name }),
  });
  removeOthers(
    artifacts.repository,
    new Set(steps.flatMap(({ outputs }) => outputs.map((path) => join(SOURCE_ROOT, path)))),
  );
  return artifacts;
}

/** Prints progress: a line for each step, when it begins or, on a terminal, when it ends, with its time, below them what runs now. */
export function printProgress(stream: NodeJS.WriteStream): BuildProgress {
  if (!stream.isTTY) return { begin: (step) => void stream.write(`building ${step}\n`), end: () => {} };
  const running = new Set<string>();
  function write(line: string): void {
    const now = running.size > 0 ? `building ${[...running].join(", ")} ...` : "";
    stream.write(`${ERASE_LINE}${line}${now.slice(0, stream.columns - 1)}`);
  }
  return {
    begin(step) {
      running.add(step);
      write("");
    },
    end(step, milliseconds) {
      running.delete(step);
      write(`built ${step} in ${(milliseconds / 1000).toFixed(1)} s\n`);
    },
  };
}

/** Removes bundles whose app is no longer in the checkout. */
function removeOthers(repository: string, outputs: ReadonlySet<string>): void {
  for (const name of readdirSync(repository))
    if (name.endsWith(".osx") && !outputs.has(join(repository, name))) rmSync(join(repository, name));
}
