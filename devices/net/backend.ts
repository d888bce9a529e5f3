/** The network behind a net device, as the device needs it. */
export interface NetBackend {
  /**
   * Takes a frame that the guest sent: Ethernet without the frame check sequence, 14 bytes at least. It is lent for
   * the call, in memory that the guest cannot change. May call `NetDevice.send`.
   *
   * TCP and UDP checksums are complete unless `NetDevice.offload` is set.
   */
  receive(frame: Uint8Array): void;
}
