import { Action, on } from "../../engine/foundation/action.ts";
import { Rect } from "../../engine/foundation/geometry.ts";
import { Canvas } from "../../engine/painting/canvas.ts";
import { PipelineOwner } from "../../engine/rendering/pipeline-owner.ts";
import { RenderBox } from "../../engine/rendering/render-box.ts";
import { Drawing } from "./drawing.ts";

/** Shows a drawing, a logical pixel for each of its own, and paints only what a stroke has changed. */
export class RenderDrawing extends RenderBox {
  private listener: Action | null = null;

  constructor(readonly drawing: Drawing) {
    super();
  }

  attach(owner: PipelineOwner, depth: i32): void {
    super.attach(owner, depth);
    const listener = on<RenderDrawing>(this, (self) => self.changed());
    this.listener = listener;
    this.drawing.addListener(listener);
  }

  detach(): void {
    const listener = this.listener;
    if (listener !== null) this.drawing.removeListener(listener);
    super.detach();
  }

  private changed(): void {
    const owner = this.owner;
    if (owner === null) return;
    const whole = Rect.at(0, 0, this.size.width, this.size.height);
    owner.addDamage(this.drawing.damage.intersect(whole).shift(this.globalX(), this.globalY()));
  }

  protected performLayout(): void {
    const bitmap = this.drawing.bitmap;
    this.size = this.constraints.constrain(bitmap.width, bitmap.height);
  }

  protected paint(canvas: Canvas, x: f64, y: f64): void {
    const bitmap = this.drawing.bitmap;
    canvas.save();
    canvas.clipRect(Rect.at(x, y, this.size.width, this.size.height));
    canvas.drawBitmap(bitmap, Rect.at(x, y, bitmap.width, bitmap.height));
    canvas.restore();
  }

  protected hitTestSelf(): bool {
    return true;
  }

  semanticRole(): string {
    return "canvas";
  }
}
