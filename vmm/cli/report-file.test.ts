import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { emptyRegisters } from "../kvm/vcpu.ts";
import { ReportFile } from "./report-file.ts";

test("reports follow those that the file holds", () => {
  const folder = mkdtempSync(join(tmpdir(), "report-"));
  try {
    const path = join(folder, "crashes.txt");
    const ram = new DataView(new ArrayBuffer(0x100000));
    for (const reason of ["kernel panic: first", "process 3: second"]) {
      const file = new ReportFile(path, () => new Date(0));
      file.add({ reason, registers: emptyRegisters(), faultAddress: undefined, backtrace: [] }, ram);
      file.close();
    }
    const heads = readFileSync(path, "utf8").match(/^\S.*$/gm);
    expect(heads).toEqual([
      "1970-01-01T00:00:00.000Z kernel panic: first",
      "1970-01-01T00:00:00.000Z process 3: second",
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
