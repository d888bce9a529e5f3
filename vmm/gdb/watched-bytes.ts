// Bytes that a debugger watches.

/** What is watched: stores that change them, loads, or both (as gdb numbers the packets `Z`). */
export const WATCH_STORES = 2;
export const WATCH_LOADS = 3;
export const WATCH_ACCESSES = 4;

/** Bytes inside one page of guest-physical memory. */
export interface WatchedBytes {
  /** WATCH_* */
  kind: number;
  gpa: number;
  length: number;
}
