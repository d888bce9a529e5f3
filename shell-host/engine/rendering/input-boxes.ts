// Boxes that the pointer can do something with.

import { CURSOR_ARROW } from "../../../guest-kernel/abi/window.ts";
import { ValueAction } from "../foundation/action.ts";
import { GestureRecognizer, arena } from "../gestures/arena.ts";
import { BUTTON_LEFT, BUTTON_RIGHT, PointerEvent, PointerKind } from "../gestures/events.ts";
import { RenderProxyBox } from "./proxy-box.ts";

/** Gives pointers to recognizers and actions. */
export class RenderPointerListener extends RenderProxyBox {
  recognizers: GestureRecognizer[] = [];
  onSecondary: ValueAction<PointerEvent> | null = null;
  /** Called with how far a wheel wants to scroll downwards. */
  onWheel: ValueAction<f64> | null = null;
  onHover: ValueAction<bool> | null = null;
  /** Called as soon as the pointer goes down. */
  onPointerDown: ValueAction<PointerEvent> | null = null;
  /** Takes pointers also where no child does. */
  opaque: bool = true;
  /** CURSOR_* */
  cursor: u32 = CURSOR_ARROW;

  protected hitTestSelf(): bool {
    return this.opaque;
  }

  handlePointer(event: PointerEvent): void {
    if (event.kind == PointerKind.Wheel) {
      const onWheel = this.onWheel;
      if (onWheel !== null) onWheel.run(event.wheel);
    }
    if (event.kind != PointerKind.Down) return;
    if (event.buttons & BUTTON_RIGHT) {
      const onSecondary = this.onSecondary;
      if (onSecondary !== null) onSecondary.run(event);
    }
    if (!(event.buttons & BUTTON_LEFT)) return;
    const onPointerDown = this.onPointerDown;
    if (onPointerDown !== null) onPointerDown.run(event);
    for (let i = 0; i < this.recognizers.length; i++) arena.add(this.recognizers[i], event);
  }

  cursorShape(): u32 {
    return this.cursor;
  }

  takesWheel(): bool {
    return this.onWheel !== null;
  }

  takesSecondary(): bool {
    return this.onSecondary !== null;
  }

  handleHover(inside: bool): void {
    const onHover = this.onHover;
    if (onHover !== null) onHover.run(inside);
  }
}
