// A guest in which tests/fixtures/kernel-app makes system calls: booted once for a file of tests, each of which runs a
// scenario and looks at what the calls returned.
import { copyFileSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll } from "vitest";
import * as errors from "../../guest-kernel/abi/errors.ts";
import { decodeBundle, encodeBundle } from "../../pkg/bundle.ts";
import type { Scopes } from "../../pkg/scopes.ts";
import { packApp } from "./app.ts";
import { BOOT_TIMEOUT_MS, REPOSITORY, type RunningCommand, SharedOscortex } from "./oscortex-command.ts";
import { TIME_FACTOR } from "./time-factor.ts";

/** The app under its own name. */
export const KERNEL_APP = "org.test.kernel";

/** The same app with another manifest. */
export interface Variant {
  name: string;
  /** CAP_* that it asks for. */
  capabilities: number;
  scopes?: Scopes;
}

/** What a guest is made of. */
export interface KernelAppOptions {
  /** Of the command. */
  args?: string[];
  variants?: Variant[];
  /** Sample apps, by the names of their bundles. */
  samples?: string[];
}

const TIMEOUT_S = 20 * TIME_FACTOR; // for a scenario: others are to run even if one hangs
const ERROR_NAMES = new Map(Object.entries(errors).map(([name, number]) => [number, name.slice(2)]));

/** The guest of a file of tests. */
export class KernelAppGuest {
  readonly #shared = new SharedOscortex();

  /** Boots it before the tests of a suite, and ends it after them. Call in a `describe`. */
  constructor(options: () => KernelAppOptions | Promise<KernelAppOptions> = () => ({})) {
    beforeAll(async () => {
      const { args = [], variants = [], samples = [] } = await options();
      const repository = await makeRepository(variants, samples);
      return this.#shared.start(["--repository", repository, ...args]);
    }, BOOT_TIMEOUT_MS);
  }

  /** The shell that runs the app. */
  get shell(): RunningCommand {
    return this.#shared.shell;
  }

  /** Runs a scenario of the app, or of a variant: its lines, errors by their names. */
  async run(scenario: string, app = KERNEL_APP): Promise<string[]> {
    return withNames(await this.shell.command(`run --timeout ${TIMEOUT_S} ${app} ${scenario}`));
  }
}

/** The lines of a transcript, with the names of errors in place of their numbers. */
export function withNames(text: string): string[] {
  const named = text.replaceAll(/: -(\d+)$/gm, (whole, number: string) => {
    const name = ERROR_NAMES.get(Number(number));
    return name === undefined ? whole : `: ${name}`;
  });
  return named.split("\n").slice(0, -1);
}

/** The numbers of a transcript, by what they are of. */
export function numbersOf(lines: string[]): Record<string, number> {
  return Object.fromEntries(
    lines.map((line) => {
      const at = line.lastIndexOf(": ");
      return [line.slice(0, at), Number(line.slice(at + 2))];
    }),
  );
}

/** A folder with the app, variants of it, and sample apps by the names of their bundles. */
export async function makeRepository(variants: Variant[] = [], samples: string[] = []): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "oscortex-"));
  const file = await packApp("tests/fixtures/kernel-app");
  writeFileSync(join(folder, "kernel.osx"), file);
  const { manifest, wasm } = decodeBundle(file);
  for (const { name, capabilities, scopes } of variants) {
    const bundle = encodeBundle({ manifest: { ...manifest, name, capabilities }, wasm, scopes });
    writeFileSync(join(folder, `${name}.osx`), bundle);
  }
  for (const sample of samples)
    copyFileSync(join(REPOSITORY, `${sample}.osx`), join(folder, `${sample}.osx`));
  return folder;
}
