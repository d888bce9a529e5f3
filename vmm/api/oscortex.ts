// What `import … from "oscortex"` offers; oscortex.js beside it is its door.

export { App } from "./app.ts";
export {
  type CommandResult,
  Machine,
  MachineEnded,
  type MachineOptions,
  type ProcessInfo,
} from "./machine.ts";
export { KvmUnavailable } from "../kvm/system.ts";
export type { MachineMetrics } from "../metrics.ts";
