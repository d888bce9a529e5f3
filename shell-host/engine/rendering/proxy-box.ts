import { Size } from "../foundation/geometry.ts";
import { Canvas } from "../painting/canvas.ts";
import { BoxConstraints } from "./constraints.ts";
import { RenderBox } from "./render-box.ts";

/** As large as its child; without one, as small as it may be. */
export class RenderProxyBox extends RenderBox {
  protected performLayout(): void {
    const child = this.child;
    if (child === null) {
      this.size = this.constraints.smallest;
      return;
    }
    child.layout(this.constraints, true);
    this.size = child.size;
  }
}

/** The root of a window's tree. */
export class RenderView extends RenderBox {
  /** Takes the size of the window. */
  resize(size: Size): void {
    if (size.equals(this.size)) return;
    this.size = size;
    this.markNeedsLayout();
    this.markNeedsPaint();
  }

  protected performLayout(): void {
    const child = this.child;
    if (child !== null) child.layout(BoxConstraints.tight(this.size), false);
  }

  protected clipsChildren(): bool {
    return true;
  }

  protected paint(canvas: Canvas, x: f64, y: f64): void {
    canvas.clear(); // the frame before must not shine through
    this.paintChildren(canvas, x, y);
  }
}

/** Imposes constraints on its child, as far as its own allow. */
export class RenderConstrainedBox extends RenderBox {
  constructor(private additional: BoxConstraints) {
    super();
  }

  setAdditional(additional: BoxConstraints): void {
    if (additional.equals(this.additional)) return;
    this.additional = additional;
    this.markNeedsLayout();
  }

  protected performLayout(): void {
    const inner = this.additional.enforce(this.constraints);
    const child = this.child;
    if (child === null) {
      this.size = inner.smallest;
      return;
    }
    child.layout(inner, true);
    this.size = child.size;
  }
}
