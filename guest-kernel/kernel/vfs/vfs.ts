// The virtual file system: which file system a path belongs to. Paths come from processes, already copied to kernel
// memory. The initramfs is at `/`, sysfs at `/sys`, tmpfs at `/tmp`, the disk at `/data`.

import { E_EXIST, E_INVAL, E_ISDIR, E_NOENT, E_NOTDIR, E_ROFS, E_XDEV } from "../../abi/errors.ts";
import {
  KIND_FOLDER,
  OPEN_CREATE,
  OPEN_FLAGS,
  OPEN_TRUNCATE,
  OPEN_APPEND,
  OPEN_WRITE,
  STAT_KIND,
  STAT_LINKS,
  STAT_SIZE,
} from "../../abi/files.ts";
import { ext2List, ext2Mkdir, ext2Open, ext2Remove, ext2Rename, ext2Stat } from "./ext2/ext2.ts";
import { initramfsData, initramfsDataLength, initramfsList, initramfsOpen } from "./initramfs.ts";
import { listingAdd, listingBegin, listingEnd } from "./listing.ts";
import { vfsClose, vfsRead, vfsStatOpen } from "./open-file.ts";
import { pathNormalize, pathWantsFolder } from "./path.ts";
import { sysfsList, sysfsOpen } from "./sysfs.ts";
import { tmpfsInit, tmpfsList, tmpfsMkdir, tmpfsOpen, tmpfsRemove, tmpfsRename, tmpfsStat } from "./tmpfs.ts";

export { vfsClose, vfsRead };

/** What a file system can do, with normalized paths relative to where it is mounted. Function references. */
@unmanaged
class Mount {
  prefix: usize; // e.g. "/sys"; empty for the root
  prefixLength: u32;
  open: usize; // (path, length, flags) => open file or -E_*
  list: usize; // (path, length) => 0 or -E_*; adds to the listing
  stat: usize; // (path, length, buffer) => 0 or -E_*; 0: what open and list tell
  mkdir: usize; // (path, length) => 0 or -E_*; 0: nothing can be changed
  remove: usize; // (path, length) => 0 or -E_*
  rename: usize; // (from, fromLength, to, toLength) => 0 or -E_*
  kind: usize; // what the file system is called: a literal
}

type OpenIn = (path: usize, length: u32, flags: u32) => i32;
type PathIn = (path: usize, length: u32) => i32;
type StatIn = (path: usize, length: u32, buffer: usize) => i32;
type RenameIn = (from: usize, fromLength: u32, to: usize, toLength: u32) => i32;

const MOUNT_SIZE: usize = 36;
const MAX_MOUNTS: u32 = 4;
const mounts = memory.data(144);
if (offsetof<Mount>() != MOUNT_SIZE || MOUNT_SIZE * <usize>MAX_MOUNTS != 144) ERROR("mounts");
let mountCount: u32 = 0;

const normalized = memory.data(1024); // PATH_MAX
const target = memory.data(1024); // the second path of a rename
const root = memory.data<u8>([47]);
const sysPrefix = memory.data<u8>([47, 115, 121, 115]); // "/sys"
const tmpPrefix = memory.data<u8>([47, 116, 109, 112]); // "/tmp"
const dataPrefix = memory.data<u8>([47, 100, 97, 116, 97]); // "/data"
let mapLength: u32 = 0;

/** Mounts what every machine has. Call once, after initramfsMount. */
export function vfsInit(): void {
  mountCount = 0;
  mount("sysfs", sysPrefix, 4, sysfsOpen, sysfsList);
  if (tmpfsInit()) {
    const place = mount("tmpfs", tmpPrefix, 4, tmpfsOpen, tmpfsList);
    mountWritable(place, tmpfsStat, tmpfsMkdir, tmpfsRemove, tmpfsRename);
  }
  mount("initramfs", root, 0, initramfsOpen, initramfsList);
}

/** Mounts the disk's file system, which ext2Mount has read, at /data. Call once. */
export function vfsMountDisk(): void {
  mountCount--; // the root covers everything: it stays the last
  mountWritable(
    mount("ext2", dataPrefix, 5, ext2Open, ext2List),
    ext2Stat,
    ext2Mkdir,
    ext2Remove,
    ext2Rename,
  );
  mount("initramfs", root, 0, initramfsOpen, initramfsList);
}

/**
 * Opens a file (OPEN_*). Returns an open file, or -E_NOENT, -E_NOTDIR, -E_ISDIR, -E_INVAL, -E_LIMIT, -E_NOMEM, -E_EXIST,
 * -E_ROFS, -E_NOSPC, -E_IO; -E_AGAIN if the disk must be waited for.
 */
