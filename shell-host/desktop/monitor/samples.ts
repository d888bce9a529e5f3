// What the monitor measures, once a second.

import { WINDOW_BACKGROUND, WINDOW_LAYER_MASK, WINDOW_NORMAL } from "../../../guest-kernel/abi/window.ts";
import { Listenable } from "../../engine/foundation/listenable.ts";
import { monotonicNs } from "../../sdk/clock.ts";
import { windows } from "../../sdk/screen.ts";
import { FrameTimes } from "../common/frame-times.ts";
import { SysTable, SysValues } from "../common/sys-file.ts";

const HISTORY: i32 = 60;
const FRAMES: i32 = 120; // the newest, which count

/** A process. */
export class ProcessSample {
  /** Part of the processor's time since the sample before, 0..100; negative if it is not known. */
  cpuPercent: f64 = -1;
  /** Of its window; empty if it has none. */
  title: string = "";

  constructor(
    readonly pid: i32,
    readonly parent: i32,
    readonly state: string,
    readonly memoryKib: f64,
    readonly cpuMs: f64,
    readonly name: string,
  ) {}

  /** What it is called on the screen. */
  get shownName(): string {
    return this.title.length > 0 ? this.title : this.name;
  }
}

/** The last values of something, the newest at the end. */
export class History {
  readonly values: f64[] = [];

  add(value: f64): void {
    this.values.push(value);
    if (this.values.length > HISTORY) this.values.shift();
  }

  get last(): f64 {
    return this.values.length > 0 ? this.values[this.values.length - 1] : 0;
  }

  /** How many values fit. */
  get room(): i32 {
    return HISTORY;
  }
}

/** Tells its listeners when there is a new sample. */
export class Samples extends Listenable {
  processes: ProcessSample[] = [];
  /** Percent of the processor's time that processes took. */
  readonly cpu: History = new History();
  /** Percent of memory in use. */
  readonly memory: History = new History();
  /** The newest frames. */
  readonly frames: FrameTimes = new FrameTimes();
  /** Milliseconds in which 99 of 100 of them were drawn and composed. */
  readonly frameTimes: History = new History();
  memoryUsed: f64 = 0; // bytes
  memoryTotal: f64 = 0;
  cacheSlots: string = "";
  cachePinned: string = "";
  private takenAt: i64 = 0;

  take(): void {
    const now = monotonicNs();
    const passedMs = this.takenAt == 0 ? 0 : <f64>(now - this.takenAt) / 1e6;
    this.takenAt = now;
    this.takeProcesses(passedMs);
    this.takeMemory();
    const cache = SysValues.read("/sys/pkg/cache");
    this.cacheSlots = cache.get("slots");
    this.cachePinned = cache.get("pinned");
    this.frames.take(<f64>now / 1e6, FRAMES);
    this.frameTimes.add(this.frames.percentile(99));
    this.notifyListeners();
  }

  private takeProcesses(passedMs: f64): void {
    const table = SysTable.read("/sys/proc/list");
    const pid = table.column("PID");
    const parent = table.column("PPID");
    const state = table.column("STATE");
    const memory = table.column("MEM");
    const cpu = table.column("CPU");
    const name = table.column("NAME");
    const processes: ProcessSample[] = [];
    let sum = 0.0;
    for (let i = 0; i < table.rows.length; i++) {
      const sample = new ProcessSample(
        <i32>table.number(i, pid),
        <i32>table.number(i, parent),
        table.text(i, state),
        table.number(i, memory),
        cpu < 0 ? -1 : table.number(i, cpu),
        table.text(i, name),
      );
      const before = this.find(sample.pid);
      if (before !== null && passedMs > 0 && sample.cpuMs >= before.cpuMs && cpu >= 0) {
        sample.cpuPercent = min(100.0, ((sample.cpuMs - before.cpuMs) * 100) / passedMs);
        sum += sample.cpuPercent;
      }
      processes.push(sample);
    }
    this.processes = processes;
    this.takeTitles();
    if (passedMs > 0) this.cpu.add(min(100.0, sum));
  }

  /** Processes with windows are called as the user knows them. */
  private takeTitles(): void {
    const list = windows().content;
    for (let i = 0; i < list.length; i++) {
      const layer = list[i].flags & WINDOW_LAYER_MASK;
      if (layer != WINDOW_NORMAL && layer != WINDOW_BACKGROUND) continue;
      const process = this.find(list[i].pid);
      if (process !== null) process.title = list[i].title;
    }
  }

  private find(pid: i32): ProcessSample | null {
    for (let i = 0; i < this.processes.length; i++)
      if (this.processes[i].pid == pid) return this.processes[i];
    return null;
  }

  private takeMemory(): void {
    const values = SysValues.read("/sys/mem");
    this.memoryTotal = values.number("total_kib") * 1024;
    this.memoryUsed = this.memoryTotal - values.number("free_kib") * 1024;
    this.memory.add(this.memoryTotal > 0 ? (this.memoryUsed * 100) / this.memoryTotal : 0);
  }
}
