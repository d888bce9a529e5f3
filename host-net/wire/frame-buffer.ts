/** The largest IPv4 packet on the link. DHCP announces it; the virtio device offers the same `VIRTIO_NET_F_MTU`. */
export const MTU = 65520;

/** The largest Ethernet frame: a header and `MTU` bytes. */
export const MAX_FRAME_LEN = 14 + MTU;

/** Bytes of one frame and a view of them, allocated once by their owner and used for every frame. */
export class FrameBuffer {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly view: DataView<ArrayBuffer>;

  constructor(capacityBytes: number) {
    this.bytes = new Uint8Array(capacityBytes);
    this.view = new DataView(this.bytes.buffer);
  }
}
