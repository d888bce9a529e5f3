import { closeSync, openSync, writeSync } from "node:fs";
import { type CrashReport, formatCrash } from "../crash-report.ts";
import { readKernelLog } from "../kernel-log.ts";

/** How much of the kernel's log a report has. */
export const REPORT_LOG_LINES = 64;

/**
 * A file of crash reports: what happened, when, registers, backtrace, and the kernel's log, which names the process and
 * its source lines. A report is on disk (with the host's kernel) when `add` returns.
 */
export class ReportFile {
  readonly #fd: number;
  readonly #now: () => Date;

  /** Creates the file; reports that it holds stay. Throws what `openSync` throws. */
  constructor(path: string, now: () => Date = () => new Date()) {
    this.#fd = openSync(path, "a");
    this.#now = now;
  }

  /** Adds a report on a guest with this RAM. */
  add(report: CrashReport, ram: DataView): void {
    const log = readKernelLog(ram, REPORT_LOG_LINES).map((line) => `  ${line}`);
    writeSync(
      this.#fd,
      [`${this.#now().toISOString()} ${formatCrash(report)}`, "  log:", ...log, "", ""].join("\n"),
    );
  }

  close(): void {
    closeSync(this.#fd);
  }
}
