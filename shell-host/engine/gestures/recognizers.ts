import { Action, ValueAction, on } from "../foundation/action.ts";
import { Alarm, cancelAlarm, setAlarm } from "../foundation/frame-clock.ts";
import { Offset } from "../foundation/geometry.ts";
import { GestureRecognizer, arena } from "./arena.ts";
import { PointerEvent } from "./events.ts";

/** How far a pointer may move before it drags, in logical pixels. */
export const DRAG_SLOP: f64 = 4;
/** How long a pointer stays down for a long press, in milliseconds. */
export const LONG_PRESS_TIME: f64 = 500;
/** How soon a second tap must follow for a double tap, in milliseconds. */
export const DOUBLE_TAP_TIME: f64 = 400;
const SPEED_WINDOW: f64 = 60; // milliseconds over which a drag's speed is measured

/** Goes down and up again in one place. */
export class TapRecognizer extends GestureRecognizer {
  onTap: Action | null = null;
  /** Called in place of onTap for the second of two quick taps. */
  onDoubleTap: Action | null = null;
  /** Called with true when a tap may have begun, with false when it has ended. */
  onPressed: ValueAction<bool> | null = null;
  private startX: f64 = 0;
  private startY: f64 = 0;
  private lastTap: f64 = -DOUBLE_TAP_TIME; // when the tap before went up
  private pressed: bool = false;

  begin(event: PointerEvent): void {
    this.startX = event.x;
    this.startY = event.y;
    this.setPressed(true);
  }

  move(event: PointerEvent): bool {
    if (Math.hypot(event.x - this.startX, event.y - this.startY) > DRAG_SLOP * 4) this.setPressed(false);
    return false;
  }

  lose(): void {
    this.setPressed(false);
  }

  wantsUnclaimed(): bool {
    return this.pressed && this.onTap !== null;
  }

  end(event: PointerEvent): void {
    this.setPressed(false);
    const onDoubleTap = this.onDoubleTap;
    const isSecond = event.time - this.lastTap < DOUBLE_TAP_TIME;
    this.lastTap = isSecond ? -DOUBLE_TAP_TIME : event.time;
    if (isSecond && onDoubleTap !== null) return onDoubleTap.run();
    const onTap = this.onTap;
    if (onTap !== null) onTap.run();
  }

  private setPressed(pressed: bool): void {
    if (pressed == this.pressed) return;
    this.pressed = pressed;
    const onPressed = this.onPressed;
    if (onPressed !== null) onPressed.run(pressed);
  }
}

/** Stays down in one place for LONG_PRESS_TIME. */
export class LongPressRecognizer extends GestureRecognizer {
  onLongPress: Action | null = null;
  private alarm: Alarm | null = null;
  private startX: f64 = 0;
  private startY: f64 = 0;

  begin(event: PointerEvent): void {
    this.startX = event.x;
    this.startY = event.y;
    this.alarm = setAlarm(
      LONG_PRESS_TIME,
      on<LongPressRecognizer>(this, (self) => self.ring()),
    );
  }

  move(event: PointerEvent): bool {
    if (Math.hypot(event.x - this.startX, event.y - this.startY) > DRAG_SLOP) this.lose();
    return false;
  }

  lose(): void {
    const alarm = this.alarm;
    if (alarm !== null) cancelAlarm(alarm);
    this.alarm = null;
  }

  private ring(): void {
    this.alarm = null;
    arena.claim(this);
    const onLongPress = this.onLongPress;
    if (onLongPress !== null) onLongPress.run();
  }
}

export enum DragAxis {
  Both,
  Horizontal,
  Vertical,
}

/** Moves while it is down. */
export class DragRecognizer extends GestureRecognizer {
  /** Called with the place where the pointer went down. */
  onStart: ValueAction<Offset> | null = null;
  /** Called with the distance since the last call. */
  onUpdate: ValueAction<Offset> | null = null;
  /** Called with the speed in logical pixels a second. */
  onEnd: ValueAction<Offset> | null = null;
  axis: DragAxis = DragAxis.Both;
  private startX: f64 = 0;
  private startY: f64 = 0;
  private lastX: f64 = 0;
  private lastY: f64 = 0;
  private markX: f64 = 0; // a place of up to SPEED_WINDOW ago
  private markY: f64 = 0;
  private markTime: f64 = 0;
  private speedX: f64 = 0;
  private speedY: f64 = 0;
  private dragging: bool = false;

  begin(event: PointerEvent): void {
    this.startX = this.lastX = this.markX = event.x;
    this.startY = this.lastY = this.markY = event.y;
    this.markTime = event.time;
    this.speedX = this.speedY = 0;
    this.dragging = false;
  }

  move(event: PointerEvent): bool {
    if (!this.dragging) return this.isFar(event);
    this.measure(event);
    const onUpdate = this.onUpdate;
    if (onUpdate !== null) onUpdate.run(new Offset(event.x - this.lastX, event.y - this.lastY));
    this.lastX = event.x;
    this.lastY = event.y;
    return true;
  }

  win(): void {
    this.dragging = true;
    const onStart = this.onStart;
    if (onStart !== null) onStart.run(new Offset(this.startX, this.startY));
  }

  end(event: PointerEvent): void {
    if (event.time - this.markTime > 2 * SPEED_WINDOW) this.speedX = this.speedY = 0; // it rested before it went up
    const onEnd = this.onEnd;
    this.dragging = false;
    if (onEnd !== null) onEnd.run(new Offset(this.speedX, this.speedY));
  }

  lose(): void {
    if (!this.dragging) return;
    this.dragging = false;
    const onEnd = this.onEnd;
    if (onEnd !== null) onEnd.run(Offset.zero);
  }

  private isFar(event: PointerEvent): bool {
    const dx = abs(event.x - this.startX);
    const dy = abs(event.y - this.startY);
    if (this.axis == DragAxis.Horizontal) return dx > DRAG_SLOP && dx > dy;
    if (this.axis == DragAxis.Vertical) return dy > DRAG_SLOP && dy > dx;
    return Math.hypot(dx, dy) > DRAG_SLOP;
  }

  private measure(event: PointerEvent): void {
    const passed = event.time - this.markTime;
    if (passed < SPEED_WINDOW / 4) return;
    this.speedX = ((event.x - this.markX) * 1000) / passed;
    this.speedY = ((event.y - this.markY) * 1000) / passed;
    this.markX = event.x;
    this.markY = event.y;
    this.markTime = event.time;
  }
}
