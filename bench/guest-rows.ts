import type { Row } from "./stats.ts";

// What the lines of org.oscortex.bench measure, by their names.
const LABELS: Record<string, string> = {
  null: "null system call",
  null_by_number: "null system call by number",
  getpid: "getpid()",
  clock_monotonic: "clock_monotonic()",
  yield: "yield(), nothing else runs",
  yield_between: "yield between two processes",
  port_ping_pong: "port ping-pong, round trip",
  port_call: "port ping-pong by port_call",
  poll_one: "poll of one port that is ready",
  memory_grow: "memory.grow of 16 MiB",
  memory_touch: "  first store to each of its 4096 pages",
  memory_walk: "  a load that depends on the one before, all over it",
  spawn: "spawn of a cached app",
  spawn_to_wait: "spawn of a cached app, to wait",
  file_write: "write and sync a file",
  file_read: "read a file",
  resolve_hit: "resolve hit",
  resolve_miss: "resolve miss",
  resolve_anew: "resolve miss, new connection",
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
        name: label(name),
        count: count!,
        p50: p50!,
        p90: p90!,
        p99: p99!,
        min: min!,
      };
    });
}

/** `resolve_miss.hash` is a part of the row before. */
function label(name: string): string {
  const [whole = "", part] = name.split(".");
  return part === undefined ? (LABELS[whole] ?? whole) : `  of it ${part}`;
}
