import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["{guest-kernel,devices,host-net,pkg,vmm,shell-host,bench,tests}/**/*.test.ts"],
    exclude: ["tests/fixtures/**"],
    globalSetup: ["tests/support/global-setup.ts"],
    maxWorkers: 2,
  },
});
