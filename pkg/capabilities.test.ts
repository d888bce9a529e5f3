import { expect, test } from "vitest";
import * as capabilities from "../guest-kernel/abi/capabilities.ts";
import { CAPABILITY_BITS, capabilityNames } from "./capabilities.ts";

test("every capability has its name", () => {
  const constants = Object.entries(capabilities).filter(([name]) => name !== "CAP_ALL");
  expect(new Map(constants.map(([name, bit]) => [name.slice("CAP_".length).toLowerCase(), bit]))).toEqual(
    CAPABILITY_BITS,
  );
  expect(capabilityNames(capabilities.CAP_ALL)).toHaveLength(constants.length);
});
