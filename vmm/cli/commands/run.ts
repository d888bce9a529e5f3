// `oscortex run`, and what `npm start` does: boots the system on this terminal.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { SOURCE_ROOT } from "../../../pkg/source-root.ts";
import { buildGuest, printProgress } from "../../image/build-guest.ts";
import { loadLibc } from "../../kvm/load-libc.ts";
import { KvmSystem } from "../../kvm/system.ts";
import { COMMANDS } from "../commands.ts";
import { Log, type LogLevel } from "../log.ts";
import { HELP, type Options, parseOptions } from "../options.ts";
import { runSystem } from "../run.ts";
import { runSettings } from "../settings.ts";

/** Boots, and returns the exit status of what ran. */
export async function run(args: string[]): Promise<number> {
  const options = parseOptions([...runSettings(process.cwd()), ...args]);
  if (options.command === "help") return print(help());
  if (options.command === "version") return print(`oscortex ${version()}\n`);
  const log = new Log(process.stderr, levelOf(options), process.stderr.isTTY);
  KvmSystem.open(loadLibc()).close(); // before anything is built for it
  const progress = options.quiet ? undefined : printProgress(process.stderr);
  const artifacts = await buildGuest(progress, { debug: options.debug });
  return await runSystem(options, artifacts, log);
}

function help(): string {
  const width = Math.max(...[...COMMANDS.keys()].map((name) => name.length));
  const lines = [...COMMANDS].map(([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}\n`);
  return `${HELP}
Commands, each with a --help of its own (npx oscortex COMMAND):
${lines.join("")}`;
}

function levelOf({ quiet, verbose }: Options): LogLevel {
  if (quiet) return "quiet";
  return verbose ? "verbose" : "normal";
}

function print(text: string): number {
  process.stdout.write(text);
  return 0;
}

function version(): string {
  const parsed: unknown = JSON.parse(readFileSync(join(SOURCE_ROOT, "package.json"), "utf8"));
  return typeof parsed === "object" && parsed !== null && "version" in parsed ? String(parsed.version) : "?";
}
