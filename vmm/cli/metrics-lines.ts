import type { System } from "../compose.ts";
import { formatMetrics, type MachineMetrics, ratesBetween, readMetrics } from "../metrics.ts";
import type { Log } from "./log.ts";

/** Logs what a machine is doing, a line each interval. */
export class MetricsLines {
  readonly #system: System;
  readonly #log: Log;
  readonly #timer: NodeJS.Timeout;
  #before: MachineMetrics;

  constructor(system: System, seconds: number, log: Log) {
    this.#system = system;
    this.#log = log;
    this.#before = readMetrics(system);
    this.#timer = setInterval(() => this.#print(), seconds * 1000).unref();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #print(): void {
    const metrics = readMetrics(this.#system);
    this.#log.note(formatMetrics(metrics, ratesBetween(this.#before, metrics)));
    this.#before = metrics;
  }
}
