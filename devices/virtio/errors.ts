/**
 * The driver broke the rules of a virtqueue. It costs the driver its device, which then needs a reset; the
 * machine and the other devices go on.
 */
export class QueueError extends Error {
  override readonly name = "QueueError";
}
