// The kernel's entry: the order in which things start.

import {
  ABI_VERSION,
  BOOT_INFO_INITRAMFS_LEN,
  BOOT_INFO_MAGIC,
  BOOT_INFO_RAM_BYTES,
  BOOT_INFO_TSC_KHZ,
  BOOT_INFO_VERSION,
  BOOT_MAGIC,
} from "../abi/boot-info.ts";
import { CONTROL_MARK, MARK_KERNEL } from "../abi/control.ts";
import { E_INVAL, E_NOMEM, E_NOSYS, E_ROFS } from "../abi/errors.ts";
import { EVENT_LOG_GPA } from "../abi/event-page.ts";
import { BOOT_INFO_GPA, CONTROL_GPA, EVENT_PAGE_GPA, INITRAMFS_GPA } from "../abi/memory-map.ts";
import { commandLineInit, kernelOption, parseEndpoint } from "./command-line.ts";
import { mmioWrite32 } from "./drivers/mmio.ts";
import { probeDevices } from "./drivers/probe.ts";
import { log, logRing } from "./log.ts";
import { handlesReportInit } from "./ipc/report.ts";
import { loop } from "./loop.ts";
import { framesInit } from "./mm/frames.ts";
import { reclaimRegister } from "./mm/reclaim.ts";
import { memoryReportInit } from "./mm/report.ts";
import { netInit } from "./net/net.ts";
import { panic } from "./panic.ts";
import { resolverSetServer } from "./pkg/resolver.ts";
import { resolverInit } from "./pkg/start.ts";
import { startInit } from "./proc/init.ts";
import { processesInit } from "./proc/process.ts";
import { appsReportInit } from "./app-registry/apps-report.ts";
import { cacheGive } from "./pkg/cache.ts";
import { processFoldersInit } from "./proc/process-files.ts";
import { schedReportInit } from "./sched/report.ts";
import { netReportInit } from "./net/net-report.ts";
import { mountsReportInit } from "./vfs/mounts-report.ts";
import { processFilesInit } from "./proc/sysfs.ts";
import { clockInit } from "./time/clock.ts";
import { traceInit } from "./trace.ts";
import { diskReportInit } from "./vfs/disk-report.ts";
import { ext2Mount, ext2Mounted, ext2Replayed } from "./vfs/ext2/mount.ts";
import { initramfsMount } from "./vfs/initramfs.ts";
import { pageCacheGive } from "./vfs/page-cache.ts";
import { vfsInit, vfsMountDisk } from "./vfs/vfs.ts";
import { wmInit } from "./wm/wm.ts";

// The handlers that the linker joins with the system call stubs (abi/syscall-table.ts).
export * from "./syscall/by-number";
export * from "./syscall/clock-calls";
export * from "./syscall/file-calls";
export { sysMemoryGrow } from "./syscall/memory-calls";
export * from "./syscall/path-calls";
export * from "./syscall/poll-calls";
export * from "./syscall/port-calls";
export * from "./syscall/port-exchange";
export * from "./syscall/package-calls";
export * from "./syscall/process-calls";
export * from "./syscall/screen-calls";
export * from "./syscall/window-calls";
export * from "./syscall/spawn-calls";

/** Called by the boot stub, once. Does not return. */
export function main(): void {
  mmioWrite32(CONTROL_GPA + CONTROL_MARK, MARK_KERNEL);
  checkBootInfo();
  clockInit(BOOT_INFO_GPA);
  atomic.store<u32>(EVENT_PAGE_GPA + EVENT_LOG_GPA, <u32>logRing());
  const initramfsLength = load<u32>(BOOT_INFO_GPA, BOOT_INFO_INITRAMFS_LEN);
  framesInit(INITRAMFS_GPA + initramfsLength, load<u32>(BOOT_INFO_GPA, BOOT_INFO_RAM_BYTES));
  commandLineInit();
  traceInit();
  processesInit();
  mountFiles(initramfsLength);
  processFilesInit();
  processFoldersInit();
  memoryReportInit();
  handlesReportInit();
  schedReportInit();
  netReportInit();
  mountsReportInit();
  appsReportInit();
  probeDevices();
  wmInit();
  mountDisk();
  netInit();
  resolverInit();
  reclaimRegister(pageCacheGive);
  reclaimRegister(cacheGive);
  setServer();
  startInit();
  loop();
}

function checkBootInfo(): void {
  if (load<u32>(BOOT_INFO_GPA, BOOT_INFO_MAGIC) != BOOT_MAGIC) panic("no boot information");
  const version = load<u32>(BOOT_INFO_GPA, BOOT_INFO_VERSION);
  if (version != ABI_VERSION) {
    panic("boot information version " + version.toString() + ", expected " + ABI_VERSION.toString());
  }
  if (load<u32>(BOOT_INFO_GPA, BOOT_INFO_TSC_KHZ) == 0) panic("the time stamp counter has no frequency");
}

function mountFiles(initramfsLength: u32): void {
  const error = initramfsMount(INITRAMFS_GPA, initramfsLength);
  if (error < 0) panic("initramfs: error " + error.toString());
  vfsInit();
}

/** The disk, if there is one, at /data. One that cannot be mounted is no reason not to boot. */
function mountDisk(): void {
  const result = ext2Mount();
  if (result == -E_NOSYS) return;
  diskReportInit();
  if (result == 0 && ext2Replayed() != 0)
    log("disk: replayed " + ext2Replayed().toString() + " transactions");
  if (!ext2Mounted()) return log("disk: not mounted: " + mountError(result));
  vfsMountDisk();
  log(result == 0 ? "disk: mounted at /data" : "disk: mounted at /data, read only");
}

function mountError(result: i32): string {
  if (result == -E_INVAL) return "no ext2 file system with blocks of 4096 bytes";
  if (result == -E_NOMEM) return "it takes more memory than there is";
  if (result == -E_ROFS) return "it must be recovered, and is read-only";
  return "error " + result.toString();
}

function setServer(): void {
  const value = kernelOption("pkg_server");
  if (value == 0) return;
  const endpoint = parseEndpoint(value);
  if (endpoint == 0) log("pkg_server: not ADDRESS:PORT, ignored");
  else resolverSetServer(<u32>endpoint, <u16>(endpoint >> 32));
}
