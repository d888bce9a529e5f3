import { describe, expect, test } from "vitest";
import { HostNetError } from "./errors.ts";
import { Policy } from "./policy.ts";
import { parseIpv4 } from "./wire/address.ts";

function resolve(policy: Policy, address: string, port: number): string | undefined {
  return policy.resolve(parseIpv4(address)!, port);
}

describe("a list", () => {
  const policy = new Policy(["gateway:8080", "93.184.216.34:443", "198.51.100.0/24:*", "169.254.169.254:80"]);

  test.each([
    ["10.0.2.2", 8080, "127.0.0.1"],
    ["93.184.216.34", 443, "93.184.216.34"],
    ["198.51.100.7", 25, "198.51.100.7"],
    ["169.254.169.254", 80, "169.254.169.254"],
  ])("opens %s:%i", (address, port, host) => {
    expect(resolve(policy, address, port)).toBe(host);
  });

  test.each([
    ["10.0.2.2", 8081],
    ["93.184.216.34", 80],
    ["93.184.216.35", 443],
    ["198.51.101.7", 25],
    ["127.0.0.1", 8080],
  ])("and nothing else: %s:%i", (address, port) => {
    expect(resolve(policy, address, port)).toBeUndefined();
  });
});

test("an empty list opens nothing", () => {
  expect(resolve(new Policy([]), "10.0.2.2", 80)).toBeUndefined();
});

test("no rule opens loopback, the guest's own network or groups by their address", () => {
  const everything = new Policy(["0.0.0.0/0:*"]);
  const addresses = ["127.0.0.1", "0.0.0.0", "10.0.2.3", "10.0.2.255", "224.0.0.1", "255.255.255.255"];
  expect(addresses.map((address) => resolve(everything, address, 80))).toEqual(
    addresses.map(() => undefined),
  );
});

test('"all" opens the gateway and the world, but not the metadata services of clouds', () => {
  const all = new Policy("all");
  expect(["10.0.2.2", "8.8.8.8", "169.254.169.254", "127.0.0.1"].map((ip) => resolve(all, ip, 80))).toEqual([
    "127.0.0.1",
    "8.8.8.8",
    undefined,
    undefined,
  ]);
});

test.each([
  "",
  "gateway",
  "gateway:0",
  "gateway:65536",
  "host.example:80",
  "1.2.3:80",
  "1.2.3.4/33:80",
  "1.2.3.4:80x",
])('the rule "%s" is refused', (rule) => {
  expect(() => new Policy([rule])).toThrow(HostNetError);
});
