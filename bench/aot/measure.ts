// The subject `aot`: the same modules in the guest, in V8, and as C that wasm2c makes, in turns.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Row } from "../stats.ts";
import { Comparison } from "./comparison.ts";
import {
  type Engine,
  GUEST,
  guestWithoutSafepoints,
  packWorkloads,
  V8,
  wasm2cWithGcc,
  type Workloads,
} from "./engines.ts";

const SAMPLES_A_TURN = 5;
const ROUNDS_A_TURN = 10;

/** Measures each workload on each engine; ratios are to V8. Throws if engines disagree on a result. */
export async function measureAot(rounds: number): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), "oscortex-bench-"));
  try {
    const comparison = new Comparison();
    const pairs = await preparePairs(folder);
    for (let turn = 0; turn < Math.ceil(rounds / ROUNDS_A_TURN); turn++)
      for (const [workloads, engine] of pairs)
        comparison.add(engine.name, await engine.run(workloads, SAMPLES_A_TURN));
    return comparison.rows("aot", V8.name);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What runs where. */
async function preparePairs(folder: string): Promise<[Workloads, Engine][]> {
  const scalar = await packWorkloads("workloads", folder);
  const vector = await packWorkloads("vector-workloads", folder);
  const engines = [V8, GUEST, await guestWithoutSafepoints(folder)];
  const asC = await wasm2cWithGcc(scalar);
  if (asC === undefined) process.stderr.write("no comparison with C: wasm2c or gcc is not installed\n");
  const pairs = [scalar, vector].flatMap((workloads) =>
    engines.map((engine): [Workloads, Engine] => [workloads, engine]),
  );
  return asC === undefined ? pairs : [...pairs, [scalar, asC]];
}
