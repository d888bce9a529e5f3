/** A configuration of the network that cannot be. */
export class HostNetError extends Error {
  override readonly name = "HostNetError";
}
