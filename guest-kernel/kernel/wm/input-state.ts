// What is held and where the pointer is: what events tell beside their own.

/** MODIFIER_* that are held. */
export let modifiers: u32 = 0;
/** Where the pointer is on the screen. */
export let pointerX: i32 = 0;
export let pointerY: i32 = 0;
/** POINTER_* that are down. */
export let pointerButtons: u32 = 0;
/** When the input came that is being served, ns; 0 while none is. */
export let inputNow: i64 = 0;

/** Sets `modifiers`. */
export function setModifiers(held: u32): void {
  modifiers = held;
}

/** Sets where the pointer is. */
export function setPointer(x: i32, y: i32): void {
  pointerX = x;
  pointerY = y;
}

/** Sets `pointerButtons`. */
export function setPointerButtons(buttons: u32): void {
  pointerButtons = buttons;
}

/** Sets `inputNow`. */
export function setInputNow(ns: i64): void {
  inputNow = ns;
}
