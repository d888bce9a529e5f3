import { Rect, Size } from "../foundation/geometry.ts";
import { PointerEvent } from "../gestures/events.ts";
import { Canvas } from "../painting/canvas.ts";
import { BoxConstraints } from "./constraints.ts";
import { HitTestResult } from "./hit-test.ts";
import { PipelineOwner } from "./pipeline-owner.ts";

/**
 * A node of the render tree. Constraints go down, sizes come up, the parent decides the position.
 *
 * A subclass has setters that compare and then call markNeedsLayout or markNeedsPaint, and overrides performLayout, paint, and what
 * it needs of the rest.
 */
export abstract class RenderBox {
  parent: RenderBox | null = null;
  owner: PipelineOwner | null = null;
  readonly children: RenderBox[] = [];
  depth: i32 = 0;

  /** Position in the parent, which sets it. */
  x: f64 = 0;
  y: f64 = 0;
  size: Size = Size.zero;
  /** How far what is painted may stick out of the box, such as a shadow. */
  overflow: f64 = 0;
  /** Share of free space in a flex, and position in a stack: what the parent keeps about its child. */
  flex: i32 = 0;
  flexTight: bool = false;
  /** Distances from a stack's sides; NaN where there is none. */
  stackLeft: f64 = NaN;
  stackTop: f64 = NaN;
  stackRight: f64 = NaN;
  stackBottom: f64 = NaN;

  protected constraints: BoxConstraints = new BoxConstraints();
  private needsLayout: bool = true;
  private isRelayoutBoundary: bool = false;
  private needsPaint: bool = true;
  // Where it was painted last, in the window.
  private paintedLeft: f64 = 0;
  private paintedTop: f64 = 0;
  private paintedRight: f64 = 0;
  private paintedBottom: f64 = 0;

  // ---- tree

  /** Takes these children, in this order, and no others. */
  setChildren(children: RenderBox[]): void {
    if (this.hasChildren(children)) return;
    for (let i = 0; i < this.children.length; i++) {
      const child = this.children[i];
      if (!children.includes(child)) this.drop(child);
    }
    this.children.length = 0;
    for (let i = 0; i < children.length; i++) {
      this.children.push(children[i]);
      if (children[i].parent !== this) this.adopt(children[i]);
    }
    this.markNeedsLayout();
    this.markNeedsPaint();
  }

  private hasChildren(children: RenderBox[]): bool {
    if (children.length != this.children.length) return false;
    for (let i = 0; i < children.length; i++) if (children[i] !== this.children[i]) return false;
    return true;
  }

  private adopt(child: RenderBox): void {
    const before = child.parent;
    if (before !== null) before.drop(child);
    child.parent = this;
    const owner = this.owner;
    if (owner !== null) child.attach(owner, this.depth + 1);
  }

  private drop(child: RenderBox): void {
    child.damagePainted();
    child.parent = null;
    if (child.owner !== null) child.detach();
  }

  /** Puts the subtree into a window. */
  attach(owner: PipelineOwner, depth: i32): void {
    this.owner = owner;
    this.depth = depth;
    this.needsLayout = true;
    this.needsPaint = false;
    this.paintedRight = this.paintedLeft;
    this.markNeedsPaint();
    for (let i = 0; i < this.children.length; i++) this.children[i].attach(owner, depth + 1);
  }

  detach(): void {
    for (let i = 0; i < this.children.length; i++) this.children[i].detach();
    this.owner = null;
  }

  /** The only child, if there is one. */
  get child(): RenderBox | null {
    return this.children.length > 0 ? this.children[0] : null;
  }

  // ---- layout

  /** Finds the size. A parent that looks at it says so: then the parent is laid out again when it may change. */
  layout(constraints: BoxConstraints, parentUsesSize: bool): void {
    const isBoundary = !parentUsesSize || constraints.isTight || this.parent === null;
    if (!this.needsLayout && isBoundary == this.isRelayoutBoundary && constraints.equals(this.constraints))
      return;
    this.isRelayoutBoundary = isBoundary;
    this.constraints = constraints;
    this.layoutAgain();
  }

  /** Finds the size once more under the same constraints. */
  layoutAgain(): void {
    this.needsLayout = false;
    this.performLayout();
    let overflow = this.ownOverflow();
    if (!this.clipsChildren())
      for (let i = 0; i < this.children.length; i++) overflow = max(overflow, this.children[i].overflow);
    this.overflow = overflow;
    this.markNeedsPaint();
  }

  get isLaidOut(): bool {
    return !this.needsLayout;
  }

  /** Lays out the children, places them, and sets the size. */
  protected abstract performLayout(): void;

  /** How far this box itself paints outside of its size. */
  protected ownOverflow(): f64 {
    return 0;
  }

  /** True if nothing of the children shows outside of the box. */
  protected clipsChildren(): bool {
    return false;
  }

  markNeedsLayout(): void {
    if (this.needsLayout) return;
    this.needsLayout = true;
    const parent = this.parent;
    if (this.isRelayoutBoundary || parent === null) {
      const owner = this.owner;
      if (owner !== null) owner.addDirtyLayout(this);
    } else parent.markNeedsLayout();
  }

  // ---- paint

