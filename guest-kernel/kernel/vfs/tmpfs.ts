// The file system at /tmp: files in memory, gone with the machine. A file's pages hang on a table of tables of
// addresses; what was never written has none and reads as zeroes.

import {
  E_EXIST,
  E_FBIG,
  E_INVAL,
  E_ISDIR,
  E_LIMIT,
  E_NOENT,
  E_NOSPC,
  E_NOTDIR,
  E_NOTEMPTY,
} from "../../abi/errors.ts";
import {
  KIND_FILE,
  KIND_FOLDER,
  OPEN_CREATE,
  OPEN_EXCLUSIVE,
  OPEN_TRUNCATE,
  STAT_BYTES,
  STAT_INODE,
  STAT_KIND,
  STAT_LINKS,
  STAT_MODIFIED,
  STAT_SIZE,
} from "../../abi/files.ts";
import { PAGE_SIZE } from "../../abi/memory-map.ts";
import { framesAlloc, framesFree, framesFreeCount } from "../mm/frames.ts";
import { wallClockNs } from "../time/clock.ts";
import { listingAdd } from "./listing.ts";
import { FILE_TMPFS, openInode } from "./open-file.ts";

const MAX_NODES: u32 = 4096;
const NAME_MAX: u32 = 255;
const POINTERS: u32 = 1024; // in a page
const MAX_BYTES: u64 = (<u64>POINTERS * POINTERS) << 12;
const PAGE: u32 = <u32>PAGE_SIZE;
const RESERVE_FRAMES: u32 = 2048; // that tmpfs leaves to everybody else
const FREE: u32 = 0;
const FILE: u32 = 1;
const FOLDER: u32 = 2;
const ROOT: u32 = 0;

@unmanaged
class Node {
  kind: u32;
  parent: u32; // number of its folder
  name: usize; // heap block
  nameLength: u32;
  length: u64;
  modified: i64;
  table: usize; // page of addresses of tables, 0 while there is none
  opens: u32;
  linked: bool; // it has its name still
}

const NODE_SIZE: usize = 48;
if (offsetof<Node>() > NODE_SIZE) ERROR("NODE_SIZE");
let nodes: usize = 0;
let nodeEnd: u32 = 0; // one behind the last that was ever used

/** Makes an empty file system. False if memory is short. Once, at boot. */
export function tmpfsInit(): bool {
  if (nodes == 0) nodes = framesAlloc((MAX_NODES * <u32>NODE_SIZE) / PAGE);
  if (nodes == 0) return false;
  const root = nodeAt(ROOT);
  root.kind = FOLDER;
  root.linked = true;
  root.modified = wallClockNs();
  nodeEnd = max<u32>(nodeEnd, 1);
  return true;
}

let leaf: usize = 0; // the last part of the path that was looked up
let leafLength: u32 = 0;
let folder: u32 = 0; // that it is in

/** The node of a normalized path, or -E_NOENT (then `folder` and `leaf` say where it would be), -E_NOTDIR. */
function lookup(path: usize, length: u32): i32 {
  const end = path + <usize>length;
  let node: i32 = ROOT;
  leafLength = 0;
  for (let part = path + 1; part < end; part += <usize>leafLength + 1) {
    if (node < 0) return node;
    if (nodeAt(node).kind != FOLDER) return -E_NOTDIR;
    leaf = part;
    leafLength = 0;
    while (part + <usize>leafLength < end && load<u8>(part + <usize>leafLength) != 47) leafLength++;
    folder = node;
    node = child(node, leaf, leafLength);
    if (node < 0 && part + <usize>leafLength < end) return -E_NOENT; // a folder on the way
    if (node < 0) return MISSING;
  }
  return node;
}

/** What lookup returns if only the last part of the path is missing. */
const MISSING: i32 = -0x1000;

function child(parent: u32, name: usize, length: u32): i32 {
  for (let i: u32 = 1; i < nodeEnd; i++) {
    const node = nodeAt(i);
    if (node.kind == FREE || !node.linked || node.parent != parent || node.nameLength != length) continue;
    if (memory.compare(node.name, name, <usize>length) == 0) return <i32>i;
  }
  return -E_NOENT;
}

function shown(result: i32): i32 {
  return result == MISSING ? -E_NOENT : result;
}

/** Opens a file (OPEN_*): an open file, or an error. */
export function tmpfsOpen(path: usize, length: u32, flags: u32): i32 {
  let number = lookup(path, length);
  const fresh = number == MISSING && (flags & OPEN_CREATE) != 0;
  if (number >= 0 && (flags & OPEN_EXCLUSIVE) != 0) return -E_EXIST;
  if (fresh) number = create(FILE);
  if (number < 0) return shown(number);
  const node = nodeAt(number);
  if (node.kind == FOLDER) return -E_ISDIR;
  const file = openInode(FILE_TMPFS, number, flags);
  if (file < 0) {
    if (fresh) release(node);
    return file;
  }
  node.opens++;
  if ((flags & OPEN_TRUNCATE) != 0) tmpfsTruncate(number, 0);
  return file;
}

