/**
 * The network behind a net device, as the device needs it.
 *
 * Frames are Ethernet without the frame check sequence. A frame is lent: it is valid during the call only.
 */
export interface NetBackend {
  /**
   * Takes a frame that the guest sent: 14 bytes at least, in memory that the guest cannot change.
   *
   * `checksumPartial`: the guest left the TCP or UDP checksum to the device, so the field holds no more than the
   * pseudo-header's sum. The link is memory, so nobody need complete it unless the frame leaves the host as it is.
   */
  receive(frame: Uint8Array, checksumPartial: boolean): void;

  /** The guest has buffers again after `NetDevice.send` refused a frame. */
  onWritable(): void;
}
