// What a debugger works on, without a guest.

import type { CpuState } from "../../vmm/gdb/registers.ts";
import type { GdbResume, GdbStop, GdbTarget } from "../../vmm/gdb/target.ts";
import { KVM_XSAVE_SIZE } from "../../vmm/kvm/layout.ts";
import { emptyRegisters } from "../../vmm/kvm/vcpu.ts";

const MEMORY_AT = 0x1000n;

/** A target whose memory is a page, and which writes down what it is told. */
export class RecordingTarget implements GdbTarget {
  held = true;
  attached = true;
  stop: GdbStop = { signal: 5, details: "" };
  resumed: GdbResume | undefined;
  readonly executable = "/a/kernel.elf";
  readonly memory = new Uint8Array(4096);
  readonly log: string[] = [];
  onResume: () => void = () => {};
  cpu: CpuState = { registers: { ...emptyRegisters(), rip: 0x1234n }, fpu: new Uint8Array(KVM_XSAVE_SIZE) };

  threads = () => [
    { id: 3, name: "org.example.<app>" },
    { id: 0x10000, name: "kernel" },
  ];
  libraries = () => [{ file: "/a/app.elf", address: 0x2000n }];
  registers = (thread: number) => (thread === 0 || thread === 3 ? structuredClone(this.cpu) : undefined);
  setRegisters = (_: number, cpu: CpuState) => ((this.cpu = cpu), true);
  readMemory = (address: bigint, length: number) => {
    const at = Number(address - MEMORY_AT);
    return at < 0 ? new Uint8Array() : this.memory.subarray(at, Math.min(at + length, 4096));
  };
  writeMemory = (address: bigint, bytes: Uint8Array) => {
    const at = Number(address - MEMORY_AT);
    if (at < 0 || at + bytes.length > 4096) return false;
    this.memory.set(bytes, at);
    return true;
  };
  insertBreakpoint = (address: bigint) => (this.log.push(`insert ${address}`), true);
  removeBreakpoint = (address: bigint) => (this.log.push(`remove ${address}`), true);
  removeAllBreakpoints = () => void this.log.push("clear");
  insertWatchpoint = (kind: number, address: bigint, length: number) => (
    this.log.push(`watch ${kind} ${address} ${length}`),
    true
  );
  removeWatchpoint = (kind: number, address: bigint, length: number) => (
    this.log.push(`unwatch ${kind} ${address} ${length}`),
    true
  );
  resume = (how: GdbResume) => {
    this.held = false;
    this.resumed = how;
    this.log.push(how.step ? "step" : "continue");
    this.onResume();
  };
  pause = () => void this.log.push("pause");
  kill = () => void this.log.push("kill");
  monitor = (command: string) => `did ${command}`;
}
