// Windows onto content that is longer than they are.

import { Rect } from "../foundation/geometry.ts";
import { Listenable } from "../foundation/listenable.ts";
import { Canvas } from "../painting/canvas.ts";
import { Color } from "../painting/color.ts";
import { Paint } from "../painting/paint.ts";
import { RoundRect } from "../painting/round-rect.ts";
import { BoxConstraints } from "./constraints.ts";
import { RenderListeningBox } from "./listening-box.ts";
import { ScrollPosition } from "./scroll-position.ts";

const BAR_WIDTH: f64 = 6;
const BAR_MARGIN: f64 = 3;
const BAR_MIN_LENGTH: f64 = 24;
const REVEAL_MARGIN: f64 = 8; // around what is scrolled into sight

/** How far from the right side the pointer takes hold of the bar. */
export const BAR_REACH: f64 = BAR_WIDTH + 2 * BAR_MARGIN;

/** How far the bar moves from the content's start to its end, in logical pixels. */
export function barTravel(position: ScrollPosition): f64 {
  const track = position.viewport - 2 * BAR_MARGIN;
  return track - min(track, max(BAR_MIN_LENGTH, (track * position.viewport) / position.content));
}

/** What a scrolling box has: its position, a clip, a bar at the right side. */
export abstract class RenderViewport extends RenderListeningBox {
  constructor(
    protected position: ScrollPosition,
    private barColor: Color,
  ) {
    super();
  }

  setPosition(position: ScrollPosition, barColor: Color): void {
    if (barColor != this.barColor) this.markNeedsPaint();
    this.barColor = barColor;
    if (position === this.position) return;
    this.position = position;
    this.followAgain();
    this.markNeedsLayout();
  }

  protected get followed(): Listenable {
    return this.position;
  }

  protected followedChanged(): void {
    this.markNeedsLayout();
  }

  protected showRows(top: f64, bottom: f64): f64 {
    const before = this.position.offset;
    if (top < REVEAL_MARGIN) this.position.jumpBy(top - REVEAL_MARGIN);
    else if (bottom > this.size.height - REVEAL_MARGIN)
      this.position.jumpBy(bottom - this.size.height + REVEAL_MARGIN);
    return this.position.offset - before;
  }

  protected clipsChildren(): bool {
    return true;
  }

  protected hitTestSelf(): bool {
    return true;
  }

  protected paint(canvas: Canvas, x: f64, y: f64): void {
    canvas.save();
    canvas.clipRect(Rect.at(x, y, this.size.width, this.size.height));
    this.paintChildren(canvas, x, y);
    this.paintBar(canvas, x, y);
    canvas.restore();
  }

  private paintBar(canvas: Canvas, x: f64, y: f64): void {
    const position = this.position;
    if (position.maxOffset <= 0 || this.barColor >> 24 == 0) return;
    const travel = barTravel(position);
    const length = position.viewport - 2 * BAR_MARGIN - travel;
    const top = y + BAR_MARGIN + travel * (position.offset / position.maxOffset);
    const left = x + this.size.width - BAR_WIDTH - BAR_MARGIN;
    const bar = new RoundRect(Rect.at(left, top, BAR_WIDTH, length), BAR_WIDTH / 2);
    canvas.drawRoundRect(bar, new Paint(this.barColor));
  }
}

/** Scrolls one child of any height. */
export class RenderScrollBox extends RenderViewport {
  protected performLayout(): void {
    const outer = this.constraints;
    const child = this.child;
    if (child === null) {
      this.size = outer.smallest;
      return;
    }
    child.layout(new BoxConstraints(outer.minWidth, outer.maxWidth, 0, Infinity), true);
    this.size = outer.constrain(child.size.width, child.size.height);
    this.position.setExtents(this.size.height, child.size.height);
    child.y = -this.position.offset;
  }
}

/** Gives a lazy list its children. */
export abstract class LazyChildren {
  /** Makes the rows `first`..`end` - 1 the children of the list, in order. */
  abstract provide(first: i32, end: i32): void;
}

/** A list of rows of one height, which has only those that show. */
export class RenderLazyList extends RenderViewport {
  private source: LazyChildren | null = null;

  constructor(
    position: ScrollPosition,
    barColor: Color,
    private count: i32,
    private extent: f64,
  ) {
    super(position, barColor);
  }

  setSource(source: LazyChildren | null): void {
    this.source = source;
  }

  setRows(count: i32, extent: f64): void {
    this.count = count;
    this.extent = extent;
    this.markNeedsLayout();
  }

  protected performLayout(): void {
    this.size = this.constraints.biggest;
    const position = this.position;
    position.setExtents(this.size.height, this.extent * this.count);
    const first = <i32>floor(position.offset / this.extent);
    const end = min(this.count, <i32>ceil((position.offset + this.size.height) / this.extent));
    const source = this.source;
    if (source !== null) source.provide(first, max(first, end));
    const row = new BoxConstraints(this.size.width, this.size.width, this.extent, this.extent);
    for (let i = 0; i < this.children.length; i++) {
      const child = this.children[i];
      child.layout(row, false);
      child.y = (first + i) * this.extent - position.offset;
    }
  }
}
