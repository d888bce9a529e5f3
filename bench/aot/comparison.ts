// The same workloads on several engines, compared with the first of them.

import { geometricMean, type Row, summarize } from "../stats.ts";

/** An engine gave another result than the others, or printed something else than measurements. */
export class ComparisonError extends Error {
  override readonly name = "ComparisonError";
}

/** Collects what engines print: `workload checksum ns ns ns...` a line. */
export class Comparison {
  readonly #checksums = new Map<string, string>();
  readonly #samples = new Map<string, Map<string, number[]>>(); // of each workload, by engine

  /** Adds what one run printed. @throws ComparisonError */
  add(engine: string, printed: string): void {
    for (const line of printed.trim().split("\n")) {
      const [workload = "", checksum = "", ...words] = line.split(" ");
      const samples = words.map(Number);
      if (samples.length === 0 || samples.some(Number.isNaN))
        throw new ComparisonError(`${engine} printed ${JSON.stringify(line)}`);
      this.#checkResult(engine, workload, checksum);
      this.#samplesOf(workload, engine).push(...samples);
    }
  }

  /**
   * A row for each workload and engine, and one for each engine's geometric mean. The ratio is that of the minima, which
   * other load on the machine moves least, to those of the engine `baseline`, which ran every workload.
   */
  rows(subject: string, baseline: string): Row[] {
    const all = new Map<string, Row[]>();
    const rows: Row[] = [];
    for (const [workload, engines] of this.#samples) {
      const base = summarize(subject, workload, engines.get(baseline) ?? []).min;
      for (const [engine, samples] of engines) {
        const row = summarize(subject, `${workload}, ${engine}`, samples);
        const compared = { ...row, ratio: row.min / base };
        rows.push(compared);
        all.set(engine, [...(all.get(engine) ?? []), compared]);
      }
    }
    return [
      ...rows,
      ...[...all].map(([engine, of]) => geometricMean(subject, `geometric mean, ${engine}`, of)),
    ];
  }

  #checkResult(engine: string, workload: string, checksum: string): void {
    const expected = this.#checksums.get(workload) ?? checksum;
    this.#checksums.set(workload, expected);
    if (checksum !== expected)
      throw new ComparisonError(`${engine}: ${workload} gave ${checksum} instead of ${expected}`);
  }

  #samplesOf(workload: string, engine: string): number[] {
    const engines = this.#samples.get(workload) ?? new Map<string, number[]>();
    this.#samples.set(workload, engines);
    const samples = engines.get(engine) ?? [];
    engines.set(engine, samples);
    return samples;
  }
}
