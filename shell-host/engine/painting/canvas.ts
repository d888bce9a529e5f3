// Draws into a bitmap. Positions are logical pixels; the scale makes device pixels of them.

import { Rect } from "../foundation/geometry.ts";
import { Bitmap, Mask } from "./bitmap.ts";
import { blendPixels, maskPixels, scaleCoverage, subtractCoverage } from "./blend.ts";
import { Color } from "./color.ts";
import { DeviceRoundRect } from "./device-round-rect.ts";
import { FillSink, flattenPath } from "./flatten.ts";
import { Paint } from "./paint.ts";
import { Path } from "./path.ts";
import { RowSink, beginEdges, rasterize } from "./rasterizer.ts";
import { RoundRect } from "./round-rect.ts";
import { BoxShadow, ShadowPatch, shadowPatch } from "./shadow.ts";
import { BitmapShader, ColorShader, PatternShader, Shader } from "./shader.ts";
import { StrokeSink } from "./stroke.ts";

const MAX_ROW: i32 = 16384;
const scratch = memory.data(MAX_ROW); // coverage that round clips have cut

/** What `restore` brings back. */
class SavedState {
  constructor(
    readonly left: i32,
    readonly top: i32,
    readonly right: i32,
    readonly bottom: i32,
    readonly roundClips: i32,
    readonly originX: f64,
    readonly originY: f64,
    readonly layer: LayerState | null,
  ) {}
}

/** What is under an opacity layer. */
class LayerState {
  constructor(
    readonly target: Bitmap,
    readonly targetX: i32,
    readonly targetY: i32,
    readonly roundClips: DeviceRoundRect[],
    readonly opacity: f64,
  ) {}
}

/** Draws shapes, text and images into a bitmap. */
export class Canvas extends RowSink {
  private originX: f64 = 0; // device pixels
  private originY: f64 = 0;
  private targetX: i32 = 0; // the device pixel of the target's corner
  private targetY: i32 = 0;
  private left: i32 = 0; // the clip, in device pixels
  private top: i32 = 0;
  private right: i32;
  private bottom: i32;
  private roundClips: DeviceRoundRect[] = [];
  private saved: SavedState[] = [];
  private solid: ColorShader = new ColorShader(0);
  private shader: Shader = new ColorShader(0);
  private fillSink: FillSink = new FillSink();
  private strokeSink: StrokeSink = new StrokeSink();

  constructor(
    private target: Bitmap,
    /** Device pixels for a logical one. */
    readonly scale: f64,
  ) {
    super();
    this.right = target.width;
    this.bottom = target.height;
  }

  // ---- state

  /** Remembers clip and origin. */
  save(): void {
    this.pushState(null);
  }

  /** Goes back to what was saved last; an opacity layer that began there is laid over what is below it. */
  restore(): void {
    const state = this.saved.pop();
    const layer = state.layer;
    const content = this.target;
    const contentX = this.targetX;
    const contentY = this.targetY;
    if (layer !== null) {
      this.target = layer.target;
      this.targetX = layer.targetX;
      this.targetY = layer.targetY;
      this.roundClips = layer.roundClips;
    }
    this.left = state.left;
    this.top = state.top;
    this.right = state.right;
    this.bottom = state.bottom;
    this.roundClips.length = state.roundClips;
    this.originX = state.originX;
    this.originY = state.originY;
    if (layer !== null) this.layOver(content, contentX, contentY, layer.opacity);
  }

  translate(x: f64, y: f64): void {
    this.originX += x * this.scale;
    this.originY += y * this.scale;
  }

  /** Draws nothing outside of a rectangle any more, which is rounded to whole pixels. */
  clipRect(rect: Rect): void {
    this.left = max(this.left, this.snapX(rect.left));
    this.top = max(this.top, this.snapY(rect.top));
    this.right = min(this.right, this.snapX(rect.right));
    this.bottom = min(this.bottom, this.snapY(rect.bottom));
  }

  clipRoundRect(shape: RoundRect): void {
    this.clipRect(shape.rect);
    const clip = this.deviceRoundRect(shape);
    if (clip.size > 0) this.roundClips.push(clip);
  }

  /** Draws nothing outside of device pixels any more. */
  clipDevice(left: i32, top: i32, right: i32, bottom: i32): void {
    this.left = max(this.left, left);
    this.top = max(this.top, top);
    this.right = min(this.right, right);
    this.bottom = min(this.bottom, bottom);
  }

