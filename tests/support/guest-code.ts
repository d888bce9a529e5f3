import {
  CONTROL_GPA,
  IST_STACK_END,
  KERNEL_CODE_END,
  KERNEL_CODE_GIB,
  KERNEL_CODE_GPA,
  KERNEL_CONTEXT_GPA,
  KERNEL_STACK_END,
} from "../../guest-kernel/abi/memory-map.ts";
import {
  CONTROL_WINDOW,
  EXCEPTION_COUNT,
  INITIAL_RFLAGS,
  KERNEL_WINDOW,
  setSpecialRegisters,
  writeDescriptorTables,
} from "../../vmm/boot/cpu-state.ts";
import { writePageTables } from "../../vmm/boot/page-tables.ts";
import { GuestRam } from "../../vmm/guest-ram.ts";
import { KVM_EXIT_MMIO } from "../../vmm/kvm/layout.ts";
import { loadLibc } from "../../vmm/kvm/load-libc.ts";
import { KvmSystem } from "../../vmm/kvm/system.ts";
import { emptyRegisters, type KvmVcpu, type Registers } from "../../vmm/kvm/vcpu.ts";
import type { KvmVm } from "../../vmm/kvm/vm.ts";

/** Where code that `loadCode` puts at offset 0 runs. */
export const CODE_BASE = BigInt(KERNEL_CODE_GIB) << 30n;

/** The guest-virtual address of guest-physical 0. */
export const WINDOW_BASE = KERNEL_WINDOW;

/** Where guest code may store 32 bits to end its run: see `CodeExit`. */
export const EXIT_ADDRESS = CONTROL_WINDOW;

// Trap stubs are the last page of the code.
const STUB_PAGE = KERNEL_CODE_END - KERNEL_CODE_GPA - 0x1000;
const STUB_SIZE = 32;
const TRAP_GPA = CONTROL_GPA + 0x800;

/** How a run of guest code ended. */
export type CodeExit =
  | { kind: "store"; gpa: number; value: number; length: number; registers: Registers }
  | { kind: "load"; gpa: number; length: number; registers: Registers }
  /** `registers` are those of the faulting code; `address` is the address of the last page fault. */
  | { kind: "fault"; vector: number; errorCode: bigint; address: bigint; registers: Registers }
  | { kind: "crash"; exitReason: number; registers: Registers };

/**
 * A minimal machine on the calling thread that runs machine code at CPL 3 until it stores to the MMIO hole or faults.
 *
 * `ram` is the guest's memory; `loadCode` and the caller's stores there are what the code sees. The memory map is
 * the kernel's own (abi/memory-map.ts): code at `CODE_BASE`, RAM at `WINDOW_BASE`. Many runs may share one machine.
 */
export class CodeMachine {
  readonly ram: GuestRam;
  readonly #system: KvmSystem;
  readonly #vm: KvmVm;
  readonly #vcpu: KvmVcpu;
  readonly #libc = loadLibc();

  constructor(ramBytes = 64 * 1024 * 1024) {
    this.ram = GuestRam.allocate(this.#libc, ramBytes);
    this.#system = KvmSystem.open(this.#libc);
    this.#vm = this.#system.createVm();
    this.#vm.setMemoryRegion(0, 0, this.ram.length, this.ram.hostAddress);
    this.#vcpu = this.#vm.createVcpu(0, this.#system.vcpuMmapSize());
    this.#vcpu.setCpuid(this.#system.supportedCpuid());
    writePageTables(this.ram.view);
    writeDescriptorTables(this.ram.view, (vector) => CODE_BASE + BigInt(STUB_PAGE + vector * STUB_SIZE));
    for (let vector = 0; vector < EXCEPTION_COUNT; vector++) this.#writeTrapStub(vector);
    this.#vcpu.updateSpecialRegisters(setSpecialRegisters);
  }

  /** Copies code to `offset` from `CODE_BASE`, below the last page. */
  loadCode(code: Uint8Array, offset = 0): void {
    if (offset + code.length > STUB_PAGE) throw new RangeError(`${code.length} bytes of code at ${offset}`);
    this.ram.bytes.set(code, KERNEL_CODE_GPA + offset);
  }

  /**
   * Runs from `registers` until the next exit. What is not given has the value that the kernel starts with: `rip`
   * CODE_BASE, `rsp` the kernel stack's end, `r14` the kernel context, `r15` WINDOW_BASE, and zero for the rest.
   */
  run(registers: Partial<Registers> = {}): CodeExit {
    this.#vcpu.setRegisters({
      ...emptyRegisters(),
      rip: CODE_BASE,
      rflags: INITIAL_RFLAGS,
      rsp: WINDOW_BASE + BigInt(KERNEL_STACK_END),
      r14: WINDOW_BASE + BigInt(KERNEL_CONTEXT_GPA),
      r15: WINDOW_BASE,
      ...registers,
    });
    return this.resume();
  }

  /** Goes on after an exit. `loaded` is what a load that exited reads. */
  resume(loaded = 0): CodeExit {
    if (!this.#vcpu.mmioIsWrite) this.#vcpu.mmioValue = loaded;
    while (!this.#vcpu.run());
    const registers = this.#vcpu.registers();
    if (this.#vcpu.exitReason !== KVM_EXIT_MMIO)
      return { kind: "crash", exitReason: this.#vcpu.exitReason, registers };
    const { mmioAddress: gpa, mmioLength: length, mmioValue: value } = this.#vcpu;
    if (!this.#vcpu.mmioIsWrite) return { kind: "load", gpa, length, registers };
    if (gpa === TRAP_GPA) return this.#fault(value, registers);
    return { kind: "store", gpa, value, length, registers };
  }

  close(): void {
    this.#vcpu.close();
    this.#libc.munmap(this.#vcpu.runAddress, this.#vcpu.runLength);
    this.#vm.close();
    this.#system.close();
  }

  /** push rax; movabs rax, TRAP_GPA's address; mov dword [rax], vector; hlt */
  #writeTrapStub(vector: number): void {
    const at = KERNEL_CODE_GPA + STUB_PAGE + vector * STUB_SIZE;
    this.ram.bytes.set([0x50, 0x48, 0xb8], at);
    this.ram.view.setBigUint64(at + 3, WINDOW_BASE + BigInt(TRAP_GPA), true);
    this.ram.bytes.set([0xc7, 0x00, vector, 0, 0, 0, 0xf4], at + 11);
  }

  // On the IST stack: rax from the stub, the error code if the vector has one, then rip cs rflags rsp ss.
  #fault(vector: number, registers: Registers): CodeExit {
    const at = Number(registers.rsp - WINDOW_BASE);
    const frame = IST_STACK_END - 40;
    const word = (gpa: number): bigint => this.ram.view.getBigUint64(gpa, true);
    const errorCode = at + 8 < frame ? word(at + 8) : 0n;
    const address = this.#vcpu.faultAddress();
    const faulting = { rax: word(at), rip: word(frame), rflags: word(frame + 16), rsp: word(frame + 24) };
    return { kind: "fault", vector, errorCode, address, registers: { ...registers, ...faulting } };
  }
}
