// App ids: programs of the initramfs, and packages in the resolver's cache. A process holds its app until it ends.

import { E_NOENT } from "../../abi/errors.ts";
import { cacheAcquire, cachePinned, cacheRelease } from "../pkg/cache.ts";
import { PROGRAM_ID_BASE, programInstall } from "./programs.ts";

/** Takes an app into use: its install, or -E_NOENT if the id names none (any more). */
export function appAcquire(appId: i32): i32 {
  if (appId < PROGRAM_ID_BASE) return cacheAcquire(appId);
  const install = programInstall(appId);
  return install == 0 ? -E_NOENT : install;
}

/** True for what belongs to the system: a program of the initramfs, or a pinned package. */
export function appIsSystem(appId: i32): bool {
  return appId >= PROGRAM_ID_BASE || cachePinned(appId);
}

/** Ends one use. */
export function appRelease(appId: i32): void {
  if (appId < PROGRAM_ID_BASE) cacheRelease(appId);
}
