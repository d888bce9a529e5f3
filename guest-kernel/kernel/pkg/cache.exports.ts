// What unit tests call of the cache.

import {
  cacheAcquire,
  cacheCount,
  cacheEvict,
  cacheFind,
  cacheGive,
  cacheHasRoom,
  cacheInsert,
  cacheName,
  cachePinned,
  cacheNameLength,
  cachePinnedCount,
  cacheRelease,
} from "./cache.ts";
import { bindInstall } from "./ports.ts";

export {
  cacheAcquire,
  cacheCount,
  cacheEvict,
  cacheFind,
  cacheGive,
  cacheHasRoom,
  cacheInsert,
  cacheName,
  cacheNameLength,
  cachePinned,
  cachePinnedCount,
  cacheRelease,
};

declare function freed(install: i32): void;

function noBegin(_bundle: usize, _len: u32): i32 {
  return -1;
}

function noStep(_install: i32): i32 {
  return -1;
}

function free(install: i32): void {
  freed(install);
}

export function bindFakes(): void {
  bindInstall(noBegin, noStep, free);
}
