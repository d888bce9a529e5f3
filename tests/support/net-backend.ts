import type { NetBackend } from "../../devices/net/backend.ts";

/** A network that keeps what the guest sends. */
export class RecordingNet implements NetBackend {
  /** Copies of the guest's frames. */
  readonly frames: { bytes: Uint8Array; checksumPartial: boolean }[] = [];
  /** Calls of `onWritable` so far. */
  writable = 0;
  /** What the network does in answer to a frame, or to room. */
  onFrame: () => void = () => {};
  onRoom: () => void = () => {};

  receive(frame: Uint8Array, checksumPartial: boolean): void {
    this.frames.push({ bytes: frame.slice(), checksumPartial });
    this.onFrame();
  }

  onWritable(): void {
    this.writable++;
    this.onRoom();
  }
}
