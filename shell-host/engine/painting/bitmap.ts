/** A rectangle of premultiplied 0xAARRGGBB pixels, in memory of its own or of somebody else. */
export class Bitmap {
  private constructor(
    /** Address of the first pixel. */
    readonly pixels: usize,
    readonly width: i32,
    readonly height: i32,
    /** Bytes from one row to the next. */
    readonly stride: i32,
    private owned: StaticArray<u32> | null,
  ) {}

  /** A transparent bitmap. Its memory is the collector's. */
  static allocate(width: i32, height: i32): Bitmap {
    const owned = new StaticArray<u32>(width * height);
    return new Bitmap(changetype<usize>(owned), width, height, width * 4, owned);
  }

  /** Pixels that somebody else keeps for as long as this is used. */
  static over(pixels: usize, width: i32, height: i32, stride: i32): Bitmap {
    return new Bitmap(pixels, width, height, stride, null);
  }

  /** The address of a pixel, which must be inside. */
  at(x: i32, y: i32): usize {
    return this.pixels + <usize>y * this.stride + ((<usize>x) << 2);
  }

  clear(): void {
    for (let y = 0; y < this.height; y++) memory.fill(this.at(0, y), 0, this.width << 2);
  }
}

/** A rectangle of coverage bytes. */
export class Mask {
  readonly bytes: StaticArray<u8>;

  constructor(
    readonly width: i32,
    readonly height: i32,
  ) {
    this.bytes = new StaticArray<u8>(width * height);
  }

  /** The address of a row's first byte. */
  row(y: i32): usize {
    return changetype<usize>(this.bytes) + y * this.width;
  }
}