/** A new node for what lookup found missing, or -E_INVAL, -E_LIMIT, -E_NOSPC. */
function create(kind: u32): i32 {
  if (leafLength > NAME_MAX) return -E_INVAL;
  let number: u32 = 1;
  while (number < nodeEnd && nodeAt(number).kind != FREE) number++;
  if (number == MAX_NODES) return -E_LIMIT;
  const node = nodeAt(number);
  memory.fill(changetype<usize>(node), 0, NODE_SIZE);
  node.name = heap.alloc(<usize>leafLength);
  memory.copy(node.name, leaf, <usize>leafLength);
  node.nameLength = leafLength;
  node.kind = kind;
  node.parent = folder;
  node.linked = true;
  node.modified = nodeAt(folder).modified = wallClockNs();
  nodeEnd = max(nodeEnd, number + 1);
  return <i32>number;
}

/** Frees a node that has neither a name nor an open file. */
function release(node: Node): void {
  cut(node, 0);
  if (node.table != 0) framesFree(node.table, 1);
  heap.free(node.name);
  node.kind = FREE;
}

/** A file of this node was closed. */
export function tmpfsClose(number: u32): void {
  const node = nodeAt(number);
  node.opens--;
  if (node.opens == 0 && !node.linked) release(node);
}

/** Makes a folder. 0, or an error. */
export function tmpfsMkdir(path: usize, length: u32): i32 {
  const number = lookup(path, length);
  if (number >= 0) return -E_EXIST;
  return number == MISSING ? min(create(FOLDER), 0) : number;
}

/** Removes a file, or a folder that is empty. 0, or an error. */
export function tmpfsRemove(path: usize, length: u32): i32 {
  const number = lookup(path, length);
  if (number < 0) return shown(number);
  if (number == ROOT) return -E_INVAL;
  if (hasChildren(number)) return -E_NOTEMPTY;
  unlink(nodeAt(number));
  return 0;
}

function unlink(node: Node): void {
  nodeAt(node.parent).modified = wallClockNs();
  node.linked = false;
  if (node.opens == 0) release(node);
}

function hasChildren(number: u32): bool {
  for (let i: u32 = 1; i < nodeEnd; i++) {
    const node = nodeAt(i);
    if (node.kind != FREE && node.linked && node.parent == number) return true;
  }
  return false;
}

/** Renames, replacing a file, or an empty folder by a folder. 0, or an error. */
export function tmpfsRename(from: usize, fromLength: u32, to: usize, toLength: u32): i32 {
  const number = lookup(from, fromLength);
  if (number < 0) return shown(number);
  const other = lookup(to, toLength);
  if (other < 0 && other != MISSING) return other;
  if (number == ROOT || other == ROOT || (other < 0 && leafLength > NAME_MAX)) return -E_INVAL;
  if (other == number) return 0;
  const node = nodeAt(number);
  for (let at = folder; at != ROOT; at = nodeAt(at).parent) if (at == number) return -E_INVAL; // into itself
  if (other >= 0) {
    const target = nodeAt(other);
    if (node.kind != target.kind) return node.kind == FOLDER ? -E_NOTDIR : -E_ISDIR;
    if (hasChildren(other)) return -E_NOTEMPTY;
    unlink(target);
  }
  const name = heap.alloc(<usize>leafLength);
  memory.copy(name, leaf, <usize>leafLength);
  heap.free(node.name);
  node.name = name;
  node.nameLength = leafLength;
  node.parent = folder;
  nodeAt(folder).modified = wallClockNs();
  return 0;
}

/** Adds a folder's names to the listing. 0, or an error. */
export function tmpfsList(path: usize, length: u32): i32 {
  const number = lookup(path, length);
  if (number < 0) return shown(number);
  if (nodeAt(number).kind != FOLDER) return -E_NOTDIR;
  for (let i: u32 = 1; i < nodeEnd; i++) {
    const node = nodeAt(i);
    if (node.kind == FREE || !node.linked || node.parent != number) continue;
    listingAdd(node.name, node.nameLength, node.kind == FOLDER);
  }
  return 0;
}

/** Writes what stat tells to `buffer`. 0, or an error. */
export function tmpfsStat(path: usize, length: u32, buffer: usize): i32 {
  const number = lookup(path, length);
  return number < 0 ? shown(number) : tmpfsStatNode(number, buffer);
}

