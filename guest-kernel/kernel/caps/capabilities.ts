// Capabilities: default deny. Every system call that reaches beyond its process checks here first.

import { current } from "../proc/process.ts";

/** True if the current process holds all of these CAP_* bits. */
export function granted(capabilities: u32): bool {
  return (current.capabilities & capabilities) == capabilities;
}
