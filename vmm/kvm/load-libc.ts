import { loadFfiNapiLibc } from "./libc-ffi-napi.ts";
import { loadKoffiLibc } from "./libc-koffi.ts";
import type { Libc } from "./libc.ts";

/** Names the FFI library: `koffi` (the default) or `ffi-napi`. */
export const FFI_VARIABLE = "OSCORTEX_FFI";

/** The FFI library that was asked for is unknown or cannot be loaded: the user's to mend. */
export class FfiUnavailable extends Error {
  override readonly name = "FfiUnavailable";
}

const BINDINGS: Record<string, () => Libc> = { koffi: loadKoffiLibc, "ffi-napi": loadFfiNapiLibc };

/**
 * The C library through the FFI library that `OSCORTEX_FFI` names.
 *
 * Throws `FfiUnavailable` with what to do about it.
 */
export function loadLibc(name = process.env[FFI_VARIABLE] ?? "koffi"): Libc {
  const load = Object.hasOwn(BINDINGS, name) ? BINDINGS[name] : undefined;
  if (load === undefined)
    throw new FfiUnavailable(`${FFI_VARIABLE}=${name}: expected ${Object.keys(BINDINGS).join(" or ")}`);
  try {
    return load();
  } catch (error) {
    throw new FfiUnavailable(
      `cannot load ${name}: ${error instanceof Error ? error.message : String(error)}; ` +
        (name === "koffi" ? "npm ci installs it" : `unset ${FFI_VARIABLE} to use koffi`),
      { cause: error },
    );
  }
}
