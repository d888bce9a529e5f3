import { FrameBuffer } from "./frame-buffer.ts";

const EMPTY = new FrameBuffer(0);

/**
 * A protocol header somewhere in a frame: a view that owns nothing. Point one packet at many frames with `at`.
 *
 * Numbers are in network order, the default of `DataView`. Accessors of a subclass are in bounds once its `check`
 * has passed; to emit, the caller provides the space.
 */
export abstract class Packet {
  protected bytes: Uint8Array = EMPTY.bytes;
  protected view: DataView = EMPTY.view;
  protected start = 0;
  protected end = 0;

  at(buffer: FrameBuffer, start: number, end: number): this {
    this.bytes = buffer.bytes;
    this.view = buffer.view;
    this.start = start;
    this.end = end;
    return this;
  }

  /** Bytes from the first of this header to the end of what carries it. */
  get length(): number {
    return this.end - this.start;
  }

  protected u8(offset: number): number {
    return this.view.getUint8(this.start + offset);
  }

  protected u16(offset: number): number {
    return this.view.getUint16(this.start + offset);
  }

  protected u32(offset: number): number {
    return this.view.getUint32(this.start + offset);
  }

  protected setU8(offset: number, value: number): void {
    this.view.setUint8(this.start + offset, value);
  }

  protected setU16(offset: number, value: number): void {
    this.view.setUint16(this.start + offset, value);
  }

  protected setU32(offset: number, value: number): void {
    this.view.setUint32(this.start + offset, value);
  }

  /** A MAC address: 48 bits, as one integer. */
  protected u48(offset: number): number {
    return this.u16(offset) * 0x1_0000_0000 + this.u32(offset + 2);
  }

  protected setU48(offset: number, value: number): void {
    this.setU16(offset, Math.floor(value / 0x1_0000_0000));
    this.setU32(offset + 2, value >>> 0);
  }
}
