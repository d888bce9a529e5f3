import { Rect } from "../foundation/geometry.ts";
import { Bitmap } from "../painting/bitmap.ts";
import { Canvas } from "../painting/canvas.ts";
import { RenderBox } from "../rendering/render-box.ts";
import { RenderWidget } from "./framework.ts";

/** A bitmap in the middle of the room there is: whole, in its proportions, never larger than it is. */
export class FittedImage extends RenderWidget {
  constructor(readonly bitmap: Bitmap) {
    super();
  }

  createRenderBox(): RenderBox {
    return new RenderFittedImage(this.bitmap);
  }

  updateRenderBox(box: RenderBox): void {
    (box as RenderFittedImage).setBitmap(this.bitmap);
  }
}

class RenderFittedImage extends RenderBox {
  constructor(private bitmap: Bitmap) {
    super();
  }

  setBitmap(bitmap: Bitmap): void {
    if (bitmap === this.bitmap) return;
    this.bitmap = bitmap;
    this.markNeedsPaint();
  }

  protected performLayout(): void {
    this.size = this.constraints.biggest;
  }

  protected paint(canvas: Canvas, x: f64, y: f64): void {
    const bitmap = this.bitmap;
    const fit = min(1.0, min(this.size.width / bitmap.width, this.size.height / bitmap.height));
    const width = bitmap.width * fit;
    const height = bitmap.height * fit;
    const left = x + floor((this.size.width - width) / 2);
    canvas.drawBitmap(bitmap, Rect.at(left, y + floor((this.size.height - height) / 2), width, height));
  }

  semanticRole(): string {
    return "picture";
  }
}
