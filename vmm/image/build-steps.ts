// Runs build steps, each only if its inputs have changed since it last ran, and side by side those that do not wait for each other.

import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { SourceTree } from "./source-tree.ts";

/** Makes some files from others. Paths are relative to the root. */
export interface BuildStep {
  /** What progress and errors call it. */
  name: string;
  /** Files, and folders with all that is below them but tests. */
  inputs: readonly string[];
  outputs: readonly string[];
  /** The outputs' contents, in their order. */
  build(): Promise<StepContents>;
}

/** What a step makes. */
export type StepContents = readonly (Uint8Array | string)[];

/** A step failed; its outputs do not exist. */
export class BuildError extends Error {
  override readonly name = "BuildError";
}

/** Told when a step begins, and when it has ended, done or failed, after so many milliseconds. */
export interface BuildProgress {
  begin(step: string): void;
  end(step: string, milliseconds: number): void;
}

/** What a step's inputs were when it last ran. */
interface Stamp {
  quick: string;
  digest: string;
}

const STAMP_FILE = "build/stamps.json";

/** How steps are run: by themselves, one at a time, if nothing is said. */
export interface BuildOptions {
  progress?: BuildProgress | undefined;
  /** How many steps may run at once. */
  atOnce?: number;
  /** Runs a step's `build`, maybe in another thread. */
  make?: (step: BuildStep) => Promise<StepContents>;
}

/**
 * Runs those steps that are out of date. A step waits for the earlier ones that make its inputs; when one has failed, no other
 * begins. @throws BuildError
 */
export async function runBuildSteps(
  root: string,
  steps: readonly BuildStep[],
  { progress, atOnce = 1, make = (step) => step.build() }: BuildOptions = {},
): Promise<void> {
  const stamps = readStamps(root);
  let sources = new SourceTree(root);
  const waiting = [...steps];
  const running = new Map<BuildStep, Promise<void>>();
  let failure: { error: unknown } | undefined;

  async function run(step: BuildStep, stamp: Stamp): Promise<void> {
    progress?.begin(step.name);
    const start = performance.now();
    try {
      await runStep(root, step, make);
      storeStamp(step, stamp);
    } catch (error) {
      failure ??= { error };
    } finally {
      sources = new SourceTree(root); // its outputs may be among others' inputs
      running.delete(step);
      progress?.end(step.name, performance.now() - start);
    }
  }

  function storeStamp(step: BuildStep, { quick, digest }: Stamp): void {
    stamps.set(step.name, { quick, digest });
    writeFileAtomically(join(root, STAMP_FILE), JSON.stringify(Object.fromEntries(stamps)));
  }

  while (waiting.length + running.size > 0) {
    const next = failure ? -1 : nextStep(waiting, [...running.keys()]);
    if (next < 0 || running.size === atOnce) {
      if (running.size === 0) break;
      await Promise.race(running.values());
      continue;
    }
    const step = waiting.splice(next, 1)[0]!;
    const stamp = staleStamp(root, sources, step, stamps.get(step.name));
    if (stamp === undefined) continue;
    stamps.delete(step.name);
    if (stamp.run) running.set(step, run(step, stamp));
    else storeStamp(step, stamp);
  }
  if (failure) throw failure.error;
}

/** The index of the first step that waits for none before it; -1 if all wait for one that runs. */
function nextStep(waiting: readonly BuildStep[], running: readonly BuildStep[]): number {
  return waiting.findIndex((step, index) =>
    [...running, ...waiting.slice(0, index)].every((earlier) => !feeds(earlier, step)),
  );
}

/** Whether one step makes what another reads. */
function feeds(earlier: BuildStep, step: BuildStep): boolean {
  return earlier.outputs.some((output) =>
    step.inputs.some((input) => output === input || output.startsWith(`${input}/`)),
  );
}

/** The stamp to store, and whether the step must run for it; undefined if the stored one holds. */
function staleStamp(
  root: string,
  sources: SourceTree,
  step: BuildStep,
  stored?: Stamp,
): (Stamp & { run: boolean }) | undefined {
  const state = sources.state(step.inputs);
  const complete = step.outputs.every((output) => existsSync(join(root, output)));
  if (complete && state.quick === stored?.quick) return undefined;
  const digest = state.digest();
  return { quick: state.quick, digest, run: !complete || digest !== stored?.digest };
}

async function runStep(
  root: string,
  step: BuildStep,
  make: NonNullable<BuildOptions["make"]>,
): Promise<void> {
  // Nothing may go on with what an earlier version of the sources made.
  for (const output of step.outputs) rmSync(join(root, output), { force: true });
  let contents: StepContents;
  try {
    contents = await make(step);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new BuildError(`${step.name}: ${reason}`, { cause });
  }
  step.outputs.forEach((output, index) => writeFileAtomically(join(root, output), contents[index]!));
}

function writeFileAtomically(path: string, contents: Uint8Array | string): void {
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}`;
  writeFileSync(temporary, contents);
  renameSync(temporary, path);
}

/** No stamps if the file is missing or damaged: everything is built again. */
function readStamps(root: string): Map<string, Stamp> {
  const stamps = new Map<string, Stamp>();
  let stored: unknown;
  try {
    stored = JSON.parse(readFileSync(join(root, STAMP_FILE), "utf8"));
  } catch {
    return stamps;
  }
  for (const [name, stamp] of Object.entries(Object(stored))) if (isStamp(stamp)) stamps.set(name, stamp);
  return stamps;
}

function isStamp(value: unknown): value is Stamp {
  if (typeof value !== "object" || value === null) return false;
  return (
    "quick" in value &&
    typeof value.quick === "string" &&
    "digest" in value &&
    typeof value.digest === "string"
  );
}
