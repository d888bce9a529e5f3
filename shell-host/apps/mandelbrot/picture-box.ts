import { Action, on } from "../../engine/foundation/action.ts";
import { Rect } from "../../engine/foundation/geometry.ts";
import { Canvas } from "../../engine/painting/canvas.ts";
import { PipelineOwner } from "../../engine/rendering/pipeline-owner.ts";
import { RenderBox } from "../../engine/rendering/render-box.ts";
import { Picture } from "./picture.ts";

/** Shows a picture that is being made, a logical pixel for each of its own. */
export class RenderPicture extends RenderBox {
  private listener: Action | null = null;

  constructor(private picture: Picture) {
    super();
  }

  attach(owner: PipelineOwner, depth: i32): void {
    super.attach(owner, depth);
    const listener = on<RenderPicture>(this, (self) => self.changed());
    this.listener = listener;
    this.picture.addListener(listener);
  }

  detach(): void {
    const listener = this.listener;
    if (listener !== null) this.picture.removeListener(listener);
    super.detach();
  }

  private changed(): void {
    const owner = this.owner;
    if (owner !== null) owner.addDamage(this.picture.damage.shift(this.globalX(), this.globalY()));
  }

  protected performLayout(): void {
    this.size = this.constraints.biggest;
    this.picture.resize(<i32>this.size.width, <i32>this.size.height);
  }

  protected paint(canvas: Canvas, x: f64, y: f64): void {
    const bitmap = this.picture.bitmap;
    canvas.drawBitmap(bitmap, Rect.at(x, y, bitmap.width, bitmap.height));
  }

  protected hitTestSelf(): bool {
    return true;
  }

  semanticRole(): string {
    return "picture";
  }

  semanticLabel(): string {
    return this.picture.isDone ? "done" : "being made";
  }
}
