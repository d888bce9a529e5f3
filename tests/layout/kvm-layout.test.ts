import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import * as ioctl from "../../vmm/kvm/ioctl.ts";
import * as layout from "../../vmm/kvm/layout.ts";
import { lacksProgram } from "../support/programs.ts";

const SOURCE = fileURLToPath(new URL("kvm-layout.c", import.meta.url));

test.skipIf(lacksProgram("gcc"))("every number of the KVM binding is <linux/kvm.h>'s", () => {
  const { KVM_REGS_NAMES, ...numbers } = layout;
  const ours: Record<string, number> = { ...numbers, ...ioctl };
  KVM_REGS_NAMES.forEach((name, i) => (ours[`kvm_regs.${name}`] = 8 * i));
  expect(headerNumbers()).toEqual(ours);
});

function headerNumbers(): Record<string, number> {
  const folder = mkdtempSync(join(tmpdir(), "kvm-layout-"));
  try {
    const program = join(folder, "kvm-layout");
    execFileSync("gcc", ["-Wall", "-Werror", "-o", program, SOURCE]);
    const lines = execFileSync(program, { encoding: "utf8" }).trim().split("\n");
    return Object.fromEntries(
      lines.map((line): [string, number] => {
        const [name = "", value] = line.split(" ");
        return [name, Number(value)];
      }),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}
