// The virtual file system: which file system a path belongs to. Paths come from processes, already copied to kernel
// memory. The initramfs is at `/`, sysfs at `/sys`.

import { E_ISDIR, E_NOENT, E_NOTDIR } from "../../abi/errors.ts";
import { initramfsData, initramfsDataLength, initramfsList, initramfsOpen } from "./initramfs.ts";
import { listingAdd, listingBegin, listingEnd } from "./listing.ts";
import { vfsClose, vfsRead } from "./open-file.ts";
import { pathNormalize, pathWantsFolder } from "./path.ts";
import { sysfsList, sysfsOpen } from "./sysfs.ts";

export { vfsClose, vfsRead };

/** What a file system can do, with normalized paths relative to where it is mounted. */
@unmanaged
class Mount {
  prefix: usize; // e.g. "/sys"; empty for the root
  prefixLength: u32;
  open: usize; // (path, length) => open file or -E_*
  list: usize; // (path, length) => 0 or -E_*; adds to the listing
}

const MOUNT_SIZE: usize = 16;
const MAX_MOUNTS: u32 = 4;
const mounts = memory.data(64);
if (offsetof<Mount>() != MOUNT_SIZE || MOUNT_SIZE * <usize>MAX_MOUNTS != 64) ERROR("mounts");
let mountCount: u32 = 0;

const normalized = memory.data(1024); // PATH_MAX
const root = memory.data<u8>([47]);
const sysPrefix = memory.data<u8>([47, 115, 121, 115]); // "/sys"
let mapLength: u32 = 0;

/** Mounts what every machine has. Call once, after initramfsMount. */
export function vfsInit(): void {
  mountCount = 0;
  mount(sysPrefix, 4, sysfsOpen, sysfsList);
  mount(root, 0, initramfsOpen, initramfsList);
}

/** Opens a file to read. Returns an open file, or -E_NOENT, -E_NOTDIR, -E_ISDIR, -E_INVAL, -E_LIMIT, -E_NOMEM. */
export function vfsOpen(path: usize, len: u32): i32 {
  const length = pathNormalize(path, len, normalized);
  if (length < 0) return length;
  const place = mountOf(<u32>length);
  const file = openIn(place, <u32>length);
  if (file < 0 || !pathWantsFolder()) return file;
  vfsClose(file);
  return -E_NOTDIR;
}

/**
 * Lists a folder: NUL-terminated names, folders end in `/`, whole names as many as fit. Returns the bytes that all of
 * them take, or -E_NOENT, -E_NOTDIR, -E_INVAL.
 */
export function vfsReaddir(path: usize, len: u32, dst: usize, capacity: u32): i32 {
  const length = pathNormalize(path, len, normalized);
  if (length < 0) return length;
  listingBegin(dst, capacity);
  const place = mountOf(<u32>length);
  const result = listIn(place, <u32>length);
  if (result < 0) return result;
  for (let i: u32 = 0; i < mountCount; i++) addMountPoint(mountAt(i), place, <u32>length);
  return listingEnd();
}

/**
 * Where the data of an initramfs file lies, for the loader; it stays there. A result that is negative as an i32 is
 * -E_NOENT, -E_NOTDIR, -E_ISDIR or -E_INVAL. vfsMapLength tells the length.
 */
export function vfsMap(path: usize, len: u32): usize {
  const file = vfsOpen(path, len);
  if (file < 0) return <usize>file;
  vfsClose(file);
  // vfsOpen left the path normalized.
  const length = <u32>pathNormalize(path, len, normalized);
  const data = initramfsData(normalized, length);
  if (data == 0) return <usize>-E_NOENT; // a file of another file system
  mapLength = initramfsDataLength(normalized, length);
  return data;
}

/** Length in bytes of the file that vfsMap found last. */
export function vfsMapLength(): u32 {
  return mapLength;
}

function mount(
  prefix: usize,
  prefixLength: u32,
  open: (path: usize, length: u32) => i32,
  list: (path: usize, length: u32) => i32,
): void {
  assert(mountCount < MAX_MOUNTS, "mount: too many");
  const place = mountAt(mountCount++);
  place.prefix = prefix;
  place.prefixLength = prefixLength;
  place.open = changetype<usize>(open);
  place.list = changetype<usize>(list);
}

/** The mount that the normalized path belongs to: the first whose prefix it begins with, deepest first. */
function mountOf(length: u32): Mount {
  let number: u32 = 0;
  while (number < mountCount - 1 && !covers(mountAt(number), length)) number++;
  return mountAt(number);
}

function covers(place: Mount, length: u32): bool {
  const prefixLength = place.prefixLength;
  if (length < prefixLength || memory.compare(normalized, place.prefix, <usize>prefixLength) != 0)
    return false;
  return length == prefixLength || load<u8>(normalized + <usize>prefixLength) == 47;
}

function openIn(place: Mount, length: u32): i32 {
  const open = changetype<(path: usize, length: u32) => i32>(place.open);
  if (length == place.prefixLength) return -E_ISDIR; // the mount point itself
  return open(normalized + <usize>place.prefixLength, length - place.prefixLength);
}

function listIn(place: Mount, length: u32): i32 {
  const list = changetype<(path: usize, length: u32) => i32>(place.list);
  if (length == place.prefixLength) return list(root, 1);
  return list(normalized + <usize>place.prefixLength, length - place.prefixLength);
}

/** Adds a mount point that lies directly in the listed folder, unless the folder's file system has that name. */
function addMountPoint(point: Mount, place: Mount, length: u32): void {
  const folderLength: u32 = length == 1 ? 0 : length;
  const start = folderLength + 1;
  if (point.prefixLength <= start) return;
  if (memory.compare(point.prefix, normalized, <usize>folderLength) != 0) return;
  if (load<u8>(point.prefix + <usize>folderLength) != 47) return;
  for (let i = start; i < point.prefixLength; i++) if (load<u8>(point.prefix + <usize>i) == 47) return;
  const open = changetype<(path: usize, length: u32) => i32>(place.open);
  const below = point.prefix + <usize>place.prefixLength;
  const file = open(below, point.prefixLength - place.prefixLength);
  if (file >= 0) vfsClose(file);
  if (file != -E_NOENT) return;
  listingAdd(point.prefix + <usize>start, point.prefixLength - start, true);
}

function mountAt(number: u32): Mount {
  return changetype<Mount>(mounts + <usize>number * MOUNT_SIZE);
}
