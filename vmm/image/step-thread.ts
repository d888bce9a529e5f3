// Runs a build step in a thread of its own: the compilers are synchronous.

import { Worker } from "node:worker_threads";
import { compiledWorker } from "../worker-file.ts";
import type { StepContents } from "./build-steps.ts";
import type { Variant } from "./guest-steps.ts";

/** Names a step of `guestSteps(root, variant)`. */
export interface StepOrder {
  root: string;
  variant: Variant;
  name: string;
}

/** What the thread sends, once: the outputs' contents, or why there are none. */
export type StepResult = { contents: StepContents } | { reason: string };

/** Makes a step's outputs. Rejects with the reason if they cannot be made. */
export function makeInThread(order: StepOrder): Promise<StepContents> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(compiledWorker("vmm/image/step-worker.ts"), {
      workerData: order,
      execArgv: [],
    });
    worker.on("message", (result: StepResult) => {
      if ("contents" in result) resolve(result.contents);
      else reject(new Error(result.reason));
    });
    worker.on("error", reject);
    worker.on("exit", () => reject(new Error("the thread that builds has ended early"))); // nothing, once it has answered
  });
}
