// Stop replies, GDB manual appendix E, "Stop Reply Packets".

import type { GdbTarget } from "./target.ts";

/** Why the guest is held, and which thread runs. */
export function stopReply(target: GdbTarget): string {
  const { signal, details } = target.stop;
  const [thread] = target.threads();
  return `T${hexByte(signal)}${details}thread:${(thread?.id ?? 1).toString(16)};`;
}

export function hexByte(value: number): string {
  return (value & 0xff).toString(16).padStart(2, "0");
}
