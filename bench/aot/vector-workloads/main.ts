// org.oscortex.vector-workloads SAMPLES: as org.oscortex.workloads, with 128-bit vectors.

import { parseCount, programArguments } from "../../../shell-host/sdk/args.ts";
import { measure, Workload } from "../workloads/workload.ts";
import { blur } from "./blur.ts";
import { multiply } from "./matrix.ts";

const USAGE: i32 = 2;

const workloads: Workload[] = [new Workload("blur-simd", blur), new Workload("matrix-f32-simd", multiply)];

export function main(): i32 {
  const words = programArguments();
  const samples = words.length == 1 ? parseCount(words[0]) : -1;
  if (samples < 1) return USAGE;
  for (let i = 0; i < workloads.length; i++) measure(workloads[i], samples);
  return 0;
}

/** Runs workload `index` once. */
export function run(index: i32): u32 {
  return workloads[index].run();
}