  /** What is drawn until `restore` becomes one picture that is then laid over with an opacity of 0..1. */
  saveLayer(bounds: Rect, opacity: f64): void {
    this.pushState(new LayerState(this.target, this.targetX, this.targetY, this.roundClips, opacity));
    this.roundClips = [];
    this.clipDevice(
      <i32>floor(this.deviceX(bounds.left)),
      <i32>floor(this.deviceY(bounds.top)),
      <i32>ceil(this.deviceX(bounds.right)),
      <i32>ceil(this.deviceY(bounds.bottom)),
    );
    this.target = Bitmap.allocate(max(0, this.right - this.left), max(0, this.bottom - this.top));
    this.targetX = this.left;
    this.targetY = this.top;
  }

  /** True if nothing in a rectangle would be drawn. */
  isClippedAway(rect: Rect): bool {
    return (
      this.deviceX(rect.right) <= this.left ||
      this.deviceX(rect.left) >= this.right ||
      this.deviceY(rect.bottom) <= this.top ||
      this.deviceY(rect.top) >= this.bottom
    );
  }

  /** True if nothing between two heights would be drawn. */
  isOutsideRows(top: f64, bottom: f64): bool {
    return this.deviceY(bottom) <= this.top || this.deviceY(top) >= this.bottom;
  }

  /** Makes everything inside of the clip transparent. */
  clear(): void {
    const count = this.right - this.left;
    if (count <= 0) return;
    for (let y = this.top; y < this.bottom; y++)
      memory.fill(this.target.at(this.left - this.targetX, y - this.targetY), 0, count << 2);
  }

  // ---- shapes

  /** A rectangle with its sides on whole pixels. */
  drawRect(rect: Rect, paint: Paint): void {
    const left = this.snapX(rect.left);
    const top = this.snapY(rect.top);
    const right = this.snapX(rect.right);
    const bottom = this.snapY(rect.bottom);
    this.usePaint(paint, rect);
    for (let y = max(top, this.top); y < min(bottom, this.bottom); y++) this.row(y, left, right - left, 0);
  }

  /** A rounded rectangle with its sides on whole pixels. */
  drawRoundRect(shape: RoundRect, paint: Paint): void {
    const box = this.deviceRoundRect(shape);
    if (box.size == 0) return this.drawRect(shape.rect, paint);
    this.usePaint(paint, shape.rect);
    for (let y = max(box.top, this.top); y < min(box.bottom, this.bottom); y++) this.roundRow(box, y);
  }

  private roundRow(box: DeviceRoundRect, y: i32): void {
    const left = box.leftRow(y);
    const right = box.rightRow(y);
    const from = left ? box.left + box.size : box.left;
    const to = right ? box.right - box.size : box.right;
    if (left) this.row(y, box.left, box.size, left);
    this.row(y, from, to - from, 0);
    if (right) this.row(y, to, box.size, right);
  }

  /** The border of a rounded rectangle, inside of it; at least one device pixel wide. */
  drawBorder(shape: RoundRect, width: f64, color: Color): void {
    const outer = this.deviceRoundRect(shape);
    const thick = max(1, <i32>floor(width * this.scale + 0.5));
    const inner = new DeviceRoundRect(
      outer.left + thick,
      outer.top + thick,
      outer.right - thick,
      outer.bottom - thick,
      max(0.0, shape.radius * this.scale - thick),
      shape.corners,
    );
    this.useColor(color);
    for (let y = max(outer.top, this.top); y < min(outer.bottom, this.bottom); y++)
      this.borderRow(outer, inner, y);
  }

  private borderRow(outer: DeviceRoundRect, inner: DeviceRoundRect, y: i32): void {
    if (y < inner.top || y >= inner.bottom) return this.roundRow(outer, y);
    const side = min(max(outer.size, inner.left - outer.left + inner.size), (outer.right - outer.left) / 2);
    if (!outer.isRoundedRow(y) && !inner.isRoundedRow(y)) {
      this.row(y, outer.left, inner.left - outer.left, 0);
      this.row(y, inner.right, outer.right - inner.right, 0);
      return;
    }
    this.borderSide(outer, inner, y, outer.left, side);
    this.borderSide(outer, inner, y, outer.right - side, side);
  }

  /** Outer coverage less inner coverage, for the pixels where either is not full. */
  private borderSide(outer: DeviceRoundRect, inner: DeviceRoundRect, y: i32, x: i32, count: i32): void {
    memory.fill(borderOuter, 255, count);
    outer.cut(y, x, count, borderOuter);
    memory.fill(borderInner, 0, count);
    const from = max(inner.left, x);
    const to = min(inner.right, x + count);
    if (from < to) {
      memory.fill(borderInner + (from - x), 255, to - from);
      inner.cut(y, x, count, borderInner);
    }
    subtractCoverage(borderOuter, borderInner, count);
    this.row(y, x, count, borderOuter);
  }

