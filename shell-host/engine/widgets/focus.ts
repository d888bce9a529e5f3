import { Listenable } from "../foundation/listenable.ts";
import { Key, KeyEvent } from "../gestures/events.ts";
import { RenderBox } from "../rendering/render-box.ts";
import { nearestToward } from "./focus-direction.ts";

/** Takes keys while it has the focus. Tells its listeners when it gets or loses it. Belongs to the window that was current when it was made. */
export abstract class FocusNode extends Listenable {
  readonly scope: FocusScope = current;

  get hasFocus(): bool {
    return this.scope.focused === this;
  }

  /** True if the key is dealt with. */
  abstract handleKey(event: KeyEvent): bool;

  /** Where it is, for the arrow keys to find it; null if nowhere. */
  box(): RenderBox | null {
    return null;
  }

  /** Takes the focus. */
  requestFocus(): void {
    const scope = this.scope;
    const before = scope.focused;
    if (before === this) return;
    scope.focused = this;
    if (before !== null) before.notifyListeners();
    this.notifyListeners();
  }

  /** Gives the focus up, if it has it. */
  unfocus(): void {
    if (!this.hasFocus) return;
    this.scope.focused = null;
    this.notifyListeners();
  }

  /** Becomes one of those that the tabulator key goes through, in the order in which they came. */
  register(): void {
    this.scope.top.add(this);
  }

  unregister(): void {
    this.scope.remove(this);
    this.unfocus();
  }
}

/** Takes the keys that nobody with the focus wants. */
export abstract class KeyHandler {
  abstract handleKey(event: KeyEvent): bool;
}

/** Those that the tabulator key goes through: of the window, or of a dialog on top of it. */
export class FocusGroup {
  readonly nodes: FocusNode[] = [];

  constructor(
    /** Who had the focus before the group came. */
    readonly before: FocusNode | null,
    readonly handler: KeyHandler | null,
  ) {}

  add(node: FocusNode): void {
    if (!this.nodes.includes(node)) this.nodes.push(node);
  }
}

/** The keyboard of one window: who has the focus, and who could have it. */
export class FocusScope {
  focused: FocusNode | null = null;
  private groups: FocusGroup[] = [new FocusGroup(null, null)];
  private shortcuts: KeyHandler | null = null;

  /** The group that new nodes join. */
  get top(): FocusGroup {
    return this.groups[this.groups.length - 1];
  }

  remove(node: FocusNode): void {
    for (let i = 0; i < this.groups.length; i++) {
      const nodes = this.groups[i].nodes;
      const at = nodes.indexOf(node);
      if (at >= 0) nodes.splice(at, 1);
    }
  }

  setShortcuts(handler: KeyHandler | null): void {
    this.shortcuts = handler;
  }

  /** Gives a key to who has the focus, then to the tabulator order, then to the topmost handler, last to the shortcuts. */
  dispatchKey(event: KeyEvent): bool {
    const node = this.focused;
    if (node !== null && node.handleKey(event)) return true;
    if (event.key == Key.Tab && this.focusNext(event.shift ? -1 : 1)) return true;
    if (isArrow(event) && this.focusToward(event.key)) return true;
    const modal = this.top.handler;
    if (modal !== null) return modal.handleKey(event);
    const handler = this.shortcuts;
    return handler !== null && handler.handleKey(event);
  }

  /** A dialog comes: keys stay in it until `pop`. `handler` gets those that nothing in it wants. */
  push(handler: KeyHandler): FocusGroup {
    const before = this.focused;
    const group = new FocusGroup(before, handler);
    this.groups.push(group);
    if (before !== null) before.unfocus();
    return group;
  }

  /** The dialog goes, and the focus goes back to where it was. */
  pop(group: FocusGroup): void {
    const at = this.groups.indexOf(group);
    if (at <= 0) return;
    this.groups.splice(at, 1);
    const node = this.focused;
    if (node !== null && group.nodes.includes(node)) node.unfocus();
    const before = group.before;
    if (before !== null && this.focused === null) before.requestFocus();
  }

  /** The arrow keys go to the nearest node on that side; in a dialog or menu without focus, to the first or last one. */
  private focusToward(key: Key): bool {
    const node = this.focused;
    if (node === null) {
      if (this.top.handler === null) return false;
      return this.focusNext(key == Key.Up || key == Key.Left ? -1 : 1);
    }
    const box = node.box();
    if (box === null) return false;
    const next = nearestToward(key, box.globalRect(), this.top.nodes, node);
    if (next !== null) this.focusOn(next);
    return next !== null;
  }

  private focusOn(node: FocusNode): void {
    node.requestFocus();
    const box = node.box();
    if (box !== null) box.reveal();
  }

  private focusNext(step: i32): bool {
    const nodes = this.top.nodes;
    const count = nodes.length;
    if (count == 0) return false;
    const node = this.focused;
    const at = node === null ? (step > 0 ? -1 : 0) : nodes.indexOf(node);
    this.focusOn(nodes[(at + step + count) % count]);
    return true;
  }
}

function isArrow(event: KeyEvent): bool {
  return event.key >= Key.Left && event.key <= Key.Down && event.modifiers == 0;
}

let current: FocusScope = new FocusScope();

/** The scope of the window that is being built or gets events. */
export function currentScope(): FocusScope {
  return current;
}

/** Makes a window's scope the current one. For UiWindow. */
export function enterScope(scope: FocusScope): void {
  current = scope;
}

/** Sets what gets the keys of the window that nobody else takes. */
export function setShortcuts(handler: KeyHandler | null): void {
  current.setShortcuts(handler);
}

/** The node that has the focus in the current window. */
export function focusedNode(): FocusNode | null {
  return current.focused;
}
