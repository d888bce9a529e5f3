// A set of measurements and its percentiles.

import { print } from "../../sdk/console.ts";

const DECIMALS: f64 = 100;

/** Measurements of one subject, in nanoseconds per operation. */
export class Samples {
  private values: Array<f64> = [];

  constructor(public name: string) {}

  /** Adds a batch of `operations` that took `ns`. */
  add(ns: i64, operations: i32): void {
    this.values.push(<f64>ns / <f64>operations);
  }

  /** Prints `name count p50 p90 p99 min`. */
  report(): void {
    const values = this.values.sort();
    let line = this.name + " " + values.length.toString();
    line += " " + rounded(percentile(values, 50)) + " " + rounded(percentile(values, 90));
    print(line + " " + rounded(percentile(values, 99)) + " " + rounded(values[0]));
  }
}

/** The nearest rank. */
function percentile(sorted: Array<f64>, percent: i32): f64 {
  return sorted[max((percent * sorted.length + 99) / 100 - 1, 0)];
}

function rounded(value: f64): string {
  return (Math.round(value * DECIMALS) / DECIMALS).toString();
}
