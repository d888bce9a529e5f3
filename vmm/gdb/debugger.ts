// A debugger for one machine: port, target and server together.

import type { Machine } from "../machine.ts";
import { BundleSymbols } from "./bundle-symbols.ts";
import { DebugPort } from "./debug-port.ts";
import { GuestTarget } from "./guest-target.ts";
import { type GdbAddress, GdbServer } from "./server.ts";

/** How a run is debugged. */
export interface DebuggerOptions {
  address: GdbAddress;
  /** Hold the guest before its first instruction until a debugger lets it go. */
  wait: boolean;
  /** Path of the kernel image, for gdb. */
  kernel: string;
  /** Where the ELF files of apps are, NAME.elf each. */
  symbolFolders: readonly string[];
  /** Where the bundles are of which such files can be made, a folder and the guest's initramfs, and aot as WebAssembly, which makes them. */
  repository: string;
  initramfs: string;
  compiler: string;
  /** Ends the machine. */
  kill: () => void;
}

/** `create`, give `port` and `held` to the machine, `attach` to it, `close`. */
export class Debugger {
  readonly port = new DebugPort();
  readonly #options: DebuggerOptions;
  #symbols: BundleSymbols | undefined;
  #target: GuestTarget | undefined;
  #server: GdbServer | undefined;

  constructor(options: DebuggerOptions) {
    this.#options = options;
    if (options.wait) this.port.requestPause();
  }

  /** What the machine calls when the guest is held. */
  readonly held = (): void => {
    if (this.#target?.noteHold() === true) this.#server?.held();
  };

  /** Listens for debuggers of `machine`; gives the address. Rejects with the host's error. */
  async attach(machine: Machine): Promise<string> {
    const { address, kernel, symbolFolders, kill, wait } = this.#options;
    const symbols = new BundleSymbols(this.#options);
    this.#symbols = symbols;
    this.#target = new GuestTarget({
      ram: machine.ram.view,
      port: this.port,
      pause: () => machine.pause(),
      preempts: (preempts) => (machine.preempts = preempts),
      kill,
      kernel,
      symbolFolders,
      makeSymbols: (name) => symbols.fileOf(name),
    });
    this.#server = await GdbServer.listen(this.#target, address, wait);
    return this.#server.address;
  }

  /** The guest has ended. */
  exited(status: number): void {
    this.#server?.exited(status);
  }

  close(): void {
    this.#server?.close();
    this.#symbols?.close();
  }
}
