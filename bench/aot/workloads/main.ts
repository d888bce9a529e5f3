// org.oscortex.workloads SAMPLES: runs each workload, and prints `name checksum ns ns ns...` a line.

import { parseCount, programArguments } from "../../../shell-host/sdk/args.ts";
import { blur } from "./blur.ts";
import { compress } from "./compress.ts";
import { crc32 } from "./crc32.ts";
import { hashMap } from "./hash-map.ts";
import { mandelbrot } from "./mandelbrot.ts";
import { multiplyF64, multiplyI32 } from "./matrix.ts";
import { nBody } from "./n-body.ts";
import { quicksort } from "./quicksort.ts";
import { sha256 } from "./sha256.ts";
import { buildStrings } from "./strings.ts";
import { virtualCalls } from "./virtual-calls.ts";
import { measure, Workload } from "./workload.ts";

const USAGE: i32 = 2;

const workloads: Workload[] = [
  new Workload("sha256", sha256),
  new Workload("crc32", crc32),
  new Workload("matrix-i32", multiplyI32),
  new Workload("matrix-f64", multiplyF64),
  new Workload("n-body", nBody),
  new Workload("mandelbrot", mandelbrot),
  new Workload("quicksort", quicksort),
  new Workload("compress", compress),
  new Workload("hash-map", hashMap),
  new Workload("virtual-calls", virtualCalls),
  new Workload("strings", buildStrings),
  new Workload("blur", blur),
];

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
