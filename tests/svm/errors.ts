/** The emulated machine could not be had or ended too early: the message says what to do. */
export class SvmError extends Error {
  override readonly name = "SvmError";
}
