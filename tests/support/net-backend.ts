import type { NetBackend } from "../../devices/net/backend.ts";
import type { NetDevice } from "../../devices/net/device.ts";

/** A network that keeps what the guest sends. */
export class RecordingNet implements NetBackend {
  /** Copies of the guest's frames. */
  readonly frames: Uint8Array[] = [];
  /** How often the device said that there is room again. */
  writable = 0;
  /** What the network does in answer to a frame, or to room. */
  onFrame: () => void = () => {};
  onRoom: () => void = () => {};

  constructor(device: NetDevice) {
    device.backend = this;
    device.onWritable = (): void => {
      this.writable++;
      this.onRoom();
    };
  }

  receive(frame: Uint8Array): void {
    this.frames.push(frame.slice());
    this.onFrame();
  }
}
