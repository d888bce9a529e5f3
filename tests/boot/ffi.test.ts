// The VMM through each FFI library that it can be told to use.

import { describe, expect, test } from "vitest";
import { FfiUnavailable, loadLibc } from "../../vmm/kvm/load-libc.ts";
import { lacksKvm } from "../support/kvm.ts";
import { BOOT_TIMEOUT_MS, runOscortex } from "../support/oscortex-command.ts";

describe.skipIf(lacksKvm())("OSCORTEX_FFI", { timeout: BOOT_TIMEOUT_MS }, () => {
  test.skipIf(lacksFfiNapi())("ffi-napi runs an app", async () => {
    const { status, stdout } = await runOscortex(
      ["--headless", "--quiet", "--run", "org.oscortex.hello", "--", "a"],
      { OSCORTEX_FFI: "ffi-napi" },
    );
    expect([status, stdout]).toEqual([0, "Hello from Oscortex\na\n"]);
  });

  test("another name is refused", async () => {
    const { status, stderr } = await runOscortex([], { OSCORTEX_FFI: "other" });
    expect([status, stderr]).toEqual([2, "oscortex: OSCORTEX_FFI=other: expected koffi or ffi-napi\n"]);
  });
});

function lacksFfiNapi(): boolean {
  try {
    loadLibc("ffi-napi");
    return false;
  } catch (error) {
    if (!(error instanceof FfiUnavailable)) throw error;
    console.warn(`skipped: ${error.message}`);
    return true;
  }
}
