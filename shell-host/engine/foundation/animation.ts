import { onValue, ValueAction } from "./action.ts";
import { addTicker, frameTime, removeTicker } from "./frame-clock.ts";
import { Listenable } from "./listenable.ts";

/** Easing functions: 0..1 to 0..1. */
export function easeInOut(t: f64): f64 {
  return t < 0.5 ? 4 * t * t * t : 1 - Math.pow(-2 * t + 2, 3) / 2;
}

export function easeOut(t: f64): f64 {
  return 1 - Math.pow(1 - t, 3);
}

export function lerp(from: f64, to: f64, t: f64): f64 {
  return from + (to - from) * t;
}

let still: bool = false;

/** With true, what would move is where it goes to at once. What repeats goes on: it says that something is being done. */
export function setStill(isStill: bool): void {
  still = isStill;
}

/** A value of 0..1 that moves with the frame clock and tells its listeners. */
export class AnimationController extends Listenable {
  value: f64 = 0;
  private target: f64 = 0;
  private repeats: bool = false;
  private last: f64 = 0;
  private ticker: ValueAction<f64> | null = null;

  /** `duration`: milliseconds from 0 to 1. */
  constructor(public duration: f64) {
    super();
  }

  get isRunning(): bool {
    return this.ticker !== null;
  }

  /** Moves to 1. */
  forward(): void {
    this.run(1);
  }

  /** Moves to 0. */
  reverse(): void {
    this.run(0);
  }

  /** Moves from 0 to 1 again and again. */
  repeat(): void {
    this.repeats = true;
    this.start(1);
  }

  /** Stays where it is. */
  stop(): void {
    this.repeats = false;
    const ticker = this.ticker;
    if (ticker !== null) removeTicker(ticker);
    this.ticker = null;
  }

  /** Jumps to a value. */
  jumpTo(value: f64): void {
    this.stop();
    this.value = value;
    this.notifyListeners();
  }

  private run(target: f64): void {
    this.repeats = false;
    if (this.value == target) return this.stop();
    this.start(target);
  }

  private start(target: f64): void {
    this.target = target;
    if (this.ticker !== null) return;
    this.last = frameTime();
    const ticker = onValue<AnimationController, f64>(this, (self, now) => self.tick(now));
    this.ticker = ticker;
    addTicker(ticker);
  }

  private tick(now: f64): void {
    const step = this.duration > 0 && (!still || this.repeats) ? (now - this.last) / this.duration : 1;
    this.last = now;
    if (this.repeats) {
      this.value += step;
      this.value -= floor(this.value);
    } else if (this.value < this.target) this.value = min(this.target, this.value + step);
    else this.value = max(this.target, this.value - step);
    if (!this.repeats && this.value == this.target) this.stop();
    this.notifyListeners();
  }
}
