import { KERNEL_CODE_GPA } from "../../abi/memory-map.ts";

/** Code address of a stub, STUB_* of abi/arch.ts. */
export function stubAddress(stub: u32): u64 {
  return load<u64>(KERNEL_CODE_GPA + ((<usize>stub) << 3));
}
