// Prints what <linux/kvm.h> says of every struct, constant and request number in vmm/kvm, as "NAME value" lines.
#include <linux/kvm.h>
#include <stddef.h>
#include <stdio.h>

#define OFFSET(name, type, field) printf(#name " %zu\n", offsetof(struct type, field))
#define SIZE(name, type) printf(#name " %zu\n", sizeof(struct type))
#define VALUE(name) printf(#name " %llu\n", (unsigned long long)(name))
#define REGISTER(field) printf("kvm_regs." #field " %zu\n", offsetof(struct kvm_regs, field))

static void segments(void) {
  OFFSET(SEGMENT_BASE, kvm_segment, base);
  OFFSET(SEGMENT_LIMIT, kvm_segment, limit);
  OFFSET(SEGMENT_SELECTOR, kvm_segment, selector);
  OFFSET(SEGMENT_TYPE, kvm_segment, type);
  OFFSET(SEGMENT_PRESENT, kvm_segment, present);
  OFFSET(SEGMENT_DPL, kvm_segment, dpl);
  OFFSET(SEGMENT_DB, kvm_segment, db);
  OFFSET(SEGMENT_S, kvm_segment, s);
  OFFSET(SEGMENT_L, kvm_segment, l);
  OFFSET(SEGMENT_G, kvm_segment, g);
  OFFSET(SEGMENT_AVL, kvm_segment, avl);
  OFFSET(SEGMENT_UNUSABLE, kvm_segment, unusable);
  SIZE(KVM_SEGMENT_SIZE, kvm_segment);
  OFFSET(DTABLE_BASE, kvm_dtable, base);
  OFFSET(DTABLE_LIMIT, kvm_dtable, limit);
}

static void registers(void) {
  REGISTER(rax);
  REGISTER(rbx);
  REGISTER(rcx);
  REGISTER(rdx);
  REGISTER(rsi);
  REGISTER(rdi);
  REGISTER(rsp);
  REGISTER(rbp);
  REGISTER(r8);
  REGISTER(r9);
  REGISTER(r10);
  REGISTER(r11);
  REGISTER(r12);
  REGISTER(r13);
  REGISTER(r14);
  REGISTER(r15);
  REGISTER(rip);
  REGISTER(rflags);
  SIZE(KVM_REGS_SIZE, kvm_regs);
  SIZE(KVM_XSAVE_SIZE, kvm_xsave);
  OFFSET(SREGS_CS, kvm_sregs, cs);
  OFFSET(SREGS_DS, kvm_sregs, ds);
  OFFSET(SREGS_ES, kvm_sregs, es);
  OFFSET(SREGS_FS, kvm_sregs, fs);
  OFFSET(SREGS_GS, kvm_sregs, gs);
  OFFSET(SREGS_SS, kvm_sregs, ss);
  OFFSET(SREGS_TR, kvm_sregs, tr);
  OFFSET(SREGS_LDT, kvm_sregs, ldt);
  OFFSET(SREGS_GDT, kvm_sregs, gdt);
  OFFSET(SREGS_IDT, kvm_sregs, idt);
  OFFSET(SREGS_CR0, kvm_sregs, cr0);
  OFFSET(SREGS_CR2, kvm_sregs, cr2);
  OFFSET(SREGS_CR3, kvm_sregs, cr3);
  OFFSET(SREGS_CR4, kvm_sregs, cr4);
  OFFSET(SREGS_EFER, kvm_sregs, efer);
  SIZE(KVM_SREGS_SIZE, kvm_sregs);
}

static void others(void) {
  OFFSET(MEMORY_REGION_SLOT, kvm_userspace_memory_region, slot);
  OFFSET(MEMORY_REGION_FLAGS, kvm_userspace_memory_region, flags);
  OFFSET(MEMORY_REGION_GUEST_PHYS_ADDR, kvm_userspace_memory_region, guest_phys_addr);
  OFFSET(MEMORY_REGION_MEMORY_SIZE, kvm_userspace_memory_region, memory_size);
  OFFSET(MEMORY_REGION_USERSPACE_ADDR, kvm_userspace_memory_region, userspace_addr);
  SIZE(KVM_USERSPACE_MEMORY_REGION_SIZE, kvm_userspace_memory_region);
  VALUE(KVM_MEM_READONLY);
  OFFSET(CPUID2_NENT, kvm_cpuid2, nent);
  SIZE(KVM_CPUID2_SIZE, kvm_cpuid2);
  SIZE(KVM_CPUID_ENTRY2_SIZE, kvm_cpuid_entry2);
  OFFSET(RUN_IMMEDIATE_EXIT, kvm_run, immediate_exit);
  OFFSET(RUN_EXIT_REASON, kvm_run, exit_reason);
  OFFSET(RUN_FAIL_ENTRY_REASON, kvm_run, fail_entry.hardware_entry_failure_reason);
  OFFSET(RUN_MMIO_PHYS_ADDR, kvm_run, mmio.phys_addr);
  OFFSET(RUN_MMIO_DATA, kvm_run, mmio.data);
  OFFSET(RUN_MMIO_LEN, kvm_run, mmio.len);
  OFFSET(RUN_MMIO_IS_WRITE, kvm_run, mmio.is_write);
  OFFSET(RUN_INTERNAL_SUBERROR, kvm_run, internal.suberror);
}

static void values(void) {
  VALUE(KVM_EXIT_IO);
  VALUE(KVM_EXIT_HLT);
  VALUE(KVM_EXIT_MMIO);
  VALUE(KVM_EXIT_SHUTDOWN);
  VALUE(KVM_EXIT_FAIL_ENTRY);
  VALUE(KVM_EXIT_INTR);
  VALUE(KVM_EXIT_INTERNAL_ERROR);
  VALUE(KVM_INTERNAL_ERROR_EMULATION);
  VALUE(KVM_CAP_USER_MEMORY);
  VALUE(KVM_CAP_EXT_CPUID);
  VALUE(KVM_CAP_GET_TSC_KHZ);
  VALUE(KVM_CAP_IMMEDIATE_EXIT);
  VALUE(KVM_GET_API_VERSION);
  VALUE(KVM_CREATE_VM);
  VALUE(KVM_CHECK_EXTENSION);
  VALUE(KVM_GET_VCPU_MMAP_SIZE);
  VALUE(KVM_GET_SUPPORTED_CPUID);
  VALUE(KVM_CREATE_VCPU);
  VALUE(KVM_SET_USER_MEMORY_REGION);
  VALUE(KVM_RUN);
  VALUE(KVM_GET_REGS);
  VALUE(KVM_SET_REGS);
  VALUE(KVM_GET_SREGS);
  VALUE(KVM_GET_XSAVE);
  VALUE(KVM_SET_XSAVE);
  VALUE(KVM_SET_SREGS);
  VALUE(KVM_SET_CPUID2);
  VALUE(KVM_GET_TSC_KHZ);
}

int main(void) {
  segments();
  registers();
  others();
  values();
  return 0;
}
