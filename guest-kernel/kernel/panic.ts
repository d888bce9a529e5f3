// The end: a broken invariant of the kernel itself.

import {
  FAULT_MESSAGE,
  FAULT_MESSAGE_LEN,
  FAULT_MESSAGE_MAX,
  FAULT_PANIC,
  FAULT_VECTOR,
} from "../abi/fault.ts";
import { FAULT_RECORD_GPA } from "../abi/memory-map.ts";
import { halt } from "./arch.ts";

/** Stops the machine with a message. The VMM prints it with the registers and a backtrace. */
export function panic(message: string): void {
  let units = min<i32>(message.length, <i32>FAULT_MESSAGE_MAX / 3);
  const length = String.UTF8.encodeUnsafe(
    changetype<usize>(message),
    units,
    FAULT_RECORD_GPA + FAULT_MESSAGE,
  );
  store<u32>(FAULT_RECORD_GPA, <u32>length, FAULT_MESSAGE_LEN);
  store<u64>(FAULT_RECORD_GPA, FAULT_PANIC, FAULT_VECTOR);
  halt();
}

/** AssemblyScript's abort: failed assertions and the runtime's own errors. */
export function abort(message: string | null, fileName: string | null, line: u32, column: u32): void {
  const what = message === null ? "abort" : message;
  const where = fileName === null ? "?" : fileName;
  panic(what + " at " + where + ":" + line.toString());
}