export function vfsOpen(path: usize, len: u32, flags: u32): i32 {
  const writes = (flags & OPEN_WRITE) != 0;
  if ((flags & ~OPEN_FLAGS) != 0) return -E_INVAL;
  if (!writes && (flags & (OPEN_CREATE | OPEN_TRUNCATE | OPEN_APPEND)) != 0) return -E_INVAL;
  const length = pathNormalize(path, len, normalized);
  if (length < 0) return length;
  const place = mountOf(<u32>length);
  if (pathWantsFolder() && (flags & OPEN_CREATE) != 0) return -E_ISDIR;
  const readOnly = place.mkdir == 0;
  const file = openIn(place, <u32>length, readOnly ? 0 : flags);
  if (file < 0) return readOnly && file == -E_NOENT && (flags & OPEN_CREATE) != 0 ? -E_ROFS : file;
  if (!pathWantsFolder() && !(readOnly && writes)) return file;
  vfsClose(file);
  return pathWantsFolder() ? -E_NOTDIR : -E_ROFS;
}

/**
 * Lists a folder: NUL-terminated names, folders end in `/`, whole names as many as fit. Returns the bytes that all of
 * them take, or -E_NOENT, -E_NOTDIR, -E_INVAL, -E_AGAIN, -E_IO.
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

/** Writes what stat tells of a path to `buffer`, STAT_SIZE bytes. 0, or as vfsOpen. */
export function vfsStat(path: usize, len: u32, buffer: usize): i32 {
  const length = pathNormalize(path, len, normalized);
  if (length < 0) return length;
  const wantsFolder = pathWantsFolder();
  const place = mountOf(<u32>length);
  const result = statIn(place, <u32>length, buffer);
  if (result < 0) return result;
  return wantsFolder && load<u32>(buffer, STAT_KIND) != KIND_FOLDER ? -E_NOTDIR : 0;
}

function statIn(place: Mount, length: u32, buffer: usize): i32 {
  const isRoot = length == max<u32>(place.prefixLength, 1);
  const path = isRoot ? root : normalized + <usize>place.prefixLength;
  const below = isRoot ? 1 : length - place.prefixLength;
  if (place.stat != 0) return changetype<StatIn>(place.stat)(path, below, buffer);
  const file = openIn(place, length, 0);
  if (file == -E_ISDIR) return folderStat(buffer);
  if (file < 0) return file;
  const result = vfsStatOpen(file, buffer);
  vfsClose(file);
  return result;
}

function folderStat(buffer: usize): i32 {
  memory.fill(buffer, 0, STAT_SIZE);
  store<u32>(buffer, KIND_FOLDER, STAT_KIND);
  store<u32>(buffer, 1, STAT_LINKS);
  return 0;
}

/** Makes a folder. 0, -E_EXIST, -E_ROFS, or as vfsOpen. */
export function vfsMkdir(path: usize, len: u32): i32 {
  const length = pathNormalize(path, len, normalized);
  if (length < 0) return length;
  const place = mountOf(<u32>length);
  if (<u32>length == max<u32>(place.prefixLength, 1)) return -E_EXIST;
  if (place.mkdir == 0) return -E_ROFS;
  const mkdir = changetype<PathIn>(place.mkdir);
  return mkdir(normalized + <usize>place.prefixLength, <u32>length - place.prefixLength);
}

/** Removes a file, or a folder that is empty. 0, -E_NOTEMPTY, -E_ROFS, -E_INVAL for a mount point, or as vfsOpen. */
export function vfsRemove(path: usize, len: u32): i32 {
  const length = pathNormalize(path, len, normalized);
  if (length < 0) return length;
  const place = mountOf(<u32>length);
  if (<u32>length == max<u32>(place.prefixLength, 1)) return -E_INVAL;
  if (place.remove == 0) return -E_ROFS;
  if (pathWantsFolder()) {
    const result = statIn(place, <u32>length, statBuffer);
    if (result < 0) return result;
    if (load<u32>(statBuffer, STAT_KIND) != KIND_FOLDER) return -E_NOTDIR;
  }
  const remove = changetype<PathIn>(place.remove);
  return remove(normalized + <usize>place.prefixLength, <u32>length - place.prefixLength);
}

const statBuffer = memory.data(32, 8);
if (STAT_SIZE > 32) ERROR("statBuffer");

