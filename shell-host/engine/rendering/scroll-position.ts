import { onValue, ValueAction } from "../foundation/action.ts";
import { addTicker, frameTime, removeTicker } from "../foundation/frame-clock.ts";
import { Listenable } from "../foundation/listenable.ts";

const FRICTION: f64 = 0.135; // part of the speed that is left after a second
const STOP_SPEED: f64 = 15; // logical pixels a second
const WHEEL_TIME: f64 = 90; // milliseconds in which most of a turn of the wheel is caught up with
const FRAME_TIME: f64 = 16; // milliseconds, what the first frame of a motion takes for passed, so that it shows something

/** How far a list is scrolled. Tells its listeners when that changes. */
export class ScrollPosition extends Listenable {
  /** Distance from the content's top to the window's, in logical pixels: 0..maxOffset. */
  offset: f64 = 0;
  /** Length of the window. */
  viewport: f64 = 0;
  /** Length of the content. */
  content: f64 = 0;
  private speed: f64 = 0; // logical pixels a second, while it coasts
  private target: f64 = 0; // where the wheel wants to be
  private isCoasting: bool = false;
  private last: f64 = 0;
  private ticker: ValueAction<f64> | null = null;

  get maxOffset(): f64 {
    return max(0.0, this.content - this.viewport);
  }

  /** The viewport says how large it and its content are. It is being laid out, so nobody is told. */
  setExtents(viewport: f64, content: f64): void {
    this.viewport = viewport;
    this.content = content;
    this.offset = this.limited(this.offset);
  }

  /** Shows another part at once. */
  jumpTo(offset: f64): void {
    this.stop();
    this.moveTo(offset);
  }

  jumpBy(distance: f64): void {
    this.jumpTo(this.offset + distance);
  }

  /** Moves as little as need be so that a part of the content shows: from `top` on, `length` high. */
  show(top: f64, length: f64): void {
    if (top < this.offset) this.jumpTo(top);
    else if (top + length > this.offset + this.viewport) this.jumpTo(top + length - this.viewport);
  }

  /** Moves there smoothly. */
  glideBy(distance: f64): void {
    const from = this.ticker !== null && !this.isCoasting ? this.target : this.offset;
    this.target = this.limited(from + distance);
    this.isCoasting = false;
    this.start();
  }

  /** Goes on at a speed, in logical pixels a second, and slows down. */
  fling(speed: f64): void {
    this.speed = speed;
    this.isCoasting = true;
    this.start();
  }

  stop(): void {
    const ticker = this.ticker;
    if (ticker !== null) removeTicker(ticker);
    this.ticker = null;
  }

  private limited(offset: f64): f64 {
    return max(0.0, min(this.maxOffset, offset));
  }

  private moveTo(offset: f64): void {
    const limited = this.limited(offset);
    if (limited == this.offset) return;
    this.offset = limited;
    this.notifyListeners();
  }

  private start(): void {
    if (this.ticker !== null) return;
    this.last = frameTime() - FRAME_TIME;
    const ticker = onValue<ScrollPosition, f64>(this, (self, now) => self.tick(now));
    this.ticker = ticker;
    addTicker(ticker);
  }

  private tick(now: f64): void {
    const passed = now - this.last;
    this.last = now;
    if (this.isCoasting) this.coast(passed / 1000);
    else this.approach(passed);
  }

  private coast(seconds: f64): void {
    const before = this.offset;
    this.moveTo(before + this.speed * seconds);
    this.speed *= Math.pow(FRICTION, seconds);
    if (abs(this.speed) < STOP_SPEED || (seconds > 0 && this.offset == before)) this.stop();
  }

  private approach(passed: f64): void {
    const rest = this.target - this.offset;
    if (abs(rest) < 0.5) {
      this.moveTo(this.target);
      return this.stop();
    }
    this.moveTo(this.offset + rest * (1 - Math.exp((-3 * passed) / WHEEL_TIME)));
  }
}
