// The commands that a benchmark runs beside itself: the guest, the package server.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { SOURCE_ROOT } from "../pkg/source-root.ts";

/** What a command printed until it ended. */
export interface Output {
  stdout: string;
  stderr: string;
}

/** Runs the VMM's command line to its end. Throws with its log if its exit status is not 0. */
export function runGuest(...args: string[]): Promise<Output> {
  return outputOf("the guest", start("vmm/cli/main.js", args));
}

/** Runs a module of this project in a Node of its own, with `flags`. Throws as `runGuest` does. */
export function runNode(flags: string[], module: string, ...args: string[]): Promise<Output> {
  return outputOf(module, start(module, args, flags));
}

/** Runs a program to its end. Throws as `runGuest` does. */
export function runProgram(program: string, ...args: string[]): Promise<Output> {
  return outputOf(program, spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] }));
}

async function outputOf(name: string, child: ChildProcess): Promise<Output> {
  const output: Output = { stdout: "", stderr: "" };
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (output.stdout += text));
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (output.stderr += text));
  await once(child, "close");
  if (child.exitCode !== 0) throw new Error(`${name} ended with status ${child.exitCode}:\n${output.stderr}`);
  return output;
}

/** A package server in a process of its own. */
export interface Server {
  origin: string;
  stop(): Promise<void>;
}

/** Serves a folder of bundles on a free port of the loopback interface. */
export async function startServer(folder: string): Promise<Server> {
  const child = start("pkg/server/main.js", [folder, "--port", "0"]);
  child.stderr?.pipe(process.stderr);
  const ended = once(child, "close");
  let said = "";
  for await (const text of child.stdout ?? []) {
    said += String(text);
    const match = /at (http:\/\/\S+)\n/.exec(said);
    if (match?.[1] === undefined) continue;
    const stop = async (): Promise<void> => {
      child.kill();
      await ended;
    };
    return { origin: match[1], stop };
  }
  throw new Error("the package server did not start");
}

function start(module: string, args: string[], flags: string[] = []): ChildProcess {
  const bootstrap = join(SOURCE_ROOT, "vmm/cli/bootstrap.js");
  return spawn(process.execPath, [...flags, bootstrap, module, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  });
}
