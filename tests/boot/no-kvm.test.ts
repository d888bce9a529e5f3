// Without KVM: a sentence that says what to do, and status 2.

import { chmodSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { BOOT_TIMEOUT_MS, COMMAND, runOscortex, startCommand } from "../support/oscortex-command.ts";

// What lets root open what it has no permission for.
const OVERRIDES = "-dac_override,-dac_read_search";

test("no device: how to get one", { timeout: BOOT_TIMEOUT_MS }, async () => {
  const { status, stdout, stderr } = await runOscortex([], { OSCORTEX_KVM: "/dev/no-such-device" });
  expect([status, stdout]).toEqual([2, ""]);
  expect(stderr).toBe(
    "oscortex: /dev/no-such-device does not exist: enable virtualization in the firmware and load the kvm_intel, " +
      "kvm_amd or kvm_pvm module\n",
  );
});

test("no permission: how to get it", { timeout: BOOT_TIMEOUT_MS }, async () => {
  const device = join(mkdtempSync(join(tmpdir(), "oscortex-")), "kvm");
  writeFileSync(device, "");
  chmodSync(device, 0);
  const asUser = process.getuid?.() === 0 ? ["setpriv", "--bounding-set", OVERRIDES] : [];
  const command = startCommand([...asUser, ...COMMAND], { OSCORTEX_KVM: device });
  command.endInput();
  const { status, stdout, stderr } = await command.ended;
  expect([status, stdout]).toEqual([2, ""]);
  expect(stderr).toBe(
    `oscortex: no permission to open ${device}: add yourself to its group (sudo usermod -aG kvm $USER) and log in again\n`,
  );
});

test("another file: what is wrong", { timeout: BOOT_TIMEOUT_MS }, async () => {
  const { status, stdout, stderr } = await runOscortex([], { OSCORTEX_KVM: "/dev/null" });
  expect([status, stdout]).toEqual([2, ""]);
  expect(stderr).toBe("oscortex: /dev/null is not KVM: check what OSCORTEX_KVM names\n");
});
