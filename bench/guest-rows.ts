import type { Row } from "./stats.ts";

// What the lines of org.oscortex.bench measure, by their names.
const LABELS: Record<string, string> = {
  null: "null system call",
  null_by_number: "null system call by number",
  getpid: "getpid()",
  clock_monotonic: "clock_monotonic()",
  yield: "yield(), nothing else runs",
  resolve_hit: "resolve hit",
  resolve_miss: "resolve miss",
  "resolve_miss.connect": "  of it connect",
  "resolve_miss.catalog": "  of it catalog",
  "resolve_miss.transfer": "  of it transfer",
  "resolve_miss.hash": "  of it hash",
  "resolve_miss.compile": "  of it compile",
};

/** Parses what org.oscortex.bench prints: `name count p50 p90 p99 min` a line, in nanoseconds. */
export function parseGuestRows(subject: string, text: string): Row[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const [name = "", ...fields] = line.split(" ");
      const numbers = fields.map(Number);
      const [count, p50, p90, p99, min] = numbers;
      if (numbers.length !== 5 || numbers.some(Number.isNaN)) throw new Error(`not a measurement: ${line}`);
      return {
        subject,
        name: LABELS[name] ?? name,
        count: count!,
        p50: p50!,
        p90: p90!,
        p99: p99!,
        min: min!,
      };
    });
}
