// Runs cases in a process of its own, which may crash or hang without taking the run with it: main.ts watches it.

import { type CaseReport, CaseRunner, type Failure } from "./case.ts";
import { reduceBytes, reduceModule } from "./reduce.ts";

/** What main.ts asks for: the case of a seed, with so many mutants. */
export interface CaseRequest {
  seed: number;
  mutants: number;
}

/** What it gets. `minimised` is one module for each failure. */
export interface CaseReply {
  report: CaseReport;
  minimised: Uint8Array[];
  compilerBytes: number;
}

const runner = await CaseRunner.create();
process.on("message", (request: CaseRequest) => void reply(request));
process.on("disconnect", () => runner.close());
process.send?.("ready");

async function reply({ seed, mutants }: CaseRequest): Promise<void> {
  const report = await runner.run(seed, mutants);
  const minimised = report.failures.map(minimise);
  process.send?.({ report, minimised, compilerBytes: runner.compilerBytes } satisfies CaseReply);
}

function minimise({ kind, seed, bytes }: Failure): Uint8Array {
  if (kind === "difference")
    return reduceModule(bytes, (some) => runner.difference(some, seed) !== undefined);
  const what = kindOf(runner.wrongVerdict(bytes));
  return reduceBytes(bytes, (some) => kindOf(runner.wrongVerdict(some)) === what);
}

/** A message without its numbers: what stays while a module shrinks. */
function kindOf(message: string | undefined): string | undefined {
  return message?.replace(/\d+/g, "#");
}
