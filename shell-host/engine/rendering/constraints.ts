import { EdgeInsets, Size } from "../foundation/geometry.ts";

/** The sizes that a parent lets a child choose from. */
export class BoxConstraints {
  constructor(
    readonly minWidth: f64 = 0,
    readonly maxWidth: f64 = Infinity,
    readonly minHeight: f64 = 0,
    readonly maxHeight: f64 = Infinity,
  ) {}

  /** This size and no other. */
  static tight(size: Size): BoxConstraints {
    return new BoxConstraints(size.width, size.width, size.height, size.height);
  }

  /** At most this size. */
  static loose(size: Size): BoxConstraints {
    return new BoxConstraints(0, size.width, 0, size.height);
  }

  get isTight(): bool {
    return this.minWidth >= this.maxWidth && this.minHeight >= this.maxHeight;
  }

  get smallest(): Size {
    return new Size(this.minWidth, this.minHeight);
  }

  /** The largest size; a side without limit is as small as it may be. */
  get biggest(): Size {
    return new Size(
      this.maxWidth < Infinity ? this.maxWidth : this.minWidth,
      this.maxHeight < Infinity ? this.maxHeight : this.minHeight,
    );
  }

  constrainWidth(width: f64): f64 {
    return max(this.minWidth, min(this.maxWidth, width));
  }

  constrainHeight(height: f64): f64 {
    return max(this.minHeight, min(this.maxHeight, height));
  }

  constrain(width: f64, height: f64): Size {
    return new Size(this.constrainWidth(width), this.constrainHeight(height));
  }

  /** The same without a least size. */
  loosen(): BoxConstraints {
    return new BoxConstraints(0, this.maxWidth, 0, this.maxHeight);
  }

  /** What is left inside of a margin. */
  deflate(by: EdgeInsets): BoxConstraints {
    const minWidth = max(0.0, this.minWidth - by.horizontal);
    const minHeight = max(0.0, this.minHeight - by.vertical);
    return new BoxConstraints(
      minWidth,
      max(minWidth, this.maxWidth - by.horizontal),
      minHeight,
      max(minHeight, this.maxHeight - by.vertical),
    );
  }

  /** These, as far as `outer` allows. */
  enforce(outer: BoxConstraints): BoxConstraints {
    return new BoxConstraints(
      outer.constrainWidth(this.minWidth),
      outer.constrainWidth(this.maxWidth),
      outer.constrainHeight(this.minHeight),
      outer.constrainHeight(this.maxHeight),
    );
  }

  equals(other: BoxConstraints): bool {
    return (
      this.minWidth == other.minWidth &&
      this.maxWidth == other.maxWidth &&
      this.minHeight == other.minHeight &&
      this.maxHeight == other.maxHeight
    );
  }
}
