// `oscortex doctor`: whether this host can run a machine, and what to do where it cannot.

import { type Check, CHECKS, type Finding } from "../checks.ts";
import { parseCommandLine, print, printJson } from "../command-line.ts";

const USAGE = `Usage: oscortex doctor [options]

Checks whether this host can run a machine, how well, and says what to do where it cannot.

Options:
  --json      print JSON
  -h, --help  show this

Exit status: 0 a machine can run here, 1 it cannot, 2 wrong usage.
`;

const SIGNS = { good: "ok  ", poor: "note", bad: "FAIL" } as const;
const COLOURS = { good: "\x1b[32m", poor: "\x1b[33m", bad: "\x1b[31m" } as const;
const RESET = "\x1b[0m";

/** Runs the command. */
export function doctor(args: string[]): Promise<number> {
  return Promise.resolve(diagnose(args));
}

function diagnose(args: string[]): number {
  const { values } = parseCommandLine(args, { json: { type: "boolean", default: false } });
  if (values.help) return print(USAGE);
  const findings: (Finding & { check: string })[] = [];
  for (const { name, look } of CHECKS) findings.push({ check: name, ...lookAt(look) });
  if (values.json) printJson(findings);
  else for (const finding of findings) print(format(finding));
  return findings.some(({ verdict }) => verdict === "bad") ? 1 : 0;
}

function lookAt(look: Check["look"]): Finding {
  try {
    return look();
  } catch (error) {
    return { verdict: "bad", found: error instanceof Error ? error.message : String(error) };
  }
}

function format({ check, verdict, found, advice }: Finding & { check: string }): string {
  const sign = process.stdout.isTTY ? `${COLOURS[verdict]}${SIGNS[verdict]}${RESET}` : SIGNS[verdict];
  return `${sign}  ${check.padEnd(14)} ${found}\n${advice === undefined ? "" : `      ${" ".repeat(14)} ${advice}\n`}`;
}
