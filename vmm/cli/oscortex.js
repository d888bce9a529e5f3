#!/usr/bin/env node
// The command `oscortex`.

process.argv.splice(2, 0, "vmm/cli/main.js");
await import("./bootstrap.js");
