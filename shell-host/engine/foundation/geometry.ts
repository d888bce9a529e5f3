// Points, sizes and rectangles, in logical pixels unless a comment says otherwise.

/** A point, or the distance between two. */
export class Offset {
  static readonly zero: Offset = new Offset(0, 0);

  constructor(
    public x: f64,
    public y: f64,
  ) {}
}

/** A width and a height. */
export class Size {
  static readonly zero: Size = new Size(0, 0);

  constructor(
    public width: f64,
    public height: f64,
  ) {}

  equals(other: Size): bool {
    return this.width == other.width && this.height == other.height;
  }

  contains(x: f64, y: f64): bool {
    return x >= 0 && y >= 0 && x < this.width && y < this.height;
  }
}

/** A rectangle that is never changed. Empty if right <= left or bottom <= top. */
export class Rect {
  static readonly empty: Rect = new Rect(0, 0, 0, 0);

  constructor(
    public left: f64,
    public top: f64,
    public right: f64,
    public bottom: f64,
  ) {}

  /** A rectangle from its corner and its size. */
  static at(x: f64, y: f64, width: f64, height: f64): Rect {
    return new Rect(x, y, x + width, y + height);
  }

  static circle(x: f64, y: f64, radius: f64): Rect {
    return new Rect(x - radius, y - radius, x + radius, y + radius);
  }

  get width(): f64 {
    return this.right - this.left;
  }

  get height(): f64 {
    return this.bottom - this.top;
  }

  get isEmpty(): bool {
    return this.right <= this.left || this.bottom <= this.top;
  }

  get centerX(): f64 {
    return (this.left + this.right) / 2;
  }

  get centerY(): f64 {
    return (this.top + this.bottom) / 2;
  }

  equals(other: Rect): bool {
    return (
      this.left == other.left &&
      this.top == other.top &&
      this.right == other.right &&
      this.bottom == other.bottom
    );
  }

  contains(x: f64, y: f64): bool {
    return x >= this.left && y >= this.top && x < this.right && y < this.bottom;
  }

  shift(x: f64, y: f64): Rect {
    return new Rect(this.left + x, this.top + y, this.right + x, this.bottom + y);
  }

  /** Larger by `by` on every side; smaller if it is negative. */
  inflate(by: f64): Rect {
    return new Rect(this.left - by, this.top - by, this.right + by, this.bottom + by);
  }

  intersect(other: Rect): Rect {
    return new Rect(
      max(this.left, other.left),
      max(this.top, other.top),
      min(this.right, other.right),
      min(this.bottom, other.bottom),
    );
  }

  overlaps(other: Rect): bool {
    return (
      this.left < other.right && other.left < this.right && this.top < other.bottom && other.top < this.bottom
    );
  }

  /** The smallest rectangle that holds both; an empty one counts for nothing. */
  union(other: Rect): Rect {
    if (this.isEmpty) return other;
    if (other.isEmpty) return this;
    return new Rect(
      min(this.left, other.left),
      min(this.top, other.top),
      max(this.right, other.right),
      max(this.bottom, other.bottom),
    );
  }
}

/** Distances inwards from the four sides of a rectangle. */
export class EdgeInsets {
  static readonly zero: EdgeInsets = new EdgeInsets(0, 0, 0, 0);

  constructor(
    public left: f64,
    public top: f64,
    public right: f64,
    public bottom: f64,
  ) {}

  static all(distance: f64): EdgeInsets {
    return new EdgeInsets(distance, distance, distance, distance);
  }

  static symmetric(horizontal: f64, vertical: f64): EdgeInsets {
    return new EdgeInsets(horizontal, vertical, horizontal, vertical);
  }

  get horizontal(): f64 {
    return this.left + this.right;
  }

  get vertical(): f64 {
    return this.top + this.bottom;
  }

  equals(other: EdgeInsets): bool {
    return (
      this.left == other.left &&
      this.top == other.top &&
      this.right == other.right &&
      this.bottom == other.bottom
    );
  }
}

/** A place in a rectangle: -1 is left or top, 0 the middle, 1 right or bottom. */
export class Alignment {
  static readonly topLeft: Alignment = new Alignment(-1, -1);
  static readonly topCenter: Alignment = new Alignment(0, -1);
  static readonly topRight: Alignment = new Alignment(1, -1);
  static readonly centerLeft: Alignment = new Alignment(-1, 0);
  static readonly center: Alignment = new Alignment(0, 0);
  static readonly centerRight: Alignment = new Alignment(1, 0);
  static readonly bottomLeft: Alignment = new Alignment(-1, 1);
  static readonly bottomCenter: Alignment = new Alignment(0, 1);
  static readonly bottomRight: Alignment = new Alignment(1, 1);

  constructor(
    public x: f64,
    public y: f64,
  ) {}

  /** Where something goes that leaves `free` pixels of a line's length. */
  alongX(free: f64): f64 {
    return ((this.x + 1) / 2) * free;
  }

  alongY(free: f64): f64 {
    return ((this.y + 1) / 2) * free;
  }
}
