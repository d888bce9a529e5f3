// One case of a fuzz run: a valid module that V8 and the guest run, and mutants of it that must be compiled or refused.

import { type Aot, AotError } from "../../guest-kernel/image/aot.ts";
import { loadAot } from "../support/compiler.ts";
import { mutations } from "../support/mutate.ts";
import { SeededRandom } from "../support/seeded-random.ts";
import { Comparison, Incomparable } from "./compare.ts";
import { GeneratorError, ModuleGenerator } from "./generator.ts";
import { verdictOn } from "./verdict.ts";

// Random bytes that a module is made of; few more often than many.
const MIN_INPUT = 60;
const MAX_INPUT = 3000;

/** What went wrong, and with which module. */
export interface Failure {
  /** A difference of execution, or a verdict on bytes. */
  kind: "difference" | "verdict";
  seed: number;
  what: string;
  bytes: Uint8Array<ArrayBuffer>;
}

/** What came of a case. */
export interface CaseReport {
  seed: number;
  /** Modules by what became of them. */
  modules: Record<string, number>;
  mutants: Record<string, number>;
  failures: Failure[];
}

/** Runs cases. */
export class CaseRunner {
  readonly #generator: ModuleGenerator;
  #aot: Aot;
  #comparison: Comparison;

  private constructor(generator: ModuleGenerator, aot: Aot) {
    this.#generator = generator;
    this.#aot = aot;
    this.#comparison = new Comparison(aot);
  }

  static async create(): Promise<CaseRunner> {
    return new CaseRunner(await ModuleGenerator.load(), await loadAot());
  }

  /** Bytes of the compiler's memory. */
  get compilerBytes(): number {
    return this.#aot.memoryBytes;
  }

  /** Runs the case of a seed: always the same. */
  async run(seed: number, mutants: number): Promise<CaseReport> {
    const report: CaseReport = { seed, modules: {}, mutants: {}, failures: [] };
    let bytes: Uint8Array<ArrayBuffer>;
    try {
      bytes = this.#generate(seed, false);
    } catch (error) {
      if (!(error instanceof GeneratorError)) throw error;
      count(report.modules, "not made: the generator failed");
      return report;
    }
    await this.#compare(report, bytes);
    for (const mutant of mutations(bytes, { seed, count: mutants }))
      await this.#judge(report, mutant.slice());
    return report;
  }

  close(): void {
    this.#comparison.close();
    this.#generator.close();
  }

  /** What the comparison says of a module; undefined if nothing is wrong with it. For reducing failures. */
  difference(bytes: Uint8Array<ArrayBuffer>, seed: number): string | undefined {
    try {
      return this.#comparison.difference(bytes, seed);
    } catch (error) {
      if (error instanceof AotError || error instanceof Incomparable) return undefined;
      return String(error);
    }
  }

  /** What is wrong with the verdict on some bytes; undefined if nothing. */
  wrongVerdict(bytes: Uint8Array<ArrayBuffer>): string | undefined {
    try {
      const verdict = verdictOn(this.#aot, bytes);
      return "failure" in verdict ? verdict.failure : undefined;
    } catch (error) {
      return String(error);
    }
  }

  #generate(seed: number, denan: boolean): Uint8Array<ArrayBuffer> {
    const random = new SeededRandom(seed);
    const size = random.below(random.below(MAX_INPUT - MIN_INPUT) + 1);
    const input = random.bytes(MIN_INPUT + size);
    return this.#generator.generate(input, { denan });
  }

  async #compare(report: CaseReport, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    const { seed } = report;
    try {
      const what = this.#comparison.difference(bytes, seed);
      if (what === undefined) return count(report.modules, "the same");
      // Without NaNs the same module must agree: otherwise bits of NaNs, which are open, are not the reason.
      const still = this.#comparison.difference(this.#generate(seed, true), seed);
      if (still === undefined) return count(report.modules, "the same but for bits of NaNs");
      report.failures.push({ kind: "difference", seed, what, bytes });
    } catch (error) {
      if (error instanceof Incomparable) return count(report.modules, `not run: ${error.message}`);
      report.failures.push({ kind: "difference", seed, what: String(error), bytes });
      await this.#restart();
    }
    count(report.modules, "FAILED");
  }

  async #judge(report: CaseReport, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    const { seed } = report;
    try {
      const verdict = verdictOn(this.#aot, bytes);
      if ("group" in verdict) return count(report.mutants, verdict.group);
      report.failures.push({ kind: "verdict", seed, what: verdict.failure, bytes });
    } catch (error) {
      report.failures.push({ kind: "verdict", seed, what: String(error), bytes });
      await this.#restart();
    }
    count(report.mutants, "FAILED");
  }

  /** A compiler or a machine that failed is not used again. */
  async #restart(): Promise<void> {
    this.#comparison.close();
    this.#aot = await loadAot();
    this.#comparison = new Comparison(this.#aot);
  }
}

function count(counts: Record<string, number>, key: string): void {
  counts[key] = (counts[key] ?? 0) + 1;
}
