import {
  KVM_GET_XSAVE,
  KVM_GET_REGS,
  KVM_GET_SREGS,
  KVM_GET_TSC_KHZ,
  KVM_RUN,
  KVM_SET_XSAVE,
  KVM_SET_CPUID2,
  KVM_SET_REGS,
  KVM_SET_SREGS,
} from "./ioctl.ts";
import {
  KVM_REGS_NAMES,
  KVM_REGS_SIZE,
  KVM_SREGS_SIZE,
  RUN_EXIT_REASON,
  RUN_FAIL_ENTRY_REASON,
  RUN_IMMEDIATE_EXIT,
  RUN_INTERNAL_SUBERROR,
  RUN_MMIO_DATA,
  RUN_MMIO_IS_WRITE,
  RUN_MMIO_LEN,
  RUN_MMIO_PHYS_ADDR,
  SREGS_CR2,
} from "./layout.ts";
import { type Libc, SysError } from "./libc.ts";

/** The general registers, `rip` and `rflags`. */
export type Registers = Record<(typeof KVM_REGS_NAMES)[number], bigint>;

/** Registers that are all zero. */
export function emptyRegisters(): Registers {
  const [rax, rbx, rcx, rdx, rsi, rdi, rsp, rbp] = [0n, 0n, 0n, 0n, 0n, 0n, 0n, 0n];
  const [r8, r9, r10, r11, r12, r13, r14, r15] = [0n, 0n, 0n, 0n, 0n, 0n, 0n, 0n];
  return {
    rax,
    rbx,
    rcx,
    rdx,
    rsi,
    rdi,
    rsp,
    rbp,
    r8,
    r9,
    r10,
    r11,
    r12,
    r13,
    r14,
    r15,
    rip: 0n,
    rflags: 0n,
  };
}

/**
 * The file descriptor of a virtual processor and its `struct kvm_run`.
 *
 * Used on the thread that runs it; only `immediateExitAddress` is for others.
 */
export class KvmVcpu {
  readonly #libc: Libc;
  readonly #fd: number;
  readonly #regs = new Uint8Array(KVM_REGS_SIZE);
  readonly #sregs = new Uint8Array(KVM_SREGS_SIZE);
  readonly #run: DataView;
  /** Where `struct kvm_run` is mapped, and its length. Whoever closes the vCPU unmaps it. */
  readonly runAddress: bigint;
  readonly runLength: number;

  constructor(libc: Libc, fd: number, mmapSize: number) {
    this.#libc = libc;
    this.#fd = fd;
    this.runAddress = libc.mmap(fd, mmapSize);
    this.runLength = mmapSize;
    this.#run = new DataView(libc.viewOf(this.runAddress, mmapSize));
  }

  /** A byte that makes the next or current `run` return at once, when another thread sets it and signals this one. */
  get immediateExitAddress(): bigint {
    return this.runAddress + BigInt(RUN_IMMEDIATE_EXIT);
  }

  /** Runs the guest until it exits; false if a signal interrupted it instead. */
  run(): boolean {
    try {
      this.#libc.ioctl(this.#fd, KVM_RUN, 0);
      return true;
    } catch (error) {
      if (error instanceof SysError && (error.code === "EINTR" || error.code === "EAGAIN")) return false;
      throw error;
    }
  }

  get exitReason(): number {
    return this.#run.getUint32(RUN_EXIT_REASON, true);
  }

  /** The guest-physical address of an MMIO exit. Above 2^53 it is rounded, and no device is there. */
  get mmioAddress(): number {
    return Number(this.#run.getBigUint64(RUN_MMIO_PHYS_ADDR, true));
  }

  get mmioLength(): number {
    return this.#run.getUint32(RUN_MMIO_LEN, true);
  }

  get mmioIsWrite(): boolean {
    return this.#run.getUint8(RUN_MMIO_IS_WRITE) !== 0;
  }

  /** What a 32-bit MMIO store stores. */
  get mmioValue(): number {
    return this.#run.getUint32(RUN_MMIO_DATA, true);
  }

  /** What an MMIO store of up to 8 bytes stores, or where what a load loads is to be put. */
  get mmioData(): Uint8Array {
    return new Uint8Array(
      this.#run.buffer,
      this.#run.byteOffset + RUN_MMIO_DATA,
      Math.min(this.mmioLength, 8),
    );
  }

  /** What an MMIO load loads, at most 4 bytes; the guest gets it when it runs again. */
  set mmioValue(value: number) {
    this.#run.setBigUint64(RUN_MMIO_DATA, BigInt(value >>> 0), true);
  }

  get failEntryReason(): bigint {
    return this.#run.getBigUint64(RUN_FAIL_ENTRY_REASON, true);
  }

  get internalErrorReason(): number {
    return this.#run.getUint32(RUN_INTERNAL_SUBERROR, true);
  }

  registers(): Registers {
    this.#libc.ioctlStruct(this.#fd, KVM_GET_REGS, this.#regs);
    const view = new DataView(this.#regs.buffer);
    const registers = emptyRegisters();
    KVM_REGS_NAMES.forEach((name, i) => (registers[name] = view.getBigUint64(8 * i, true)));
    return registers;
  }

  setRegisters(registers: Registers): void {
    const view = new DataView(this.#regs.buffer);
    KVM_REGS_NAMES.forEach((name, i) => view.setBigUint64(8 * i, registers[name], true));
    this.#libc.ioctlStruct(this.#fd, KVM_SET_REGS, this.#regs);
  }

  /** Reads `struct kvm_xsave`: the x87 and SSE registers. */
  readFpu(xsave: Uint8Array): void {
    this.#libc.ioctlStruct(this.#fd, KVM_GET_XSAVE, xsave);
  }

  writeFpu(xsave: Uint8Array): void {
    this.#libc.ioctlStruct(this.#fd, KVM_SET_XSAVE, xsave);
  }

  /**
   * Completes the instruction of an MMIO exit without running the guest further: the registers are its own then. True if
   * the instruction accesses more than 8 bytes and this is the exit for the next of them.
   */
  completeExit(): boolean {
    this.#run.setUint8(RUN_IMMEDIATE_EXIT, 1);
    const another = this.run();
    this.#run.setUint8(RUN_IMMEDIATE_EXIT, 0);
    return another;
  }

  /** Takes back what made `run` return at once. */
  clearImmediateExit(): void {
    this.#run.setUint8(RUN_IMMEDIATE_EXIT, 0);
  }

  /** Reads, lets `change` edit, and writes back the `struct kvm_sregs`. */
  updateSpecialRegisters(change: (sregs: DataView) => void): void {
    this.#libc.ioctlStruct(this.#fd, KVM_GET_SREGS, this.#sregs);
    change(new DataView(this.#sregs.buffer));
    this.#libc.ioctlStruct(this.#fd, KVM_SET_SREGS, this.#sregs);
  }

  /** The address of the last page fault. */
  faultAddress(): bigint {
    this.#libc.ioctlStruct(this.#fd, KVM_GET_SREGS, this.#sregs);
    return new DataView(this.#sregs.buffer).getBigUint64(SREGS_CR2, true);
  }

  setCpuid(cpuid2: Uint8Array): void {
    this.#libc.ioctlStruct(this.#fd, KVM_SET_CPUID2, cpuid2);
  }

  /** The frequency of the guest's time stamp counter. */
  tscKhz(): number {
    return this.#libc.ioctl(this.#fd, KVM_GET_TSC_KHZ, 0);
  }

  close(): void {
    this.#libc.close(this.#fd);
  }
}
