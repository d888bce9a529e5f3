// What tests that need KVM do where there is none.

import { loadLibc } from "../../vmm/kvm/load-libc.ts";
import { KvmSystem, KvmUnavailable } from "../../vmm/kvm/system.ts";

/**
 * True if tests that need KVM must be skipped here; the reason is printed. Throws it instead where
 * OSCORTEX_REQUIRE_KVM is set, as CI does: there, a test that skips itself would prove nothing.
 */
export function lacksKvm(): boolean {
  try {
    KvmSystem.open(loadLibc()).close();
    return false;
  } catch (error) {
    if (!(error instanceof KvmUnavailable) || process.env["OSCORTEX_REQUIRE_KVM"]) throw error;
    console.warn(`skipped: ${error.message}`);
    return true;
  }
}
