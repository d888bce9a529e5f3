// The compiler for tests: `guest-kernel/aot` as the guest build compiles it, loaded in V8.

import { Aot } from "../../guest-kernel/image/aot.ts";
import { compileGuest } from "./asc.ts";

/** Loads the compiler. */
export async function loadAot(): Promise<Aot> {
  return new Aot(await compileGuest("guest-kernel/aot/node.exports.ts"));
}
