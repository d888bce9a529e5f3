// A fuzz run: hands cases to a process, watches it, counts, and keeps what failed.

import { type ChildProcess, fork } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { SOURCE_ROOT } from "../../pkg/source-root.ts";
import type { Failure } from "./case.ts";
import type { CaseReply, CaseRequest } from "./shard.ts";

const CASE_TIMEOUT_MS = 120_000; // also what minimising takes
const PROGRESS_MS = 10_000;
const SEED_STEP = 0x9e3779b1; // odd: seeds of cases do not meet those of runs that begin nearby
const SHARD = fileURLToPath(new URL("shard.js", import.meta.url));

/** How a run goes. */
export interface FuzzOptions {
  seconds: number;
  seed: number;
  cases: number;
  mutants: number;
  /** Folder for failing modules, from the checkout's root. */
  output: string;
}

/** Seed of case number `index` of a run. */
export function caseSeed(seed: number, index: number): number {
  return (seed + Math.imul(index, SEED_STEP)) >>> 0;
}

/** One run. */
export class FuzzRun {
  readonly #options: FuzzOptions;
  readonly #print: (line: string) => void;
  readonly #modules = new Map<string, number>();
  readonly #mutants = new Map<string, number>();
  #shard: ChildProcess | undefined;
  #stopped = false;
  #failures = 0;
  #cases = 0;
  #compilerBytes = 0;

  constructor(options: FuzzOptions, print: (line: string) => void) {
    this.#options = options;
    this.#print = print;
  }

  /** Ends the run after the case at hand. */
  stop(): void {
    this.#stopped = true;
  }

  /** Runs cases until time is up; true if nothing failed. */
  async run(): Promise<boolean> {
    const start = performance.now();
    let told = start;
    const { seconds, cases, seed, mutants } = this.#options;
    for (let i = 0; i < cases && !this.#stopped; i++) {
      await this.#case({ seed: caseSeed(seed, i), mutants });
      const now = performance.now();
      if (now - start > 1000 * seconds) break;
      if (now - told < PROGRESS_MS) continue;
      told = now;
      this.#print(`${Math.round((now - start) / 1000)} s: ${this.#summary()}`);
    }
    this.#shard?.kill();
    this.#report((performance.now() - start) / 1000);
    return this.#failures === 0;
  }

  async #case(request: CaseRequest): Promise<void> {
    this.#cases += 1;
    const shard = (this.#shard ??= await startShard());
    const reply = await ask(shard, request);
    if (typeof reply === "string") {
      this.#shard = undefined;
      shard.kill("SIGKILL");
      this.#keep({ kind: "difference", seed: request.seed, what: reply, bytes: new Uint8Array() }, undefined);
      return;
    }
    add(this.#modules, reply.report.modules);
    add(this.#mutants, reply.report.mutants);
    this.#compilerBytes = Math.max(this.#compilerBytes, reply.compilerBytes);
    for (const [i, failure] of reply.report.failures.entries()) this.#keep(failure, reply.minimised[i]);
  }

  /** Writes a failure to files: the module, the smaller one, and what it is about. */
  #keep({ kind, seed, what, bytes }: Failure, minimised: Uint8Array | undefined): void {
    this.#failures += 1;
    const folder = join(SOURCE_ROOT, this.#options.output);
    mkdirSync(folder, { recursive: true });
    const file = join(folder, `${kind}-${seed}-${this.#failures}`);
    writeFileSync(`${file}.txt`, `seed ${seed}\n${what}\n`);
    if (bytes.length > 0) writeFileSync(`${file}.found.wasm`, bytes);
    if (minimised) writeFileSync(`${file}.wasm`, minimised);
    this.#print(`FAILED: seed ${seed}: ${what}\n  written to ${file}.*`);
  }

  #summary(): string {
    return `${total(this.#modules)} modules, ${total(this.#mutants)} mutants, ${this.#failures} failed`;
  }

  #report(seconds: number): void {
    for (const [title, counts] of [
      ["modules", this.#modules],
      ["mutants", this.#mutants],
    ] as const) {
      for (const [key, n] of counts) this.#print(`  ${String(n).padStart(8)} ${title} ${key}`);
    }
    this.#print(`  the compiler's memory: ${this.#compilerBytes / 2 ** 20} MiB at most`);
    const { seed } = this.#options;
    this.#print(`fuzz: seed ${seed}, ${this.#cases} cases, ${Math.round(seconds)} s: ${this.#summary()}`);
  }
}

async function startShard(): Promise<ChildProcess> {
  const shard = fork(SHARD, { serialization: "advanced" });
  await new Promise<void>((resolve, reject) => {
    shard.once("message", () => resolve());
    shard.once("exit", (status, signal) =>
      reject(new Error(`the fuzzer's process ended with ${status ?? signal}`)),
    );
  });
  return shard;
}

/** The reply to a request, or what became of the process instead. */
async function ask(shard: ChildProcess, request: CaseRequest): Promise<CaseReply | string> {
  return await new Promise((resolve) => {
    const timer = setTimeout(() => done(`hangs: no answer in ${CASE_TIMEOUT_MS} ms`), CASE_TIMEOUT_MS);
    const onExit = (status: number | null, signal: string | null): void =>
      done(`the process ended with ${status ?? signal}`);
    const onMessage = (reply: unknown): void => done(reply as CaseReply);
    const done = (answer: CaseReply | string): void => {
      clearTimeout(timer);
      shard.off("exit", onExit).off("message", onMessage);
      resolve(answer);
    };
    shard.once("exit", onExit).once("message", onMessage);
    shard.send(request);
  });
}

function add(sums: Map<string, number>, counts: Readonly<Record<string, number>>): void {
  for (const [key, n] of Object.entries(counts)) sums.set(key, (sums.get(key) ?? 0) + n);
}

function total(counts: Map<string, number>): number {
  return Array.from(counts.values()).reduce((sum, n) => sum + n, 0);
}
