import { KVM_CREATE_VCPU, KVM_SET_USER_MEMORY_REGION } from "./ioctl.ts";
import {
  KVM_MEM_READONLY,
  KVM_USERSPACE_MEMORY_REGION_SIZE,
  MEMORY_REGION_FLAGS,
  MEMORY_REGION_GUEST_PHYS_ADDR,
  MEMORY_REGION_MEMORY_SIZE,
  MEMORY_REGION_SLOT,
  MEMORY_REGION_USERSPACE_ADDR,
} from "./layout.ts";
import type { Libc } from "./libc.ts";
import { KvmVcpu } from "./vcpu.ts";

/** The file descriptor of a virtual machine: its memory and its processors. */
export class KvmVm {
  readonly #libc: Libc;
  readonly #fd: number;

  constructor(libc: Libc, fd: number) {
    this.#libc = libc;
    this.#fd = fd;
  }

  /**
   * Shows host memory to the guest, or nothing any more if `bytes` is 0. The caller keeps it mapped until the VM is closed.
   * Stores to a read-only region exit as to a device.
   */
  setMemoryRegion(slot: number, gpa: number, bytes: number, hva: bigint, readOnly = false): void {
    const region = new DataView(new ArrayBuffer(KVM_USERSPACE_MEMORY_REGION_SIZE));
    region.setUint32(MEMORY_REGION_SLOT, slot, true);
    region.setUint32(MEMORY_REGION_FLAGS, readOnly ? KVM_MEM_READONLY : 0, true);
    region.setBigUint64(MEMORY_REGION_GUEST_PHYS_ADDR, BigInt(gpa), true);
    region.setBigUint64(MEMORY_REGION_MEMORY_SIZE, BigInt(bytes), true);
    region.setBigUint64(MEMORY_REGION_USERSPACE_ADDR, hva, true);
    this.#libc.ioctlStruct(this.#fd, KVM_SET_USER_MEMORY_REGION, new Uint8Array(region.buffer));
  }

  /** Creates the processor `id`. `mmapSize` is `KvmSystem.vcpuMmapSize()`. */
  createVcpu(id: number, mmapSize: number): KvmVcpu {
    return new KvmVcpu(this.#libc, this.#libc.ioctl(this.#fd, KVM_CREATE_VCPU, id), mmapSize);
  }

  close(): void {
    this.#libc.close(this.#fd);
  }
}
