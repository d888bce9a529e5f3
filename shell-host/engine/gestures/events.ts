export enum PointerKind {
  Down,
  Move,
  Up,
  /** The window lost the pointer: whatever had begun ends without effect. */
  Cancel,
  Wheel,
}

export const BUTTON_LEFT: u32 = 1;
export const BUTTON_RIGHT: u32 = 2;
export const BUTTON_MIDDLE: u32 = 4;

/** What the pointer did. Positions are logical pixels of the window. */
export class PointerEvent {
  constructor(
    readonly kind: PointerKind,
    readonly x: f64,
    readonly y: f64,
    /** BUTTON_* of the buttons that are down; of a Down or Up, the one that changed. */
    readonly buttons: u32,
    /** Milliseconds of the frame clock. */
    readonly time: f64,
    /** How far a wheel wants to scroll, in logical pixels downwards. */
    readonly wheel: f64 = 0,
  ) {}
}

export enum Key {
  /** A key that only makes text. */
  Character,
  Enter,
  Tab,
  Escape,
  Backspace,
  Delete,
  Left,
  Right,
  Up,
  Down,
  Home,
  End,
  PageUp,
  PageDown,
  /** Asks for the menu of what has the focus; Shift and F10 do, too. */
  Menu,
  /** Any other key that makes no text. */
  Other,
}

export const MODIFIER_SHIFT: u32 = 1;
export const MODIFIER_CONTROL: u32 = 2;
export const MODIFIER_ALT: u32 = 4;
export const MODIFIER_META: u32 = 8;

/** A key that went down, or repeats. */
export class KeyEvent {
  constructor(
    readonly key: Key,
    /** What the key types; empty if it types nothing. */
    readonly text: string,
    /** MODIFIER_*. */
    readonly modifiers: u32,
  ) {}

  get shift(): bool {
    return (this.modifiers & MODIFIER_SHIFT) != 0;
  }

  get control(): bool {
    return (this.modifiers & MODIFIER_CONTROL) != 0;
  }
}