/**
 * Gives a file or folder another path, replacing a file, or an empty folder by a folder. 0, -E_XDEV if that is on
 * another file system, -E_NOTEMPTY, -E_INVAL, -E_ROFS, or as vfsOpen.
 */
export function vfsRename(from: usize, fromLen: u32, to: usize, toLen: u32): i32 {
  const toLength = pathNormalize(to, toLen, normalized);
  if (toLength < 0) return toLength;
  memory.copy(target, normalized, <usize>toLength);
  const toPlace = mountOf(<u32>toLength);
  const length = pathNormalize(from, fromLen, normalized);
  if (length < 0) return length;
  const place = mountOf(<u32>length);
  if (changetype<usize>(place) != changetype<usize>(toPlace)) return -E_XDEV;
  if (place.rename == 0) return -E_ROFS;
  const prefix = place.prefixLength;
  if (<u32>length == prefix || <u32>toLength == prefix) return -E_INVAL;
  const rename = changetype<RenameIn>(place.rename);
  return rename(
    normalized + <usize>prefix,
    <u32>length - prefix,
    target + <usize>prefix,
    <u32>toLength - prefix,
  );
}

/**
 * Where the data of an initramfs file lies, for the loader; it stays there. A result that is negative as an i32 is
 * -E_NOENT, -E_NOTDIR, -E_ISDIR or -E_INVAL. vfsMapLength tells the length.
 */
export function vfsMap(path: usize, len: u32): usize {
  const length = pathNormalize(path, len, normalized);
  if (length < 0) return <usize>length;
  // Files of other file systems do not stay where they are, and the disk might have to be waited for.
  if (mountOf(<u32>length).prefixLength != 0) return <usize>-E_NOENT;
  const file = vfsOpen(path, len, 0);
  if (file < 0) return <usize>file;
  vfsClose(file);
  mapLength = initramfsDataLength(normalized, <u32>length); // vfsOpen left the path normalized
  return initramfsData(normalized, <u32>length);
}

/** Length in bytes of the file that vfsMap found last. */
export function vfsMapLength(): u32 {
  return mapLength;
}

function mount(kind: string, prefix: usize, prefixLength: u32, open: OpenIn, list: PathIn): Mount {
  assert(mountCount < MAX_MOUNTS, "mount: too many");
  const place = mountAt(mountCount++);
  memory.fill(changetype<usize>(place), 0, MOUNT_SIZE);
  place.kind = changetype<usize>(kind); // SAFETY: literals are static
  place.prefix = prefix;
  place.prefixLength = prefixLength;
  place.open = changetype<usize>(open);
  place.list = changetype<usize>(list);
  return place;
}

function mountWritable(place: Mount, stat: StatIn, mkdir: PathIn, remove: PathIn, rename: RenameIn): void {
  place.stat = changetype<usize>(stat);
  place.mkdir = changetype<usize>(mkdir);
  place.remove = changetype<usize>(remove);
  place.rename = changetype<usize>(rename);
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

function openIn(place: Mount, length: u32, flags: u32): i32 {
  if (length == place.prefixLength) return -E_ISDIR; // the mount point itself
  const open = changetype<OpenIn>(place.open);
  return open(normalized + <usize>place.prefixLength, length - place.prefixLength, flags);
}

function listIn(place: Mount, length: u32): i32 {
  const list = changetype<PathIn>(place.list);
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
  const open = changetype<OpenIn>(place.open);
  const below = point.prefix + <usize>place.prefixLength;
  const file = open(below, point.prefixLength - place.prefixLength, 0);
  if (file >= 0) vfsClose(file);
  if (file != -E_NOENT) return;
  listingAdd(point.prefix + <usize>start, point.prefixLength - start, true);
}

/** How many file systems are mounted. */
export function vfsMountCount(): u32 {
  return mountCount;
}

/** Where mount number i < vfsMountCount() is: its path. vfsMountLength tells the length. */
export function vfsMountPath(number: u32): usize {
  return mountAt(number).prefixLength == 0 ? root : mountAt(number).prefix;
}

/** Length of a mount's path. */
export function vfsMountLength(number: u32): u32 {
  return max<u32>(mountAt(number).prefixLength, 1);
}

/** What a mount's file system is called. */
export function vfsMountKind(number: u32): string {
  return changetype<string>(mountAt(number).kind);
}

/** True if a mount's files can be changed. */
export function vfsMountWritable(number: u32): bool {
  return mountAt(number).mkdir != 0;
}

function mountAt(number: u32): Mount {
  return changetype<Mount>(mounts + <usize>number * MOUNT_SIZE);
}
