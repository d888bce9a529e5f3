import { expect, test } from "vitest";
import { formatIpv4, isGroupMac, parseIpv4, prefixMask } from "./address.ts";

test.each([
  ["0.0.0.0", 0],
  ["10.0.2.15", 0x0a00_020f],
  ["255.255.255.255", 0xffff_ffff],
])("%s is read and written", (text, address) => {
  expect([parseIpv4(text), formatIpv4(address)]).toEqual([address, text]);
});

test.each(["", "1.2.3", "1.2.3.4.5", "256.0.0.1", "01.2.3.4", "1.2.3.4 ", "1..3.4", "-1.2.3.4", "0x1.2.3.4"])(
  'refuses "%s"',
  (text) => {
    expect(parseIpv4(text)).toBeUndefined();
  },
);

test("makes masks of 0, 24 and 32 bits", () => {
  expect([0, 24, 32].map(prefixMask)).toEqual([0, 0xffff_ff00, 0xffff_ffff]);
});

test("tells groups from stations", () => {
  expect([0xffff_ffff_ffff, 0x0100_5e00_0001, 0x5254_0012_3456].map(isGroupMac)).toEqual([true, true, false]);
});
