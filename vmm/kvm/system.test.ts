import { constants } from "node:os";
import { describe, expect, test, vi } from "vitest";
import { FakeLibc } from "../../tests/support/fake-libc.ts";
import { KVM_CHECK_EXTENSION, KVM_GET_API_VERSION } from "./ioctl.ts";
import { KVM_CAP_IMMEDIATE_EXIT } from "./layout.ts";
import { loadKoffiLibc } from "./libc-koffi.ts";
import { KvmSystem, KvmUnavailable } from "./system.ts";

function reasonOf(open: () => KvmSystem): string {
  try {
    open().close();
    return "available";
  } catch (error) {
    if (error instanceof KvmUnavailable) return error.message;
    throw error;
  }
}

describe("KvmSystem.open", () => {
  test.each([
    ["ENOENT", /does not exist: .*load the kvm_intel, kvm_amd or kvm_pvm module/],
    ["ENODEV", /does not exist/],
    ["EACCES", /no permission to open \/dev\/kvm: .*usermod -aG kvm/],
    ["EBUSY", /another hypervisor/],
    ["EMFILE", /cannot be opened \(EMFILE\)/],
  ] as const)("says what to do about %s", (errno, expected) => {
    expect(reasonOf(() => KvmSystem.open(new FakeLibc(() => 0, errno), "/dev/kvm"))).toMatch(expected);
  });

  test("refuses another version of the API, and closes the device", () => {
    const libc = new FakeLibc((request) => (request === KVM_GET_API_VERSION ? 11 : 1));
    expect(reasonOf(() => KvmSystem.open(libc))).toMatch(/version 11 of the KVM API, not 12/);
    expect(libc.openFiles).toBe(0);
  });

  test("names the capability that is missing", () => {
    const libc = new FakeLibc((request, arg) => {
      if (request === KVM_GET_API_VERSION) return 12;
      return request === KVM_CHECK_EXTENSION && arg === KVM_CAP_IMMEDIATE_EXIT ? 0 : 1;
    });
    expect(reasonOf(() => KvmSystem.open(libc))).toMatch(/lacks KVM_CAP_IMMEDIATE_EXIT/);
    expect(libc.openFiles).toBe(0);
  });

  test("passes other failures on", () => {
    const libc = new FakeLibc(() => -constants.errno.EIO);
    expect(() => KvmSystem.open(libc)).toThrow("ioctl: EIO");
    expect(libc.openFiles).toBe(0);
  });

  test("says so when there is no such device, and when a file is none", () => {
    const libc = loadKoffiLibc();
    expect(reasonOf(() => KvmSystem.open(libc, "/dev/no-such-device"))).toMatch(/does not exist/);
    expect(reasonOf(() => KvmSystem.open(libc, "/dev/null"))).toMatch(/^\/dev\/null is not KVM/);
  });

  test("opens the device that OSCORTEX_KVM names", () => {
    vi.stubEnv("OSCORTEX_KVM", "/dev/no-such-device");
    expect(reasonOf(() => KvmSystem.open(loadKoffiLibc()))).toMatch(/^\/dev\/no-such-device does not exist/);
    vi.unstubAllEnvs();
  });
});
