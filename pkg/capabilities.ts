import { CAPABILITY_NAMES } from "../guest-kernel/abi/capability-names.ts";

/** The capabilities by the names that projects and reports spell. */
export const CAPABILITY_BITS: ReadonlyMap<string, number> = new Map(
  CAPABILITY_NAMES.map((name, bit) => [name, 1 << bit]),
);

/** The names of the capabilities in a set of CAP_* bits, in bit order. */
export function capabilityNames(bits: number): string[] {
  return [...CAPABILITY_BITS].filter(([, bit]) => (bits & bit) !== 0).map(([name]) => name);
}
