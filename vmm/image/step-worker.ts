// The thread that runs one build step; see step-thread.ts.

import { parentPort, workerData } from "node:worker_threads";
import { guestSteps } from "./guest-steps.ts";
import type { StepOrder, StepResult } from "./step-thread.ts";

const { root, variant, name } = workerData as StepOrder;
parentPort?.postMessage(await run(), []);

async function run(): Promise<StepResult> {
  try {
    const step = guestSteps(root, variant).find((one) => one.name === name)!;
    return { contents: await step.build() };
  } catch (error) {
    return { reason: error instanceof Error ? error.message : String(error) };
  }
}
