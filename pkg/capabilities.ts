import {
  CAP_DESKTOP,
  CAP_FILES,
  CAP_NET,
  CAP_PACKAGES,
  CAP_POWER,
  CAP_PROCESSES,
  CAP_SERVICES,
  CAP_SURFACES,
} from "../guest-kernel/abi/capabilities.ts";

/** The capabilities by the names that projects and reports spell. */
export const CAPABILITY_BITS: ReadonlyMap<string, number> = new Map([
  ["files", CAP_FILES],
  ["net", CAP_NET],
  ["packages", CAP_PACKAGES],
  ["processes", CAP_PROCESSES],
  ["power", CAP_POWER],
  ["surfaces", CAP_SURFACES],
  ["services", CAP_SERVICES],
  ["desktop", CAP_DESKTOP],
]);

/** The names of the capabilities in a set of CAP_* bits, in bit order. */
export function capabilityNames(bits: number): string[] {
  return [...CAPABILITY_BITS].filter(([, bit]) => (bits & bit) !== 0).map(([name]) => name);
}
