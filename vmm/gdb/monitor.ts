// What `monitor COMMAND` of gdb does.

import { EVENT_EXITS } from "../../guest-kernel/abi/event-page.ts";
import { EVENT_PAGE_GPA } from "../../guest-kernel/abi/memory-map.ts";
import { CTX_MEMORY_PAGES } from "../../guest-kernel/abi/instance.ts";
import { readKernelLog } from "../kernel-log.ts";
import { readProcesses, runningProcess } from "./processes.ts";

const LOG_LINES = 40;
const KIB_PER_PAGE = 64;

type Command = (ram: DataView) => string[];

const COMMANDS: ReadonlyMap<string, readonly [help: string, run: Command]> = new Map([
  ["ps", ["the processes", listProcesses]],
  ["mem", ["memory of the guest and of each process", listMemory]],
  ["log", ["the kernel's last lines", (ram) => readKernelLog(ram, LOG_LINES)]],
  ["exits", ["exits to the VMM so far", countExits]],
  ["help", ["this", help]],
]);

/** Runs a command; the text for the user. */
export function runMonitor(command: string, ram: DataView): string {
  const entry = COMMANDS.get(command.trim() || "help");
  const lines = entry === undefined ? [`unknown command ${command}; try monitor help`] : entry[1](ram);
  return lines.map((line) => `${line}\n`).join("");
}

function help(): string[] {
  return [...COMMANDS].map(([name, [text]]) => `${name.padEnd(6)} ${text}`);
}

function listProcesses(ram: DataView): string[] {
  const processes = readProcesses(ram);
  const running = runningProcess(ram, processes);
  return processes.map(({ pid, parent, state, name, codeAddress }) => {
    const mark = pid === running?.pid ? "*" : " ";
    return `${mark}${String(pid).padStart(4)} ${String(parent).padStart(5)} ${state.padEnd(6)} 0x${codeAddress.toString(16)} ${name}`;
  });
}

function listMemory(ram: DataView): string[] {
  const processes = readProcesses(ram).filter(({ context }) => context !== 0);
  return [
    `RAM ${ram.byteLength / 1024} KiB`,
    ...processes.map(({ pid, name, context }) => {
      const pages = ram.getUint32(context + CTX_MEMORY_PAGES, true);
      return `${String(pid).padStart(5)} ${pages * KIB_PER_PAGE} KiB ${name}`;
    }),
  ];
}

function countExits(ram: DataView): string[] {
  return [String(ram.getUint32(EVENT_PAGE_GPA + EVENT_EXITS, true))];
}
