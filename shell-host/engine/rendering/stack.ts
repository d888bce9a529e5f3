import { Alignment, Size } from "../foundation/geometry.ts";
import { BoxConstraints } from "./constraints.ts";
import { RenderBox } from "./render-box.ts";

/** Children on top of each other. As large as the largest that has no fixed place; those that have one do not count. */
export class RenderStack extends RenderBox {
  constructor(
    private alignment: Alignment,
    private expands: bool,
  ) {
    super();
  }

  /** `expands`: takes all the room there is, and so do children without a fixed place. */
  configure(alignment: Alignment, expands: bool): void {
    if (alignment.x == this.alignment.x && alignment.y == this.alignment.y && expands == this.expands) return;
    this.alignment = alignment;
    this.expands = expands;
    this.markNeedsLayout();
  }

  protected performLayout(): void {
    const outer = this.constraints;
    const inner = this.expands ? BoxConstraints.tight(outer.biggest) : outer.loosen();
    let width = outer.minWidth;
    let height = outer.minHeight;
    let floating = 0;
    for (let i = 0; i < this.children.length; i++) {
      const child = this.children[i];
      if (isPlaced(child)) continue;
      floating++;
      child.layout(inner, true);
      width = max(width, child.size.width);
      height = max(height, child.size.height);
    }
    this.size = floating > 0 ? outer.constrain(width, height) : outer.biggest;
    for (let i = 0; i < this.children.length; i++) this.place(this.children[i], this.size);
  }

  private place(child: RenderBox, size: Size): void {
    if (isPlaced(child)) child.layout(placedConstraints(child, size), true);
    const freeX = size.width - child.size.width;
    const freeY = size.height - child.size.height;
    child.x = !isNaN(child.stackLeft)
      ? child.stackLeft
      : !isNaN(child.stackRight)
        ? freeX - child.stackRight
        : this.alignment.alongX(freeX);
    child.y = !isNaN(child.stackTop)
      ? child.stackTop
      : !isNaN(child.stackBottom)
        ? freeY - child.stackBottom
        : this.alignment.alongY(freeY);
  }
}

function isPlaced(child: RenderBox): bool {
  return !(
    isNaN(child.stackLeft) &&
    isNaN(child.stackTop) &&
    isNaN(child.stackRight) &&
    isNaN(child.stackBottom)
  );
}

/** A child that has both of two opposite distances is stretched between them. */
function placedConstraints(child: RenderBox, size: Size): BoxConstraints {
  const width = size.width - child.stackLeft - child.stackRight;
  const height = size.height - child.stackTop - child.stackBottom;
  return new BoxConstraints(
    isNaN(width) ? 0 : max(0.0, width),
    isNaN(width) ? Infinity : max(0.0, width),
    isNaN(height) ? 0 : max(0.0, height),
    isNaN(height) ? Infinity : max(0.0, height),
  );
}
