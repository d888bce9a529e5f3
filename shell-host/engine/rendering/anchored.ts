import { BoxConstraints } from "./constraints.ts";
import { RenderBox } from "./render-box.ts";

const MARGIN: f64 = 4; // to the window's sides

/** Takes all the room there is and puts its child at a point of it, moved as far as need be to be inside. */
export class RenderAnchored extends RenderBox {
  constructor(
    private anchorX: f64,
    private anchorY: f64,
    /** The child's middle is at the point, instead of its left side. */
    private centered: bool,
  ) {
    super();
  }

  setAnchor(x: f64, y: f64, centered: bool): void {
    if (x == this.anchorX && y == this.anchorY && centered == this.centered) return;
    this.anchorX = x;
    this.anchorY = y;
    this.centered = centered;
    this.markNeedsLayout();
  }

  protected performLayout(): void {
    this.size = this.constraints.biggest;
    const child = this.child;
    if (child === null) return;
    const width = max(0.0, this.size.width - 2 * MARGIN);
    const height = max(0.0, this.size.height - 2 * MARGIN);
    child.layout(new BoxConstraints(0, width, 0, height), true);
    const x = this.centered ? this.anchorX - child.size.width / 2 : this.anchorX;
    child.x = max(MARGIN, min(this.size.width - MARGIN - child.size.width, x));
    child.y = max(MARGIN, min(this.size.height - MARGIN - child.size.height, this.anchorY));
  }
}
