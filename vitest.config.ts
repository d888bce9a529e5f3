import { defineConfig } from "vitest/config";
import { TIME_FACTOR } from "./tests/support/time-factor.ts";

export default defineConfig({
  test: {
    include: ["{guest-kernel,devices,host-net,pkg,vmm,shell-host,bench,tests}/**/*.test.ts"],
    exclude: ["tests/fixtures/**"],
    globalSetup: ["tests/support/global-setup.ts"],
    maxWorkers: 2,
    testTimeout: 5000 * TIME_FACTOR,
    hookTimeout: 10_000 * TIME_FACTOR,
  },
});