  drawPath(path: Path, paint: Paint): void {
    this.usePaint(paint, path.bounds());
    this.outline(path, this.scale, this.originX, this.originY, paint);
  }

  /** A path with its origin at (x, y), `by` times as large; so is its stroke. */
  drawPathScaled(path: Path, x: f64, y: f64, by: f64, paint: Paint): void {
    const b = path.bounds();
    this.usePaint(paint, new Rect(x + b.left * by, y + b.top * by, x + b.right * by, y + b.bottom * by));
    this.outline(path, this.scale * by, this.deviceX(x), this.deviceY(y), paint);
  }

  private outline(path: Path, scale: f64, x: f64, y: f64, paint: Paint): void {
    beginEdges();
    if (paint.strokeWidth > 0) {
      this.strokeSink.reach = (paint.strokeWidth * scale) / 2;
      this.strokeSink.cap = paint.cap;
      this.strokeSink.join = paint.join;
      flattenPath(path, scale, x, y, this.strokeSink);
    } else flattenPath(path, scale, x, y, this.fillSink);
    rasterize(this.left, this.top, this.right, this.bottom, paint.evenOdd, this);
  }

  /** The shadow of a box. `hidden`: the box will be painted over it, so nothing is drawn where it surely covers. */
  drawShadow(shape: RoundRect, shadow: BoxShadow, hidden: bool = false): void {
    const rect = shape.rect.shift(shadow.x, shadow.y).inflate(shadow.spread);
    const left = this.snapX(rect.left);
    const top = this.snapY(rect.top);
    const right = this.snapX(rect.right);
    const bottom = this.snapY(rect.bottom);
    if (left >= right || top >= bottom) return;
    const radius = min(
      (shape.radius + (shape.radius > 0 ? shadow.spread : 0)) * this.scale,
      <f64>min(right - left, bottom - top) / 2,
    );
    const patch = shadowPatch(max(radius, 0.0), shadow.blur * this.scale, right - left, bottom - top);
    this.useColor(shadow.color);
    const margin = patch.margin;
    const inside = this.deviceRect(shape.rect).inflate(hidden ? -ceil(shape.radius * this.scale) : -Infinity);
    for (let y = max(top - margin, this.top); y < min(bottom + margin, this.bottom); y++) {
      const bytes = patch.mask.row(
        min(min(y - (top - margin), bottom + margin - 1 - y), patch.mask.height - 1),
      );
      const last = patch.mask.width - 1;
      const isHidden = !inside.isEmpty && <f64>y >= inside.top && <f64>y < inside.bottom;
      const gapLeft = isHidden ? <i32>inside.left : this.right;
      const gapRight = isHidden ? <i32>inside.right : this.right;
      this.shadowRow(bytes, last, y, left - margin, right + margin, this.left, gapLeft);
      this.shadowRow(bytes, last, y, left - margin, right + margin, gapRight, this.right);
    }
  }

  /** The part from pixel `from` to `to` of a shadow's row that goes from `left` to `right`; `bytes` are those of its left end. */
  private shadowRow(bytes: usize, last: i32, y: i32, left: i32, right: i32, from: i32, to: i32): void {
    const first = max(max(left, from), this.left);
    const end = min(min(min(right, to), this.right), first + MAX_ROW);
    if (first >= end) return;
    const innerFirst = max(first, min(end, left + last)); // what lies between the two ends is all the same
    const innerEnd = max(innerFirst, min(end, right - last));
    // Of a shadow too narrow for its two ends, the nearer one counts.
    const leftEnd = min(innerFirst, max(first, left + (right - left) / 2));
    if (first < leftEnd) memory.copy(shadowBytes, bytes + (first - left), leftEnd - first);
    for (let x = leftEnd; x < innerFirst; x++)
      store<u8>(shadowBytes + (x - first), load<u8>(bytes + min(min(x - left, right - 1 - x), last)));
    memory.fill(shadowBytes + (innerFirst - first), load<u8>(bytes + last), innerEnd - innerFirst);
    for (let x = innerEnd; x < end; x++)
      store<u8>(shadowBytes + (x - first), load<u8>(bytes + min(min(x - left, right - 1 - x), last)));
    this.row(y, first, end - first, shadowBytes);
  }

  /** A bitmap stretched over a rectangle. */
  drawBitmap(bitmap: Bitmap, rect: Rect): void {
    const box = this.deviceRect(rect);
    const left = <i32>box.left;
    const right = <i32>box.right;
    // PERF: pixel for pixel, nothing is between two of them.
    if (right - left == bitmap.width && box.height == <f64>bitmap.height)
      return this.layOver(bitmap, left, <i32>box.top, 1);
    this.shader = new BitmapShader(bitmap, box);
    for (let y = max(<i32>box.top, this.top); y < min(<i32>box.bottom, this.bottom); y++)
      this.row(y, left, right - left, 0);
  }

