// Traces system calls with breakpoints of the stub's own, where each call enters the kernel and where its handler returns:
// the guest needs nothing for it, and without a trace it costs nothing.

import { SYSCALL_SLOTS } from "../../guest-kernel/abi/syscall-table.ts";
import { CTX_PID, CTX_RESCHEDULE } from "../../guest-kernel/abi/instance.ts";
import { elfSymbols } from "../../guest-kernel/image/elf.ts";
import { KERNEL_WINDOW } from "../boot/cpu-state.ts";
import { readVirtualU64 } from "../guest-virtual.ts";
import type { Registers } from "../kvm/vcpu.ts";
import type { DebugMemory } from "./debug-memory.ts";

const PREFIX = "syscall.";
/** What a process comes to that returns from `main`. */
const OTHERS: ReadonlyMap<string, string> = new Map([["stub.exit", "exit"]]);
const MAX_LINES = 1000;
const ARGUMENTS = ["rdi", "rsi", "rdx", "rcx", "r8", "r9"] as const;
const CALL = 0xe8; // call rel32, behind which the handler returns
const CALL_BYTES = 5;
const POP_R14 = [0x41, 0x5e];

/** A place where the guest is stopped for the trace. */
interface Probe {
  name: string;
  /** `parameters>result`, as in SYSCALL_SLOTS. */
  signature: string;
  entry: boolean;
}

/** The calls of all processes. */
export class CallTrace {
  readonly #ram: DataView;
  readonly #memory: DebugMemory;
  readonly #readKernel: () => Uint8Array;
  readonly #probes = new Map<bigint, Probe>();
  /** What was traced last, oldest first. */
  readonly lines: string[] = [];

  /** `readKernel` reads the kernel's ELF file. */
  constructor(ram: DataView, memory: DebugMemory, readKernel: () => Uint8Array) {
    this.#ram = ram;
    this.#memory = memory;
    this.#readKernel = readKernel;
  }

  /** Begins, forgetting what was traced before; how many calls there are. The guest is held. */
  start(): number {
    this.stop();
    this.lines.length = 0;
    const signatures = new Map(SYSCALL_SLOTS.map((slot) => slot.split(" ", 2) as [string, string]));
    let calls = 0;
    for (const { name: symbol, address, size } of elfSymbols(this.#readKernel())) {
      const name = symbol.startsWith(PREFIX) ? symbol.slice(PREFIX.length) : OTHERS.get(symbol);
      const signature = name === undefined ? undefined : signatures.get(name);
      if (name === undefined || signature === undefined) continue;
      const back = this.#returnAddress(address, size);
      if (back === undefined) continue;
      this.#probe(address, { name, signature, entry: true });
      this.#probe(back, { name, signature, entry: false });
      calls++;
    }
    return calls;
  }

  /** Ends; false if there was no trace. What was traced stays. */
  stop(): boolean {
    const traced = this.#probes.size > 0;
    for (const address of this.#probes.keys()) this.#memory.removeBreakpoint(address, "stub");
    this.#probes.clear();
    return traced;
  }

  /** The guest is held at a breakpoint of the stub's own. */
  note(address: bigint, registers: Registers): void {
    const probe = this.#probes.get(address);
    if (probe === undefined) return;
    this.lines.push(probe.entry ? this.#called(probe, registers) : this.#returned(probe, registers));
    if (this.lines.length > MAX_LINES) this.lines.shift();
  }

  #probe(address: bigint, probe: Probe): void {
    if (this.#memory.insertBreakpoint(address, "stub")) this.#probes.set(address, probe);
  }

  /** Where the handler returns to in a stub: its `pop r14` behind a call. */
  #returnAddress(address: bigint, size: number): bigint | undefined {
    const code = this.#memory.read(address, size);
    for (let at = 0; at + CALL_BYTES + POP_R14.length <= code.length; at++) {
      const behind = at + CALL_BYTES;
      if (code[at] === CALL && POP_R14.every((byte, i) => code[behind + i] === byte))
        return address + BigInt(behind);
    }
    return undefined;
  }

  #called({ name, signature }: Probe, registers: Registers): string {
    const types = signature.slice(0, signature.indexOf(">")).split("");
    const values = types
      .slice(0, ARGUMENTS.length)
      .map((type, i) => formatValue(registers[ARGUMENTS[i]!], type));
    return `${this.#pidOf(registers.r14)} ${name}(${values.join(", ")})`;
  }

  #returned({ name, signature }: Probe, { rax, rsp }: Registers): string {
    const context = readVirtualU64(this.#ram, rsp) ?? 0n;
    const type = signature.slice(signature.indexOf(">") + 1);
    // A call that must wait comes here at once, and is answered later by the kernel's loop.
    const waits = this.#contextWord(context, CTX_RESCHEDULE) !== 0;
    const result = waits ? "waits or gives way" : type === "" ? "done" : formatValue(rax, type);
    return `${this.#pidOf(context)} ${name} → ${result}`;
  }

  #pidOf(context: bigint): string {
    return String(this.#contextWord(context, CTX_PID) ?? "?").padStart(4);
  }

  #contextWord(context: bigint, field: number): number | undefined {
    const at = context - KERNEL_WINDOW + BigInt(field);
    return at < 0n || at > this.#ram.byteLength - 4 ? undefined : this.#ram.getUint32(Number(at), true);
  }
}

/** A value of type `i` or `I`: small ones as signed numbers, others (mostly addresses) in hexadecimal. */
function formatValue(raw: bigint, type: string): string {
  const value = type === "I" ? BigInt.asIntN(64, raw) : BigInt.asIntN(32, raw);
  return value >= 0x10000n ? `0x${value.toString(16)}` : value.toString();
}
