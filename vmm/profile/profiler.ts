// Samples a guest that runs: kicks the vCPU, whatever it runs, and looks at its stack. A guest that sleeps is left alone.

import { KERNEL_CODE_GIB } from "../../guest-kernel/abi/memory-map.ts";
import { codePlace } from "../app-place.ts";
import { type GuestProcess, readProcesses } from "../gdb/processes.ts";
import { AppFunctions, Functions } from "./functions.ts";
import { type Sample, SamplePort } from "./sample-port.ts";
import { StackTree } from "./stack-tree.ts";

const KERNEL_CODE = BigInt(KERNEL_CODE_GIB) << 30n;
const KERNEL_CODE_BYTES = 1n << 30n;

/** What the profiler needs of a machine. */
export interface ProfiledMachine {
  ram: DataView;
  /** Whether the guest sleeps. */
  readonly idle: boolean;
  /** Makes the guest exit. */
  kick(): void;
}

/** Samples one machine. */
export class Profiler {
  readonly port = new SamplePort();
  readonly stacks = new StackTree();
  readonly #kernel: Functions;
  readonly #apps: AppFunctions;
  #timer: NodeJS.Timeout | undefined;
  #machine: ProfiledMachine | undefined;

  /** `kernel` is the kernel's image, `folders` have NAME.elf of packages. */
  constructor(kernel: Uint8Array, folders: readonly string[]) {
    this.#kernel = new Functions(kernel);
    this.#apps = new AppFunctions(folders);
  }

  /** Samples from here on, `hertz` times a second. */
  start(machine: ProfiledMachine, hertz: number): void {
    this.#machine = machine;
    this.#timer = setInterval(() => this.#sample(machine), 1000 / hertz).unref();
  }

  /** Samples no more. */
  stop(): void {
    clearInterval(this.#timer);
    if (this.#machine !== undefined) this.#collect(this.#machine);
    this.#machine = undefined;
  }

  #sample(machine: ProfiledMachine): void {
    this.#collect(machine);
    if (machine.idle) return;
    this.port.ask();
    machine.kick();
  }

  #collect({ ram }: ProfiledMachine): void {
    let processes: GuestProcess[] | undefined;
    this.port.take((sample) => {
      processes ??= readProcesses(ram);
      this.stacks.add(this.#nameStack(sample, processes));
    });
  }

  /** The names of a stack from the outermost in, its process first. */
  #nameStack({ context, caller, addresses }: Sample, processes: readonly GuestProcess[]): string[] {
    const process = context === 0 ? undefined : processes.find((candidate) => candidate.context === context);
    const names = addresses.map((address, i) => this.#name(i === 0 ? address : address - 1n, process));
    if (caller !== undefined) {
      // The process's own frames follow the kernel's; the outermost is the stub that it began in.
      const outside = addresses.findIndex((address) => !isKernel(address));
      names.splice(outside < 0 ? names.length - 1 : outside, 0, this.#name(caller - 1n, process));
    }
    return [...names, process?.name ?? "kernel"].toReversed();
  }

  #name(address: bigint, process: GuestProcess | undefined): string {
    if (isKernel(address)) return this.#kernel.nameAt(address) ?? "kernel ?";
    if (process === undefined) return "?";
    const place = codePlace(process, address);
    if (place === undefined) return `${process.name} ?`;
    return this.#apps.of(place.name)?.nameAt(place.offset) ?? `${place.name} ?`;
  }
}

function isKernel(address: bigint): boolean {
  return address >= KERNEL_CODE && address < KERNEL_CODE + KERNEL_CODE_BYTES;
}
