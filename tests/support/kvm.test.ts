import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { KvmUnavailable } from "../../vmm/kvm/system.ts";
import { lacksKvm } from "./kvm.ts";

beforeEach(() => {
  vi.stubEnv("OSCORTEX_KVM", "/dev/no-such-device");
  vi.spyOn(console, "warn").mockImplementation(() => {});
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

test("without KVM, tests are skipped with a reason", () => {
  vi.stubEnv("OSCORTEX_REQUIRE_KVM", "");
  expect(lacksKvm()).toBe(true);
  expect(console.warn).toHaveBeenCalledWith(
    expect.stringMatching(/^skipped: \/dev\/no-such-device does not exist/),
  );
});

test("where KVM is required, they fail", () => {
  vi.stubEnv("OSCORTEX_REQUIRE_KVM", "1");
  expect(lacksKvm).toThrow(KvmUnavailable);
});
