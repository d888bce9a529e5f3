// Who waits for one object: a list in the object, of the handles that stand for it and whose processes wait. A change of
// the object tries exactly these again, at once, however many processes there are.

import { Handle, HANDLE_MAX, Process, processHandle } from "../proc/process.ts";
import { waitRetry } from "./wait.ts";

/** A list, in the object that it is of. All zero is an empty one. */
@unmanaged
export class WaitList {
  first: Handle | null;
  last: Handle | null;
}

/** Puts a handle of a process that begins to wait at the end of a list, unless it is in one. */
export function waitListJoin(list: WaitList, process: Process, number: i32): void {
  const handle = processHandle(process, number)!;
  if (handle.waitList != 0) return;
  const last = list.last;
  handle.waitList = changetype<usize>(list);
  handle.waitNext = null;
  handle.waitPrevious = last;
  if (last === null) list.first = handle;
  else last.waitNext = handle;
  list.last = handle;
  process.waitSlots |= (<u64>1) << (<u64>number);
}

/** Takes all handles of a process out of their lists. */
export function waitListsLeave(process: Process): void {
  let slots = process.waitSlots;
  process.waitSlots = 0;
  for (; slots != 0; slots &= slots - 1) leave(processHandle(process, <i32>ctz(slots))!);
}

/** Tries the calls of those that wait for the object again, first come first served. */
export function waitListWake(list: WaitList): void {
  let handle = list.first;
  while (handle !== null) {
    const next = handle.waitNext;
    waitRetry(handle.owner);
    // A retry can wake others too, and take the next one out: then the list begins anew, shorter.
    handle = next !== null && next.waitList != changetype<usize>(list) ? list.first : next;
  }
}

function leave(handle: Handle): void {
  const list = changetype<WaitList>(handle.waitList);
  const next = handle.waitNext;
  const previous = handle.waitPrevious;
  if (next === null) list.last = previous;
  else next.waitPrevious = previous;
  if (previous === null) list.first = next;
  else previous.waitNext = next;
  handle.waitList = 0;
}

if (HANDLE_MAX > 64) ERROR("Process.waitSlots has 64 bits");
