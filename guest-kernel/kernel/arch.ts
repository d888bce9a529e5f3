// What the kernel asks of the machine code around it. Each is a stub emitted by `guest-kernel/arch`, bound as an
// import of module `arch` when the kernel image is linked; unit tests give their own.

/** The time stamp counter. */
export declare function rdtsc(): i64;

/** Tells the CPU that this is a spin loop. */
export declare function pause(): void;

/**
 * Switches to the process whose context is at `context`. Returns RESUME_* when the process waits, was preempted
 * or faulted. The process must be runnable.
 */
export declare function resume(context: usize): i32;

/** Saves the registers in the fault record and stops the machine. Does not return. */
export declare function halt(): void;
