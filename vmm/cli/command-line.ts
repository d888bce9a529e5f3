// What commands with few options share.

import { parseArgs, type ParseArgsConfig } from "node:util";
import { UsageError, usageErrorOf } from "./usage-error.ts";

/** Parses arguments, and adds `--help`. @throws UsageError */
export function parseCommandLine<O extends NonNullable<ParseArgsConfig["options"]>>(
  args: string[],
  options: O,
) {
  try {
    const help = { type: "boolean", short: "h", default: false } as const;
    return parseArgs({ args, allowPositionals: true, options: { ...options, help } });
  } catch (cause) {
    throw usageErrorOf(cause);
  }
}

/** Prints text to stdout; the exit status of a success. */
export function print(text: string): number {
  process.stdout.write(text);
  return 0;
}

/** Prints a value as JSON. */
export function printJson(value: unknown): number {
  return print(`${JSON.stringify(value, undefined, 2)}\n`);
}

/** The only positional argument. @throws UsageError */
export function onePositional(positionals: readonly string[], what: string): string {
  const [first] = positionals;
  if (first === undefined || positionals.length > 1)
    throw new UsageError(`expected one ${what}, got ${positionals.length}`);
  return first;
}
