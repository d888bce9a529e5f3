// Turns what guest and host note into a trace file: a row for each process with its system calls, one for the processor, one
// for packages and one for frames; and of the host a row for exits and one for the network.

import type { FrameCapture } from "../../host-net/pcap.ts";
import { SYSCALL_SLOTS } from "../../guest-kernel/abi/syscall-table.ts";
import { RESUME_FAULT, RESUME_PREEMPTED } from "../../guest-kernel/abi/arch.ts";
import {
  CONTROL_GPA,
  FRAMEBUFFER_GPA,
  MMIO_GPA,
  VIRTIO_MMIO_SLOTS,
  VIRTIO_MMIO_STRIDE,
} from "../../guest-kernel/abi/memory-map.ts";
import * as t from "../../guest-kernel/abi/trace.ts";
import { processName } from "../gdb/processes.ts";
import { ChromeTraceFile } from "./chrome-trace.ts";
import { type ExitEntry, ExitLog } from "./exit-log.ts";
import { type GuestRecord, GuestRing } from "./guest-ring.ts";

const DRAIN_MS = 5;
// Rows: "processes" of the viewer, and "threads" in them.
const GUEST = 1;
const HOST = 2;
const ROW_PROCESSOR = 100_000; // behind every PID
const ROW_PACKAGES = 100_001;
const ROW_FRAMES = 100_002;
const ROW_EXITS = 1;
const ROW_NETWORK = 2;
const MAX_NAME = 64;
const NS_PER_US = 1000;

const SYSCALL_NAMES = SYSCALL_SLOTS.map((slot) => slot.slice(0, slot.indexOf(" ")));
const PACKAGE_STAGES = ["done", "catalog", "fetch", "hash", "compile"];

/** What the recorder needs of a machine once that runs. */
export interface TracedMachine {
  ram: DataView;
  tscKhz: number;
  /** When the machine was made, on the clock of `process.hrtime`: zero of the trace. */
  createdNs: bigint;
}

/** Records one run of a machine. */
export class TraceRecorder {
  readonly exits = new ExitLog();
  readonly #file: ChromeTraceFile;
  readonly #names = new Map<number, string>(); // of the processes' rows
  readonly #calls = new Map<number, { slot: number; ns: number; values: [bigint, bigint] }>(); // by PID, those under way
  #machine: TracedMachine | undefined;
  #ring: GuestRing | undefined;
  #timer: NodeJS.Timeout | undefined;
  #running: { pid: number; ns: number } | undefined;
  #asleepNs: number | undefined;
  #frameNs: number | undefined;
  #stage: { name: string; what: number; ns: number } | undefined;

  /** Throws the host's error if the file cannot be made. */
  constructor(path: string) {
    this.#file = new ChromeTraceFile(path);
    this.#nameProcess(GUEST, "guest");
    this.#nameProcess(HOST, "host");
    this.#nameRow(GUEST, ROW_PROCESSOR, "processor");
    this.#nameRow(GUEST, ROW_PACKAGES, "packages");
    this.#nameRow(GUEST, ROW_FRAMES, "frames");
    this.#nameRow(HOST, ROW_EXITS, "exits");
    this.#nameRow(HOST, ROW_NETWORK, "network");
  }

  /** Begins to record. */
  start(machine: TracedMachine): void {
    this.#machine = machine;
    this.#ring = new GuestRing(machine.ram, machine.tscKhz);
    this.#timer = setInterval(() => this.#drain(), DRAIN_MS).unref();
  }

  /** A capture that notes frames beside `other`. */
  frames(other: FrameCapture | undefined): FrameCapture {
    return {
      capture: (frame) => {
        other?.capture(frame);
        this.#network(frame.length);
      },
    };
  }

