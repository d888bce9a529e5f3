// The children of each process, alive or zombie, as a list, oldest first.

import { Process, STATE_ZOMBIE } from "./process.ts";

/** Makes a process the child of another. It must be nobody's. */
export function childAdd(parent: Process, child: Process): void {
  const last = parent.lastChild;
  child.parent = parent.pid;
  child.sibling = null;
  child.siblingBefore = last;
  if (last !== null) last.sibling = child;
  else parent.children = child;
  parent.lastChild = child;
}

/** Takes a process out of its parent's list. */
export function childRemove(parent: Process, child: Process): void {
  const next = child.sibling;
  const before = child.siblingBefore;
  if (next !== null) next.siblingBefore = before;
  else parent.lastChild = before;
  if (before !== null) before.sibling = next;
  else parent.children = next;
}

/** Gives all children of a process to another. True if one of them is a zombie. */
export function childrenMove(from: Process, to: Process): bool {
  let zombies = false;
  for (let child: Process | null = from.children; child !== null; child = from.children) {
    if (child.state == STATE_ZOMBIE) zombies = true;
    childRemove(from, child);
    childAdd(to, child);
  }
  return zombies;
}
