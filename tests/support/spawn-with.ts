// spawn_with as a scripted process calls it.
import * as spawn from "../../guest-kernel/abi/spawn.ts";
import { type ScriptedProcess, SCRATCH } from "./kernel-machine.ts";

/** What a child is to have; what is not given is the default. */
export interface SpawnOptions {
  args?: string[];
  env?: string[];
  handles?: number[];
  newGroup?: boolean;
  withhold?: number;
  priority?: number;
  memoryPages?: number;
  handleLimit?: number;
  cpuPercent?: number;
}

const ARGS = SCRATCH + 0x100;
const ENV = SCRATCH + 0x1200;
const HANDLES = SCRATCH + 0x2300;

/** Resolves a program of the initramfs and starts it with options: its PID, or -E_*. */
export function* spawnWith(
  p: ScriptedProcess,
  path: string,
  options: SpawnOptions,
): Generator<number, number, void> {
  const appId = yield* p.call("sysPkgResolve", SCRATCH, p.write(SCRATCH, path));
  if (appId < 0) return appId;
  const words = (list: string[] = []): string => list.map((word) => `${word}\0`).join("");
  const view = new DataView(new ArrayBuffer(spawn.SPAWN_OPTIONS_SIZE));
  const put = (offset: number, value: number): void => view.setUint32(offset, value, true);
  put(spawn.SPAWN_ARGS, ARGS);
  put(spawn.SPAWN_ARGS_LEN, p.write(ARGS, words(options.args)));
  if (options.env) {
    put(spawn.SPAWN_ENV, ENV);
    put(spawn.SPAWN_ENV_LEN, p.write(ENV, words(options.env)));
  }
  if (options.handles) {
    put(spawn.SPAWN_HANDLES, HANDLES);
    put(spawn.SPAWN_HANDLE_COUNT, options.handles.length);
    p.write(HANDLES, new Uint8Array(Int32Array.from(options.handles).buffer));
  }
  put(spawn.SPAWN_FLAGS, options.newGroup === true ? spawn.SPAWN_NEW_GROUP : 0);
  put(spawn.SPAWN_WITHHOLD, options.withhold ?? 0);
  put(spawn.SPAWN_PRIORITY, options.priority ?? 0);
  put(spawn.SPAWN_MEMORY_PAGES, options.memoryPages ?? 0);
  put(spawn.SPAWN_HANDLE_LIMIT, options.handleLimit ?? 0);
  put(spawn.SPAWN_CPU_PERCENT, options.cpuPercent ?? 0);
  p.write(SCRATCH, new Uint8Array(view.buffer));
  return yield* p.call("sysSpawnWith", appId, SCRATCH, view.byteLength);
}
