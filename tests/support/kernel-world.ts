// A machine with three programs, and what its processes commonly do.
import { CAP_ALL } from "../../guest-kernel/abi/capabilities.ts";
import {
  KernelMachine,
  type KernelStop,
  type MachineOptions,
  type Script,
  type ScriptedProcess,
} from "./kernel-machine.ts";
import { tinyBundle } from "./tiny-wasm.ts";

/** What a script calls on the way: yields to the kernel, returns a result. */
export type Steps<T = void> = Generator<number, T, void>;

const SECOND = 1_000_000_000n;

/** What the processes do. */
export interface World extends Partial<MachineOptions> {
  init: Script;
  child?: Script;
  other?: Script;
  /** What the manifests ask for; everything, if not given. */
  capabilities?: number;
  /** Pages of 64 KiB that their memory has; 1, if not given. */
  memoryPages?: number;
}

/** A machine whose /init, /bin/child and /bin/other do these. */
export function load({
  init,
  child,
  other,
  capabilities,
  memoryPages = 1,
  programs,
  ...options
}: World): Promise<KernelMachine> {
  const program = (name: string, script: Script): MachineOptions["programs"][string] => ({
    bundle: tinyBundle(
      { memory: [memoryPages] },
      {
        name: `org.test.${name}`,
        capabilities: capabilities ?? CAP_ALL,
        memoryPages: Math.max(memoryPages, 16),
      },
    ),
    script,
  });
  return KernelMachine.load({
    programs: {
      "/init": program("init", init),
      "/bin/child": program("child", child ?? exitsWith(0)),
      "/bin/other": program("other", other ?? exitsWith(0)),
      ...programs,
    },
    ...options,
  });
}

/** Boots such a machine until it stops. */
export async function run(world: World): Promise<KernelStop> {
  return (await load(world)).boot();
}

/** Ends at once. */
export function exitsWith(status: number): Script {
  return function* (p) {
    yield* p.call("sysExit", status);
  };
}

/** Runs until it is killed. */
export function* forever(p: ScriptedProcess): Steps {
  for (;;) yield* p.call("sysSleep", SECOND);
}

/** What init ends with: it sleeps for ever. */
export function* rest(p: ScriptedProcess): Steps {
  yield* p.call("sysSleep", 2n ** 63n - 1n);
}
