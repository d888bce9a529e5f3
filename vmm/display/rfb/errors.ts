/** The viewer broke the protocol. It costs the viewer its connection. */
export class RfbError extends Error {
  override readonly name = "RfbError";
}