  /** Takes what has come last, and closes the file. */
  close(): void {
    clearInterval(this.#timer);
    this.#drain();
    this.#file.close();
  }

  #drain(): void {
    const machine = this.#machine;
    if (machine === undefined) return;
    const lost = this.#ring?.take((record) => this.#guest(record)) ?? 0;
    const lostExits = this.exits.take((entry) => this.#exit(entry, machine.createdNs));
    if (lost > 0) this.#lost(GUEST, ROW_PROCESSOR, lost);
    if (lostExits > 0) this.#lost(HOST, ROW_EXITS, lostExits);
  }

  #guest(record: GuestRecord): void {
    switch (record.kind) {
      case t.TRACE_CALL:
        this.#calls.set(record.pid, {
          slot: record.what,
          ns: record.ns,
          values: [record.value, record.value2],
        });
        break;
      case t.TRACE_RETURN:
        this.#return(record);
        break;
      case t.TRACE_RUN:
        this.#running = { pid: record.pid, ns: record.ns };
        break;
      case t.TRACE_STOP:
        this.#stop(record);
        break;
      case t.TRACE_IDLE:
        this.#asleepNs = record.ns;
        break;
      case t.TRACE_WAKE:
        if (this.#asleepNs !== undefined)
          this.#span(GUEST, ROW_PROCESSOR, "asleep", this.#asleepNs, record.ns);
        this.#asleepNs = undefined;
        break;
      case t.TRACE_PACKAGE:
        this.#package(record);
        break;
      case t.TRACE_FRAME:
        this.#frame(record);
        break;
      default: // of a kernel that knows more than we do, or that lies
    }
  }

  #return({ pid, what, ns, value }: GuestRecord): void {
    const call = this.#calls.get(pid);
    this.#calls.delete(pid);
    if (call?.slot !== what) return; // its beginning was lost
    this.#nameGuestRow(pid);
    this.#span(GUEST, pid, SYSCALL_NAMES[what] ?? `call ${what}`, call.ns, ns, {
      arguments: call.values.map((argument) => `0x${argument.toString(16)}`),
      result: BigInt.asIntN(32, value).toString(),
    });
  }

  #stop({ pid, what, ns }: GuestRecord): void {
    const running = this.#running;
    this.#running = undefined;
    if (running?.pid !== pid) return;
    const why = what === RESUME_PREEMPTED ? "preempted" : what === RESUME_FAULT ? "faulted" : "left";
    this.#span(GUEST, ROW_PROCESSOR, this.#nameGuestRow(pid), running.ns, ns, { ended: why });
  }

  #package({ ns, what, value, value2 }: GuestRecord): void {
    const stage = this.#stage;
    if (stage !== undefined)
      this.#span(GUEST, ROW_PACKAGES, `${PACKAGE_STAGES[stage.what]} ${stage.name}`, stage.ns, ns);
    const next = PACKAGE_STAGES[what] === undefined ? t.PACKAGE_DONE : what;
    this.#stage = next === t.PACKAGE_DONE ? undefined : { name: this.#text(value, value2), what: next, ns };
  }

  #frame({ ns, what, value }: GuestRecord): void {
    if (what === 1) this.#frameNs = ns;
    else if (this.#frameNs !== undefined)
      this.#span(GUEST, ROW_FRAMES, "compose", this.#frameNs, ns, { pixels: Number(value) });
  }

  #exit({ startNs, endNs, gpa }: ExitEntry, createdNs: bigint): void {
    this.#span(HOST, ROW_EXITS, exitName(gpa), Number(startNs - createdNs), Number(endNs - createdNs));
  }

  #network(bytes: number): void {
    if (this.#machine === undefined) return;
    const ts = Number(process.hrtime.bigint() - this.#machine.createdNs) / NS_PER_US;
    this.#file.add({ ph: "i", name: "frame", pid: HOST, tid: ROW_NETWORK, ts, args: { bytes } });
  }

  #lost(pid: number, tid: number, records: number): void {
    const machine = this.#machine;
    if (machine === undefined) return;
    const ts = Number(process.hrtime.bigint() - machine.createdNs) / NS_PER_US;
    this.#file.add({
      ph: "i",
      name: `${records} records lost`,
      pid,
      tid,
      ts,
      cat: "lost",
      args: { records },
    });
  }

  #span(
    pid: number,
    tid: number,
    name: string,
    fromNs: number,
    toNs: number,
    args?: Record<string, unknown>,
  ): void {
    const [ts, dur] = [fromNs / NS_PER_US, (toNs - fromNs) / NS_PER_US];
    this.#file.add({ ph: "X", name, pid, tid, ts, dur, ...(args && { args }) });
  }

  /** A process's name; its row gets it too. */
  #nameGuestRow(pid: number): string {
    const name = (this.#machine && processName(this.#machine.ram, pid)) ?? `pid ${pid}`;
    if (this.#names.get(pid) !== name) {
      this.#names.set(pid, name); // the viewer shows the last one, where a PID was used again
      this.#nameRow(GUEST, pid, `${name} (${pid})`);
    }
    return name;
  }

  #nameProcess(pid: number, name: string): void {
    this.#file.add({ ph: "M", name: "process_name", pid, tid: 0, args: { name } });
  }

  #nameRow(pid: number, tid: number, name: string): void {
    this.#file.add({ ph: "M", name: "thread_name", pid, tid, args: { name } });
  }

  /** Text in the guest's RAM, as far as it is there. */
  #text(address: bigint, length: bigint): string {
    const ram = this.#machine?.ram;
    if (ram === undefined || address + length > BigInt(ram.byteLength) || length > MAX_NAME) return "?";
    return Buffer.from(ram.buffer, ram.byteOffset + Number(address), Number(length)).toString();
  }
}

/** What an exit was for, by the address of the access. */
function exitName(gpa: number): string {
  if (gpa >= CONTROL_GPA) return `control 0x${(gpa - CONTROL_GPA).toString(16)}`;
  if (gpa >= FRAMEBUFFER_GPA) return `framebuffer 0x${(gpa - FRAMEBUFFER_GPA).toString(16)}`;
  const slot = Math.floor((gpa - MMIO_GPA) / VIRTIO_MMIO_STRIDE);
  if (slot < 0 || slot >= VIRTIO_MMIO_SLOTS) return "exit";
  return `virtio slot ${slot} 0x${((gpa - MMIO_GPA) % VIRTIO_MMIO_STRIDE).toString(16)}`;
}
