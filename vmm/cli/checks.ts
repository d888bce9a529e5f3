// What `oscortex doctor` looks at.

import { existsSync, readFileSync } from "node:fs";
import { availableParallelism, freemem, release } from "node:os";
import { join } from "node:path";
import { SOURCE_ROOT } from "../../pkg/source-root.ts";
import { loadLibc } from "../kvm/load-libc.ts";
import { KvmSystem, KvmUnavailable } from "../kvm/system.ts";

const MIB = 1024 * 1024;
const NEEDED_NODE: readonly [major: number, minor: number] = [20, 19];
const NEEDED_MIB = 512;
const NEEDED_ADDRESS_SPACE_MIB = 64 * 1024; // V8 reserves tens of GiB
const NEEDED_FILES = 1024;
const MODULES: ReadonlyMap<string, string> = new Map([
  ["kvm_intel", "hardware KVM (Intel VMX)"],
  ["kvm_amd", "hardware KVM (AMD SVM)"],
  ["kvm_pvm", "PVM: KVM inside a virtual machine, an exit costs 30-60 us"],
]);

/** What a check found: `poor` works, but could be better. */
export interface Finding {
  verdict: "good" | "poor" | "bad";
  found: string;
  /** What to do, where there is something to do. */
  advice?: string;
}

/** One thing to look at. What `look` throws is a bad finding. */
export interface Check {
  name: string;
  look: () => Finding;
}

/** In the order of their print. */
export const CHECKS: readonly Check[] = [
  { name: "Node.js", look: lookAtNode },
  { name: "host", look: lookAtHost },
  { name: "dependencies", look: lookAtDependencies },
  { name: "FFI library", look: lookAtFfi },
  { name: "/dev/kvm", look: lookAtKvm },
  { name: "back end", look: lookAtBackEnd },
  { name: "processors", look: lookAtProcessors },
  { name: "memory", look: lookAtMemory },
  { name: "huge pages", look: lookAtHugePages },
  { name: "limits", look: lookAtLimits },
];

function lookAtNode(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const [neededMajor, neededMinor] = NEEDED_NODE;
  if (major > neededMajor || (major === neededMajor && minor >= neededMinor))
    return { verdict: "good", found: process.version };
  return {
    verdict: "bad",
    found: process.version,
    advice: `install Node.js ${neededMajor}.${neededMinor} or newer`,
  };
}

function lookAtHost(): Finding {
  const found = `${process.platform} ${process.arch}, kernel ${release()}`;
  if (process.platform === "linux" && process.arch === "x64") return { verdict: "good", found };
  return { verdict: "bad", found, advice: "use Linux on x86-64" };
}

function lookAtDependencies(): Finding {
  const missing = ["typescript", "assemblyscript", "koffi"].filter(
    (name) => !existsSync(join(SOURCE_ROOT, "node_modules", name, "package.json")),
  );
  if (missing.length === 0) return { verdict: "good", found: "installed" };
  return { verdict: "bad", found: `missing: ${missing.join(", ")}`, advice: "run npm ci" };
}

function lookAtFfi(): Finding {
  loadLibc();
  return { verdict: "good", found: process.env["OSCORTEX_FFI"] ?? "koffi" };
}

function lookAtKvm(): Finding {
  try {
    KvmSystem.open(loadLibc()).close();
    return { verdict: "good", found: "can be opened and has what is needed" };
  } catch (error) {
    if (!(error instanceof KvmUnavailable)) throw error;
    const [found = "", ...advice] = error.message.split(": ");
    return { verdict: "bad", found, ...(advice.length > 0 && { advice: advice.join(": ") }) };
  }
}

function lookAtBackEnd(): Finding {
  const module = [...MODULES.keys()].find((name) => existsSync(`/sys/module/${name}`));
  if (module === undefined)
    return { verdict: "poor", found: "unknown: none of kvm_intel, kvm_amd, kvm_pvm is a module here" };
  return { verdict: "good", found: `${module}: ${MODULES.get(module)}` };
}

function lookAtProcessors(): Finding {
  const count = availableParallelism();
  if (count >= 2) return { verdict: "good", found: String(count) };
  return {
    verdict: "poor",
    found: String(count),
    advice: "give it two: the guest and its devices take turns on one",
  };
}

function lookAtMemory(): Finding {
  const available = availableMib();
  const found = `${available} MiB available`;
  if (available >= NEEDED_MIB) return { verdict: "good", found };
  return { verdict: "poor", found, advice: "use --memory 64, or free some" };
}

/** MemAvailable of proc_meminfo(5), which counts what the page cache would give back. */
function availableMib(): number {
  const match = /^MemAvailable: +(\d+) kB$/m.exec(readFileSync("/proc/meminfo", "utf8"));
  return Math.floor(match === null ? freemem() / MIB : Number(match[1]) / 1024);
}

function lookAtHugePages(): Finding {
  const mode = /\[(\w+)\]/.exec(readFileSync("/sys/kernel/mm/transparent_hugepage/enabled", "utf8"))?.[1];
  const found = `transparent huge pages: ${mode ?? "unknown"}`;
  if (mode === "always" || mode === "madvise") return { verdict: "good", found };
  return {
    verdict: "poor",
    found,
    advice:
      "echo madvise > /sys/kernel/mm/transparent_hugepage/enabled: the guest's first touch of memory gets cheaper",
  };
}

/** What proc_pid_limits(5) allows this process: address space for the guest's RAM, and files for its connections. */
function lookAtLimits(): Finding {
  const limits = readFileSync("/proc/self/limits", "utf8");
  const softLimit = (name: string): number => {
    const value = new RegExp(`^${name} +(\\S+)`, "m").exec(limits)?.[1];
    return value === undefined || value === "unlimited" ? Infinity : Number(value);
  };
  const space = softLimit("Max address space");
  const files = softLimit("Max open files");
  const found = `address space ${space === Infinity ? "unlimited" : `${Math.floor(space / MIB)} MiB`}, open files ${files}`;
  if (space < NEEDED_ADDRESS_SPACE_MIB * MIB)
    return { verdict: "bad", found, advice: "ulimit -v unlimited: Node and the guest's RAM take much of it" };
  if (files < NEEDED_FILES)
    return {
      verdict: "poor",
      found,
      advice: `ulimit -n ${NEEDED_FILES}: each connection of the guest takes one`,
    };
  return { verdict: "good", found };
}
