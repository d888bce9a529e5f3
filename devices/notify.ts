/** How a device reaches the guest: the event page for our kernel, an irqfd for a foreign one. */
export interface Interrupt {
  /**
   * Makes the guest look at the device: it has used buffers or a new configuration. Never blocks; may be called
   * when it is raised already, and from any turn of the event loop.
   */
  raise(): void;
}
