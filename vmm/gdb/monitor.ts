// What `monitor COMMAND` of gdb does.

import { CATALOG_NAME_SIZE, PKG_CACHE_SLOTS } from "../../guest-kernel/abi/catalog.ts";
import { EVENT_EXITS, EVENT_PACKAGES_GPA } from "../../guest-kernel/abi/event-page.ts";
import { EVENT_PAGE_GPA } from "../../guest-kernel/abi/memory-map.ts";
import * as p from "../../guest-kernel/abi/package-cache.ts";
import { readKernelLog } from "../kernel-log.ts";
import type { CallTrace } from "./call-trace.ts";
import { memoryKib, type PackageCode, readProcesses, runningProcess } from "./processes.ts";

const LOG_LINES = 40;

/** What commands look at. */
export interface Monitored {
  ram: DataView;
  trace: CallTrace;
}

type Command = (monitored: Monitored, argument: string) => string[];

const COMMANDS: ReadonlyMap<string, readonly [help: string, run: Command]> = new Map([
  ["ps", ["the processes, and where their code is", ({ ram }) => listProcesses(ram)]],
  ["mem", ["memory of the guest and of each process", ({ ram }) => listMemory(ram)]],
  ["pkg", ["the installed packages", ({ ram }) => listPackages(ram)]],
  ["log", ["the kernel's last lines", ({ ram }) => readKernelLog(ram, LOG_LINES)]],
  ["exits", ["exits to the VMM so far", ({ ram }) => countExits(ram)]],
  ["trace", ["on, off: trace system calls; without argument: show the last", traceCalls]],
  ["help", ["this", () => help()]],
]);

/** Runs a command; the text for the user. */
export function runMonitor(command: string, monitored: Monitored): string {
  const [name = "", ...rest] = command.trim().split(/\s+/);
  const entry = COMMANDS.get(name === "" ? "help" : name);
  const lines =
    entry === undefined
      ? [`unknown command ${command}; try monitor help`]
      : entry[1](monitored, rest.join(" "));
  return lines.map((line) => `${line}\n`).join("");
}

function help(): string[] {
  return [...COMMANDS].map(([name, [text]]) => `${name.padEnd(6)} ${text}`);
}

function traceCalls({ trace }: Monitored, argument: string): string[] {
  if (argument === "on") return [`tracing ${trace.start()} system calls`];
  if (argument === "off") return trace.stop() ? ["not tracing any more"] : ["was not tracing"];
  if (argument !== "") return ["trace on, trace off, or trace"];
  return trace.lines.length === 0 ? ["no system calls traced"] : [...trace.lines];
}

/** The slots that are in use. */
function listPackages(ram: DataView): string[] {
  const slots = ram.getUint32(EVENT_PAGE_GPA + EVENT_PACKAGES_GPA, true);
  if (slots === 0 || slots + PKG_CACHE_SLOTS * p.PACKAGE_SIZE > ram.byteLength)
    return ["no package cache yet"];
  const lines: string[] = [];
  for (let slot = slots; slot < slots + PKG_CACHE_SLOTS * p.PACKAGE_SIZE; slot += p.PACKAGE_SIZE) {
    const id = ram.getUint32(slot + p.PACKAGE_APP_ID, true);
    if (id === 0) continue;
    const length = Math.min(ram.getUint32(slot + p.PACKAGE_NAME_LENGTH, true), CATALOG_NAME_SIZE);
    const name = Buffer.from(ram.buffer, ram.byteOffset + slot + p.PACKAGE_NAME, length).toString();
    const pinned = ram.getUint8(slot + p.PACKAGE_PINNED) !== 0 ? " pinned" : "";
    lines.push(
      `${String(id).padStart(6)} ${name} users=${ram.getUint32(slot + p.PACKAGE_USERS, true)}${pinned}`,
    );
  }
  return [`slots=${lines.length}/${PKG_CACHE_SLOTS}`, ...lines];
}

function listProcesses(ram: DataView): string[] {
  const processes = readProcesses(ram);
  const running = runningProcess(ram, processes);
  return processes.map(({ pid, parent, state, name, codeAddress, library }) => {
    const mark = pid === running?.pid ? "*" : " ";
    const code = [{ name, address: codeAddress }, ...(library ? [library] : [])].map(showCode).join(", ");
    return `${mark}${String(pid).padStart(4)} ${String(parent).padStart(5)} ${state.padEnd(6)} ${code}`;
  });
}

function showCode({ name, address }: PackageCode): string {
  return `0x${address.toString(16)} ${name}`;
}

function listMemory(ram: DataView): string[] {
  const processes = readProcesses(ram).filter(({ context }) => context !== 0);
  return [
    `RAM ${ram.byteLength / 1024} KiB`,
    ...processes.map(
      (process) => `${String(process.pid).padStart(5)} ${memoryKib(ram, process)} KiB ${process.name}`,
    ),
  ];
}

function countExits(ram: DataView): string[] {
  return [String(ram.getUint32(EVENT_PAGE_GPA + EVENT_EXITS, true))];
}
