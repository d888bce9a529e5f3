// ioctl request numbers of <linux/kvm.h>. A number holds the size of its struct (<asm-generic/ioctl.h>), so the
// kernel refuses a layout of the wrong size.

import {
  KVM_CPUID2_SIZE,
  KVM_REGS_SIZE,
  KVM_SREGS_SIZE,
  KVM_USERSPACE_MEMORY_REGION_SIZE,
  KVM_XSAVE_SIZE,
} from "./layout.ts";

const KVMIO = 0xae;
const IOC_WRITE = 1; // user space writes, the kernel reads
const IOC_READ = 2;

function request(direction: number, number: number, size: number): number {
  return ((direction << 30) | (size << 16) | (KVMIO << 8) | number) >>> 0;
}

// /dev/kvm
export const KVM_GET_API_VERSION = request(0, 0x00, 0);
export const KVM_CREATE_VM = request(0, 0x01, 0);
export const KVM_CHECK_EXTENSION = request(0, 0x03, 0);
export const KVM_GET_VCPU_MMAP_SIZE = request(0, 0x04, 0);
export const KVM_GET_SUPPORTED_CPUID = request(IOC_READ | IOC_WRITE, 0x05, KVM_CPUID2_SIZE);

// a VM
export const KVM_CREATE_VCPU = request(0, 0x41, 0);
export const KVM_SET_USER_MEMORY_REGION = request(IOC_WRITE, 0x46, KVM_USERSPACE_MEMORY_REGION_SIZE);

// a vCPU
export const KVM_RUN = request(0, 0x80, 0);
export const KVM_GET_REGS = request(IOC_READ, 0x81, KVM_REGS_SIZE);
export const KVM_SET_REGS = request(IOC_WRITE, 0x82, KVM_REGS_SIZE);
export const KVM_GET_SREGS = request(IOC_READ, 0x83, KVM_SREGS_SIZE);
export const KVM_SET_SREGS = request(IOC_WRITE, 0x84, KVM_SREGS_SIZE);
export const KVM_SET_CPUID2 = request(IOC_WRITE, 0x90, KVM_CPUID2_SIZE);
export const KVM_GET_XSAVE = request(IOC_READ, 0xa4, KVM_XSAVE_SIZE);
export const KVM_SET_XSAVE = request(IOC_WRITE, 0xa5, KVM_XSAVE_SIZE);
export const KVM_GET_TSC_KHZ = request(0, 0xa3, 0);