/** As tmpfsStat, of a node. Always 0. */
export function tmpfsStatNode(number: u32, buffer: usize): i32 {
  const node = nodeAt(number);
  memory.fill(buffer, 0, STAT_SIZE);
  store<u32>(buffer, node.kind == FOLDER ? KIND_FOLDER : KIND_FILE, STAT_KIND);
  store<u32>(buffer, node.linked ? 1 : 0, STAT_LINKS);
  store<u64>(buffer, node.length, STAT_BYTES);
  store<i64>(buffer, node.modified, STAT_MODIFIED);
  store<u32>(buffer, number + 1, STAT_INODE);
  return 0;
}

/** Copies up to `len` bytes from `position` on to `dst`. How many. */
export function tmpfsRead(number: u32, position: u64, dst: usize, len: u32): i32 {
  const node = nodeAt(number);
  if (position >= node.length) return 0;
  const size = <u32>min<u64>(len, node.length - position);
  for (let done: u32 = 0; done < size;) {
    const at = position + done;
    const part = min(size - done, PAGE - (<u32>at % PAGE));
    const slot = slotOf(node, at, false);
    const page: usize = slot == 0 ? 0 : <usize>load<u32>(slot);
    if (page == 0) memory.fill(dst + <usize>done, 0, <usize>part);
    else memory.copy(dst + <usize>done, page + <usize>(<u32>at % PAGE), <usize>part);
    done += part;
  }
  return <i32>size;
}

/** Writes `len` bytes at `src` at `position`. How many, -E_NOSPC or -E_FBIG. */
export function tmpfsWrite(number: u32, position: u64, src: usize, len: u32): i32 {
  const node = nodeAt(number);
  let done: u32 = 0;
  while (done < len) {
    const at = position + done;
    const page = at < MAX_BYTES ? pageFor(node, at) : 0;
    if (page == 0 && done == 0) return at < MAX_BYTES ? -E_NOSPC : -E_FBIG;
    if (page == 0) break;
    const part = min(len - done, PAGE - (<u32>at % PAGE));
    memory.copy(page + <usize>(<u32>at % PAGE), src + <usize>done, <usize>part);
    done += part;
  }
  node.length = max(node.length, position + done);
  node.modified = wallClockNs();
  return <i32>done;
}

/** Sets the length. 0 or -E_FBIG. */
export function tmpfsTruncate(number: u32, size: u64): i32 {
  if (size > MAX_BYTES) return -E_FBIG;
  const node = nodeAt(number);
  if (size < node.length) cut(node, size);
  node.length = size;
  node.modified = wallClockNs();
  return 0;
}

/** Frees the pages behind `size`, and zeroes the rest of the one that it ends in. */
function cut(node: Node, size: u64): void {
  if (node.table == 0) return;
  const rest = <u32>size % PAGE;
  const slot: usize = rest == 0 ? 0 : slotOf(node, size, false);
  if (slot != 0 && load<u32>(slot) != 0)
    memory.fill(<usize>load<u32>(slot) + <usize>rest, 0, <usize>(PAGE - rest));
  const keep = <u32>((size + PAGE - 1) / PAGE);
  for (let i = keep / POINTERS; i < POINTERS; i++) {
    const table = <usize>load<u32>(node.table + 4 * <usize>i);
    if (table == 0) continue;
    const from = i == keep / POINTERS ? keep % POINTERS : 0;
    for (let j = from; j < POINTERS; j++) freeSlot(table + 4 * <usize>j);
    if (from == 0) freeSlot(node.table + 4 * <usize>i);
  }
}

function freeSlot(slot: usize): void {
  const page = <usize>load<u32>(slot);
  if (page != 0) framesFree(page, 1);
  store<u32>(slot, 0);
}

/** The page that has byte `at`, made if need be; 0 if memory is short. */
function pageFor(node: Node, at: u64): usize {
  const slot = slotOf(node, at, true);
  if (slot == 0) return 0;
  if (load<u32>(slot) == 0) store<u32>(slot, <u32>frame());
  return <usize>load<u32>(slot);
}

/** Where the address of the page is that has byte `at`; 0 if there is no table for it. */
function slotOf(node: Node, at: u64, make: bool): usize {
  if (at >= MAX_BYTES) return 0;
  if (node.table == 0 && make) node.table = frame();
  if (node.table == 0) return 0;
  const index = <u32>(at / PAGE);
  const slot = node.table + 4 * <usize>(index / POINTERS);
  if (load<u32>(slot) == 0 && make) store<u32>(slot, <u32>frame());
  const table = <usize>load<u32>(slot);
  return table == 0 ? 0 : table + 4 * <usize>(index % POINTERS);
}

function frame(): usize {
  return framesFreeCount() < RESERVE_FRAMES ? 0 : framesAlloc(1);
}

function nodeAt(number: u32): Node {
  return changetype<Node>(nodes + <usize>number * NODE_SIZE);
}
