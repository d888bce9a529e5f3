import { Listenable } from "../foundation/listenable.ts";
import { Key, KeyEvent } from "../gestures/events.ts";

/** Takes keys while it has the focus. Tells its listeners when it gets or loses it. */
export abstract class FocusNode extends Listenable {
  get hasFocus(): bool {
    return focused === this;
  }

  /** True if the key is dealt with. */
  abstract handleKey(event: KeyEvent): bool;

  /** Takes the focus. */
  requestFocus(): void {
    if (focused === this) return;
    const before = focused;
    focused = this;
    if (before !== null) before.notifyListeners();
    this.notifyListeners();
  }

  /** Gives the focus up, if it has it. */
  unfocus(): void {
    if (focused !== this) return;
    focused = null;
    this.notifyListeners();
  }

  /** Becomes one of those that the tabulator key goes through, in the order in which they came. */
  register(): void {
    if (!nodes.includes(this)) nodes.push(this);
  }

  unregister(): void {
    const at = nodes.indexOf(this);
    if (at >= 0) nodes.splice(at, 1);
    this.unfocus();
  }
}

let focused: FocusNode | null = null;
let nodes: FocusNode[] = [];
let shortcuts: KeyHandler | null = null;

/** Takes the keys that nobody with the focus wants. */
export abstract class KeyHandler {
  abstract handleKey(event: KeyEvent): bool;
}

/** Sets what gets the keys of the window that nobody else takes. */
export function setShortcuts(handler: KeyHandler | null): void {
  shortcuts = handler;
}

/** The node that has the focus. */
export function focusedNode(): FocusNode | null {
  return focused;
}

/** Gives a key to who has the focus, then to the tabulator order, then to the window's shortcuts. */
export function dispatchKey(event: KeyEvent): bool {
  const node = focused;
  if (node !== null && node.handleKey(event)) return true;
  if (event.key == Key.Tab) return focusNext(event.shift ? -1 : 1);
  const handler = shortcuts;
  return handler !== null && handler.handleKey(event);
}

function focusNext(step: i32): bool {
  const count = nodes.length;
  if (count == 0) return false;
  const node = focused;
  const at = node === null ? (step > 0 ? -1 : 0) : nodes.indexOf(node);
  nodes[(at + step + count) % count].requestFocus();
  return true;
}
