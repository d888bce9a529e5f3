/** One measured thing: nanoseconds over `count` samples. */
export interface Row {
  subject: string;
  name: string;
  count: number;
  min: number;
  p50: number;
  p90: number;
  p99: number;
  /** Of its minimum to that of the row that it is compared with. */
  ratio?: number;
  /** What a sample moved, where that is what counts. */
  bytes?: number;
}

/** Sums samples up. `samples` is not empty; it is sorted in place. */
export function summarize(subject: string, name: string, samples: number[]): Row {
  samples.sort((a, b) => a - b);
  return {
    subject,
    name,
    count: samples.length,
    min: samples[0] ?? Number.NaN,
    p50: percentile(samples, 50),
    p90: percentile(samples, 90),
    p99: percentile(samples, 99),
  };
}

/** The geometric means of some rows, which all have a ratio. */
export function geometricMean(subject: string, name: string, rows: readonly Row[]): Row {
  const mean = (of: (row: Row) => number): number =>
    Math.exp(rows.reduce((sum, row) => sum + Math.log(of(row)), 0) / rows.length);
  return {
    subject,
    name,
    count: rows.reduce((sum, { count }) => sum + count, 0),
    min: mean(({ min }) => min),
    p50: mean(({ p50 }) => p50),
    p90: mean(({ p90 }) => p90),
    p99: mean(({ p99 }) => p99),
    ratio: mean(({ ratio }) => ratio ?? Number.NaN),
  };
}

/** The smallest sample that at least `percent` percent of the samples do not exceed (nearest rank). */
function percentile(sorted: number[], percent: number): number {
  return sorted[Math.max(0, Math.ceil((sorted.length * percent) / 100) - 1)] ?? Number.NaN;
}

/** Rows as a table for people. */
export function formatTable(rows: Row[]): string {
  const compared = rows.some(({ ratio }) => ratio !== undefined);
  const moved = rows.some(({ bytes }) => bytes !== undefined);
  const head = ["subject", "measured", "samples", "min", "p50", "p90", "p99"];
  if (compared) head.push("ratio");
  if (moved) head.push("MB/s, p50");
  const body = rows.map((row) => [
    row.subject,
    row.name,
    String(row.count),
    ...[row.min, row.p50, row.p90, row.p99].map(formatNs),
    ...(compared ? [row.ratio?.toFixed(2) ?? ""] : []),
    ...(moved ? [row.bytes === undefined ? "" : (row.bytes / (row.p50 / 1e3)).toFixed(0)] : []),
  ]);
  const widths = head.map((_, column) =>
    Math.max(...[head, ...body].map((line) => (line[column] ?? "").length)),
  );
  const pad = (cell: string, column: number): string =>
    column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0);
  return [head, ...body].map((line) => line.map(pad).join("  ").trimEnd()).join("\n");
}

/** A duration with the unit that suits it; nothing for one that was not measured. */
export function formatNs(ns: number): string {
  if (Number.isNaN(ns)) return "";
  if (ns < 1000) return `${ns.toFixed(1)} ns`;
  if (ns < 1e6) return `${(ns / 1e3).toFixed(2)} us`;
  return `${(ns / 1e6).toFixed(2)} ms`;
}
