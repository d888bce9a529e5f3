import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { GuestNetwork } from "../tests/support/guest-network.ts";
import { hexOf } from "../tests/support/frame.ts";
import { lacksProgram } from "../tests/support/programs.ts";
import { GATEWAY_IP } from "./network.ts";
import { PcapFile } from "./pcap.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pcap-"));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

test("a capture is a file header and a record for each frame", () => {
  const path = join(folder, "two.pcap");
  const times = [1_700_000_000_123.456, 1_700_000_001_000];
  const file = new PcapFile(path, () => times.shift()!);
  file.capture(new Uint8Array([1, 2, 3]));
  file.capture(new Uint8Array([4]));
  file.close();
  expect(hexOf(readFileSync(path))).toBe(
    [
      "d4c3b2a1 0200 0400 00000000 00000000 feff0000 01000000",
      "00f15365 40e20100 03000000 03000000 010203",
      "01f15365 00000000 01000000 01000000 04",
    ]
      .join("")
      .replaceAll(" ", ""),
  );
});

test.skipIf(lacksProgram("tshark"))("tshark finds no fault in a captured connection", async () => {
  const path = join(folder, "connection.pcap");
  const capture = new PcapFile(path);
  const network = new GuestNetwork(1, { capture });
  const port = await network.serve((socket) => socket.end("hello").resume());
  const guest = network.guest.connect(GATEWAY_IP, port);
  guest.write(new Uint8Array(3000));
  guest.end();
  await network.until(() => guest.ended && network.bridge.connectionCount === 0, "closed");
  await network.close();
  capture.close();

  const bad = "tcp.checksum.status == 0 || ip.checksum.status == 0 || _ws.malformed || tcp.analysis.flags";
  const checks = ["-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE"];
  expect(execFileSync("tshark", [...checks, "-r", path, "-Y", bad], { encoding: "utf8" })).toBe("");
  const all = execFileSync("tshark", ["-r", path], { encoding: "utf8" });
  expect(all.split("\n").length).toBeGreaterThan(8);
});
