// Names and extents of the stubs, every piece of them: routines that stubs only jump to as well.

import {
  STUB_BOOT,
  STUB_EXIT,
  STUB_MEMORY_GROW,
  STUB_PROCESS_START,
  STUB_SAFEPOINT,
  STUB_SYSCALL_BASE,
  STUB_TRACED_BASE,
  STUB_TRAP_BASE,
} from "../abi/arch.ts";
import { SYSCALL_SLOTS } from "../abi/syscall-table.ts";
import { ARCH_STUBS, type StubBlob } from "./stubs.ts";

const TRAP_VECTORS = 32;

/** A stub: its name and the code it takes, offsets in the kernel's code. */
export interface StubSymbol {
  name: string;
  offset: number;
  size: number;
}

const NAMES: readonly (readonly [name: string, stub: number])[] = [
  ...[...ARCH_STUBS].map(([name, stub]) => [`arch.${name}`, stub] as const),
  ["stub.boot", STUB_BOOT],
  ["stub.process_start", STUB_PROCESS_START],
  ["stub.safepoint", STUB_SAFEPOINT],
  ["stub.memory_grow", STUB_MEMORY_GROW],
  ["stub.exit", STUB_EXIT],
  ...Array.from(
    { length: TRAP_VECTORS },
    (_, vector) => [`trap.${vector}`, STUB_TRAP_BASE + vector] as const,
  ),
  ...SYSCALL_SLOTS.flatMap((slot, i) => {
    const name = slot.slice(0, slot.indexOf(" "));
    return [
      [`syscall.${name}`, STUB_SYSCALL_BASE + i] as const,
      [`traced.${name}`, STUB_TRACED_BASE + i] as const,
    ];
  }),
];

/** The stubs by offset; each ends where the next begins, the last at `end`. */
export function stubSymbols(stubs: StubBlob, end: number): StubSymbol[] {
  const starts = NAMES.filter(([, stub]) => stubs.has(stub))
    .map(([name, stub]) => ({ name, offset: stubs.offset(stub) }))
    .toSorted((a, b) => a.offset - b.offset);
  return starts.map(({ name, offset }, i) => ({
    name,
    offset,
    size: (starts[i + 1]?.offset ?? end) - offset,
  }));
}
