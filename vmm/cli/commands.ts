// The commands of `oscortex`. Each is loaded when it is used: most need neither KVM nor the compiler.

import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { SOURCE_ROOT } from "../../pkg/source-root.ts";

/** Runs a command that calls itself `program` in messages; its exit status. */
export type RunCommand = (args: string[], program: string) => Promise<number>;

/** A command. */
export interface Command {
  /** What it does, in a few words. */
  summary: string;
  /** What follows its name. */
  usage: string;
  load(): Promise<RunCommand>;
}

/** By name, in the order of the help. `run` is what happens without a name. */
export const COMMANDS: ReadonlyMap<string, Command> = new Map<string, Command>([
  [
    "run",
    {
      summary: "boot the system: what happens without a command",
      usage: "[options] [-- ARGUMENT...]",
      load: async () => (await import("./commands/run.ts")).run,
    },
  ],
  [
    "new",
    {
      summary: "make the project of an app",
      usage: "FOLDER [--name NAME] [--template console|window]",
      load: async () => (await import("./commands/new.ts")).createProject,
    },
  ],
  [
    "dev",
    {
      summary: "run an app, and again whenever its sources change",
      usage: "FOLDER [--memory MIB] [--allow RULE] [-- ARGUMENT...]",
      load: async () => (await import("./commands/dev.ts")).dev,
    },
  ],
  [
    "pack",
    {
      summary: "compile a project into a bundle",
      usage: "FOLDER [-o FILE.osx]",
      load: async () => (await import("../../pkg/pack/command.ts")).pack,
    },
  ],
  [
    "inspect",
    {
      summary: "show what a bundle, or a repository, holds",
      usage: "FILE.osx|FOLDER|URL [--json]",
      load: async () => (await import("./commands/inspect.ts")).inspect,
    },
  ],
  [
    "publish",
    {
      summary: "put a bundle or a project into a repository",
      usage: "FILE.osx|FOLDER --to REPOSITORY",
      load: async () => (await import("./commands/publish.ts")).publish,
    },
  ],
  [
    "serve",
    {
      summary: "serve a repository over HTTP",
      usage: "FOLDER [--listen HOST:PORT]",
      load: async () => (await import("../../pkg/server/command.ts")).serve,
    },
  ],
  [
    "gdb",
    {
      summary: "start a machine and gdb on it",
      usage: "[--attach[=ADDRESS]] [--ex COMMAND] [--batch] [options of run]",
      load: async () => (await import("./commands/gdb.ts")).debug,
    },
  ],
  [
    "top",
    {
      summary: "watch a running machine",
      usage: "[--machine PID] [--once] [--json]",
      load: async () => (await import("./commands/top.ts")).top,
    },
  ],
  [
    "bench",
    {
      summary: "measure the system beside the host",
      usage: "[SUBJECT...] [--rounds N] [--json]",
      load: () => outside("bench/command.js", "bench"),
    },
  ],
  [
    "doctor",
    {
      summary: "check whether this host can run it, and say what to do",
      usage: "[--json]",
      load: async () => (await import("./commands/doctor.ts")).doctor,
    },
  ],
  [
    "completion",
    {
      summary: "print a completion script for bash or zsh",
      usage: "[bash|zsh]",
      load: async () => (await import("./commands/completion.ts")).completion,
    },
  ],
]);

/** A command of a folder that imports this one. */
async function outside(module: string, name: string): Promise<RunCommand> {
  const file = pathToFileURL(join(SOURCE_ROOT, "build/bundle", module)).href;
  // SAFETY: the module exports a function of this type under this name.
  const loaded = (await import(file)) as Record<string, RunCommand>;
  return loaded[name]!;
}
