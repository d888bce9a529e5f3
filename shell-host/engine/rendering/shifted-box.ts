import { Alignment, EdgeInsets } from "../foundation/geometry.ts";
import { RenderBox } from "./render-box.ts";

/** A child with a margin around it. */
export class RenderPadding extends RenderBox {
  constructor(private padding: EdgeInsets) {
    super();
  }

  setPadding(padding: EdgeInsets): void {
    if (padding.equals(this.padding)) return;
    this.padding = padding;
    this.markNeedsLayout();
  }

  protected performLayout(): void {
    const padding = this.padding;
    const child = this.child;
    if (child === null) {
      this.size = this.constraints.constrain(padding.horizontal, padding.vertical);
      return;
    }
    child.layout(this.constraints.deflate(padding), true);
    child.x = padding.left;
    child.y = padding.top;
    this.size = this.constraints.constrain(
      child.size.width + padding.horizontal,
      child.size.height + padding.vertical,
    );
  }
}

/** Takes all the room there is and puts its child somewhere in it; where there is no limit, it is as large as the child. */
export class RenderAlign extends RenderBox {
  constructor(private alignment: Alignment) {
    super();
  }

  setAlignment(alignment: Alignment): void {
    if (alignment.x == this.alignment.x && alignment.y == this.alignment.y) return;
    this.alignment = alignment;
    this.markNeedsLayout();
  }

  protected performLayout(): void {
    const constraints = this.constraints;
    const child = this.child;
    if (child === null) {
      this.size = constraints.biggest;
      return;
    }
    child.layout(constraints.loosen(), true);
    this.size = constraints.constrain(
      constraints.maxWidth < Infinity ? constraints.maxWidth : child.size.width,
      constraints.maxHeight < Infinity ? constraints.maxHeight : child.size.height,
    );
    child.x = this.alignment.alongX(this.size.width - child.size.width);
    child.y = this.alignment.alongY(this.size.height - child.size.height);
  }
}
