// Addresses that the stubs hold as immediates.

import { KERNEL_CONTEXT_GPA, KERNEL_WINDOW_GIB } from "../abi/memory-map.ts";

/** Guest-virtual address of guest-physical 0: what r15 holds while the kernel runs. */
export const KERNEL_WINDOW: u64 = (<u64>KERNEL_WINDOW_GIB) << 30;

/** Guest-virtual address of the kernel's instance context: what r14 holds while the kernel runs. */
export const KERNEL_CONTEXT: u64 = KERNEL_WINDOW + KERNEL_CONTEXT_GPA;
