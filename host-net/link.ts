/**
 * The wire between the bridge and the guest's network device. The device's owner implements it; frames are Ethernet
 * frames without virtio's header, at most `MAX_FRAME_LEN` bytes.
 */
export interface Link {
  /**
   * Whether both sides trust the link's memory (`VIRTIO_NET_F_CSUM` and `VIRTIO_NET_F_GUEST_CSUM` negotiated). If so,
   * the bridge does not look at the TCP and UDP checksums of the guest, and its own TCP checksum fields hold the
   * pseudo-header's sum only: mark frames to the guest `VIRTIO_NET_HDR_F_DATA_VALID`. Read for every frame.
   */
  readonly offload: boolean;

  /**
   * Takes a frame to the guest. False: there is no room, the frame was not taken, and `onWritable` will be called
   * once. The frame is the bridge's scratch buffer: valid during the call only. May be called inside of
   * `Bridge.receive`.
   */
  send(frame: Uint8Array): boolean;

  /** Set by the bridge; to be called when `send` has returned false and there is room again. */
  onWritable: (() => void) | undefined;
}