  /** Says that the picture has changed. */
  markNeedsPaint(): void {
    if (this.needsPaint) return;
    const owner = this.owner;
    if (owner === null) return;
    this.needsPaint = true;
    this.damagePainted();
    owner.addDirtyPaint(this);
    for (let box: RenderBox | null = this; box !== null; box = box.parent) box.pictureChanged();
  }

  /** Something in this subtree has to be painted again. */
  protected pictureChanged(): void {}

  private damagePainted(): void {
    const owner = this.owner;
    if (owner === null || this.paintedRight <= this.paintedLeft) return;
    owner.addDamage(new Rect(this.paintedLeft, this.paintedTop, this.paintedRight, this.paintedBottom));
  }

  /** What the subtree touches in the window, once it is painted. */
  paintBounds(): Rect {
    let x = 0.0;
    let y = 0.0;
    for (let box: RenderBox | null = this; box !== null; box = box.parent) {
      x += box.x;
      y += box.y;
    }
    return this.boundsAt(x, y);
  }

  private boundsAt(x: f64, y: f64): Rect {
    return Rect.at(x, y, this.size.width, this.size.height).inflate(this.overflow);
  }

  /** Paints the subtree, with its corner at (x, y) of the window. */
  paintAt(canvas: Canvas, x: f64, y: f64): void {
    this.needsPaint = false;
    const bounds = this.boundsAt(x, y);
    this.paintedLeft = bounds.left;
    this.paintedTop = bounds.top;
    this.paintedRight = bounds.right;
    this.paintedBottom = bounds.bottom;
    if (!canvas.isClippedAway(bounds)) this.paint(canvas, x, y);
  }

  /** Draws the box and its children. */
  protected paint(canvas: Canvas, x: f64, y: f64): void {
    this.paintChildren(canvas, x, y);
  }

  protected paintChildren(canvas: Canvas, x: f64, y: f64): void {
    for (let i = 0; i < this.children.length; i++) {
      const child = this.children[i];
      child.paintAt(canvas, x + child.x, y + child.y);
    }
  }

  /** The nearest box from here upwards that keeps its picture; null if there is none. */
  keeper(): RenderBox | null {
    for (let box: RenderBox | null = this; box !== null; box = box.parent) if (box.keepsPicture()) return box;
    return null;
  }

  /** True if the subtree's picture is kept between frames. */
  protected keepsPicture(): bool {
    return false;
  }

  // ---- input

  /** Collects what is under a point of this box; true if something took it, so that what is behind is not asked. */
  hitTest(result: HitTestResult, x: f64, y: f64): bool {
    if (!this.size.contains(x, y)) return false;
    if (!this.hitTestChildren(result, x, y) && !this.hitTestSelf()) return false;
    result.add(this);
    return true;
  }

  protected hitTestChildren(result: HitTestResult, x: f64, y: f64): bool {
    for (let i = this.children.length - 1; i >= 0; i--) {
      const child = this.children[i];
      if (child.hitTest(result, x - child.x, y - child.y)) return true;
    }
    return false;
  }

  /** True if the box takes pointers even where no child does. */
  protected hitTestSelf(): bool {
    return false;
  }

  /** The pointer did something on this box, or went down on it before. */
  handlePointer(_event: PointerEvent): void {}

  /** True if a wheel above it turns for this box alone. */
  takesWheel(): bool {
    return false;
  }

  /** True if the second button on it goes down for this box alone. */
  takesSecondary(): bool {
    return false;
  }

  /** The pointer came, or went. */
  handleHover(_inside: bool): void {}

  /** The cursor over this box: CURSOR_* of guest-kernel/abi/window.ts; the arrow says nothing. */
  cursorShape(): u32 {
    return 0;
  }

  // ---- semantics

  /** What the box is to those who cannot see it, such as `button`; empty if it is nothing. */
  semanticRole(): string {
    return "";
  }

  semanticLabel(): string {
    return "";
  }

  /** True if the box says all there is to say, so that what is in it is left out. */
  hidesSemantics(): bool {
    return false;
  }

  /** True if nothing of the children shows outside of the box. */
  cutsChildren(): bool {
    return this.clipsChildren();
  }

  /** Scrolls whatever it is in, so that it can be seen. */
  reveal(): void {
    let top = 0.0;
    for (let box: RenderBox = this; ;) {
      const parent = box.parent;
      if (parent === null) return;
      top += box.y;
      top -= parent.showRows(top, top + this.size.height);
      box = parent;
    }
  }

  /** Scrolls so that a part of the box, from `top` to `bottom`, shows; by how much it goes up. */
  protected showRows(_top: f64, _bottom: f64): f64 {
    return 0;
  }

  /** Where the box is in the window. */
  globalRect(): Rect {
    return Rect.at(this.globalX(), this.globalY(), this.size.width, this.size.height);
  }

  /** The distance from the window's corner. */
  globalX(): f64 {
    let x = 0.0;
    for (let box: RenderBox | null = this; box !== null; box = box.parent) x += box.x;
    return x;
  }

  globalY(): f64 {
    let y = 0.0;
    for (let box: RenderBox | null = this; box !== null; box = box.parent) y += box.y;
    return y;
  }
}
