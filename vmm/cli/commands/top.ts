// `oscortex top`: what a running machine is doing.

import { setTimeout as delay } from "node:timers/promises";
import { ControlClient, type ControlProcess, runningMachines } from "../../control/client.ts";
import { formatMetrics, type MachineMetrics, type MachineRates, ratesBetween } from "../../metrics.ts";
import { parseCommandLine, print, printJson } from "../command-line.ts";
import { UsageError } from "../usage-error.ts";

const USAGE = `Usage: oscortex top [options]

Watches a running machine: exits, processor and memory, and its processes, anew each second until Ctrl-C.

Options:
  --machine PID  its VMM's process, where several run
  --once         print it once, over one second, and end
  --json         the same as JSON
  -h, --help     show this

Exit status: 0 watched, 1 no machine runs, or it ended; 2 wrong usage.
`;

const INTERVAL_MS = 1000;
const EXIT_GONE = 1;
const CLEAR = "\x1b[H\x1b[2J";

/** Runs the command. @throws UsageError */
export async function top(args: string[]): Promise<number> {
  const { values } = parseCommandLine(args, {
    machine: { type: "string" },
    once: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
  });
  if (values.help) return print(USAGE);
  const pid = choose(values.machine);
  if (pid === undefined) {
    process.stderr.write("oscortex top: no machine runs: start one with oscortex run\n");
    return EXIT_GONE;
  }
  const client = new ControlClient(pid);
  try {
    return await watch(client, pid, values.once || values.json, values.json);
  } finally {
    await client.close();
  }
}

function choose(text: string | undefined): number | undefined {
  const running = runningMachines();
  if (text === undefined && running.length > 1)
    throw new UsageError(`several machines run: --machine ${running.join(" or ")}`);
  if (text === undefined) return running[0];
  const pid = Number(text);
  if (!running.includes(pid)) throw new UsageError(`--machine: none runs as ${JSON.stringify(text)}`);
  return pid;
}

async function watch(client: ControlClient, pid: number, once: boolean, json: boolean): Promise<number> {
  try {
    let before = await client.metrics();
    for (;;) {
      await delay(INTERVAL_MS);
      const metrics = await client.metrics();
      const processes = await client.processes();
      const rates = ratesBetween(before, metrics);
      if (json)
        return printJson({
          machine: pid,
          rates,
          memoryKib: metrics.memoryKib,
          freeKib: metrics.freeKib,
          processes,
        });
      print(`${once ? "" : CLEAR}${format(pid, metrics, rates, processes)}`);
      if (once) return 0;
      before = metrics;
    }
  } catch (error) {
    process.stderr.write(`oscortex top: machine ${pid} has ended: ${String(error)}\n`);
    return EXIT_GONE;
  }
}

function format(
  pid: number,
  metrics: MachineMetrics,
  rates: MachineRates,
  processes: ControlProcess[],
): string {
  const rows = processes.map(
    (process) =>
      `${String(process.pid).padStart(5)} ${String(process.parent).padStart(6)} ${process.state.padEnd(7)}` +
      `${String(process.memoryKib).padStart(10)}  ${process.name}\n`,
  );
  return `machine ${pid}: ${formatMetrics(metrics, rates)}\n\n  PID PARENT STATE        KIB  NAME\n${rows.join("")}`;
}