  /** A bitmap of device pixels, its corner at the pixel nearest to (x, y). */
  drawBitmapAt(bitmap: Bitmap, x: f64, y: f64): void {
    this.layOver(bitmap, this.snapX(x), this.snapY(y), 1);
  }

  /** A mask of coverage in one colour, its corner at a device pixel. */
  drawMask(mask: Mask, x: i32, y: i32, color: Color): void {
    this.useColor(color);
    const last = min(mask.height, this.bottom - y);
    for (let row = max(0, this.top - y); row < last; row++) this.row(y + row, x, mask.width, mask.row(row));
  }

  // ---- device pixels

  deviceX(x: f64): f64 {
    return x * this.scale + this.originX;
  }

  deviceY(y: f64): f64 {
    return y * this.scale + this.originY;
  }

  private snapX(x: f64): i32 {
    return snap(this.deviceX(x));
  }

  private snapY(y: f64): i32 {
    return snap(this.deviceY(y));
  }

  private deviceRect(rect: Rect): Rect {
    return new Rect(
      this.snapX(rect.left),
      this.snapY(rect.top),
      this.snapX(rect.right),
      this.snapY(rect.bottom),
    );
  }

  private deviceRoundRect(shape: RoundRect): DeviceRoundRect {
    const rect = shape.rect;
    return new DeviceRoundRect(
      this.snapX(rect.left),
      this.snapY(rect.top),
      this.snapX(rect.right),
      this.snapY(rect.bottom),
      shape.radius * this.scale,
      shape.corners,
    );
  }

  /** Paints a row with the current shader, inside of the clip. */
  row(y: i32, x: i32, count: i32, coverage: usize): void {
    const from = max(x, this.left);
    const to = min(x + count, this.right);
    if (from >= to || y < this.top || y >= this.bottom) return;
    let bytes = coverage == 0 ? <usize>0 : coverage + (from - x);
    for (let i = 0; i < this.roundClips.length; i++) {
      const clip = this.roundClips[i];
      if (!clip.isRoundedRow(y)) continue;
      if (from >= clip.left + clip.size && to <= clip.right - clip.size) continue;
      if (bytes != scratch) {
        if (bytes == 0) memory.fill(scratch, 255, to - from);
        else memory.copy(scratch, bytes, to - from);
        bytes = scratch;
      }
      clip.cut(y, from, to - from, bytes);
    }
    this.shader.paint(this.target, y - this.targetY, from - this.targetX, to - from, bytes);
  }

  private usePaint(paint: Paint, box: Rect): void {
    const pattern = paint.pattern;
    if (pattern === null) this.useColor(paint.color);
    else this.shader = new PatternShader(pattern, this.deviceRect(box));
  }

  private useColor(color: Color): void {
    this.solid.setColor(color);
    this.shader = this.solid;
  }

  private pushState(layer: LayerState | null): void {
    const clips = this.roundClips.length;
    this.saved.push(
      new SavedState(this.left, this.top, this.right, this.bottom, clips, this.originX, this.originY, layer),
    );
  }

  private layOver(content: Bitmap, x: i32, y: i32, opacity: f64): void {
    const part = <u32>(max(0.0, min(1.0, opacity)) * 255 + 0.5);
    this.shader = new LayerShader(content, x - this.targetX, y - this.targetY, part);
    for (let row = 0; row < content.height; row++) this.row(y + row, x, content.width, 0);
  }
}

const borderOuter = memory.data(MAX_ROW);
const borderInner = memory.data(MAX_ROW);
const shadowBytes = memory.data(MAX_ROW);
const layerBytes = memory.data(MAX_ROW);

/** A layer's content pixel for pixel, at an opacity of 0..255. */
class LayerShader extends Shader {
  constructor(
    private content: Bitmap,
    private x: i32,
    private y: i32,
    private opacity: u32,
  ) {
    super();
  }

  paint(target: Bitmap, y: i32, x: i32, count: i32, coverage: usize): void {
    if (coverage == 0 && this.opacity == 255)
      return blendPixels(target.at(x, y), this.content.at(x - this.x, y - this.y), count);
    if (coverage == 0) memory.fill(layerBytes, <u8>this.opacity, count);
    else {
      memory.copy(layerBytes, coverage, count);
      scaleCoverage(layerBytes, count, this.opacity);
    }
    maskPixels(target.at(x, y), this.content.at(x - this.x, y - this.y), layerBytes, count);
  }
}

function snap(at: f64): i32 {
  return <i32>floor(max(-1e6, min(1e6, at)) + 0.5);
}
