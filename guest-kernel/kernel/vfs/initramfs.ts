// The file system that the machine boots with: a cpio archive, indexed once, read in place.

import { E_INVAL, E_ISDIR, E_LIMIT, E_NOENT, E_NOTDIR } from "../../abi/errors.ts";
import {
  cpioBegin,
  cpioData,
  cpioDataLength,
  cpioIsFolder,
  cpioName,
  cpioNameLength,
  cpioNext,
} from "./cpio.ts";
import { listingAdd } from "./listing.ts";
import { openMemory } from "./open-file.ts";
import { parentLength } from "./path.ts";

const MAX_NODES: u32 = 1024;

/** A file or a folder; folders that the archive only implies have nodes too. */
@unmanaged
class Node {
  name: usize; // whole path without the first slash, in the archive
  nameLength: u32;
  data: usize;
  dataLength: u32;
  isFolder: bool;
}

const NODE_SIZE: usize = 20;
if (offsetof<Node>() > NODE_SIZE) ERROR("NODE_SIZE");
const nodes = memory.data(20480);
if (NODE_SIZE * <usize>MAX_NODES != 20480) ERROR("nodes");
let nodeCount: u32 = 0;

/**
 * Indexes the archive of `size` bytes at `archive`, which stays in place. Returns 0, -E_INVAL if it is malformed or
 * names a path twice, or -E_LIMIT if it has too many entries; then it is as good as empty.
 */
export function initramfsMount(archive: usize, size: u32): i32 {
  nodeCount = 0;
  cpioBegin(archive, size);
  let result = cpioNext();
  while (result > 0) {
    result = addEntry();
    if (result == 0) result = cpioNext();
  }
  if (result < 0) nodeCount = 0;
  return result;
}

/** Opens a file by its normalized path. Returns an open file, -E_NOENT, -E_NOTDIR or -E_ISDIR. */
export function initramfsOpen(path: usize, length: u32, _flags: u32): i32 {
  const node = lookup(path + 1, length - 1);
  if (node == null) return length == 1 ? -E_ISDIR : whyMissing(path + 1, length - 1);
  return node.isFolder ? -E_ISDIR : openMemory(node.data, node.dataLength, 0);
}

/** Adds the names in a folder, given by its normalized path, to the listing. Returns 0, -E_NOENT or -E_NOTDIR. */
export function initramfsList(path: usize, length: u32): i32 {
  const folder = path + 1;
  const folderLength = length - 1;
  if (folderLength != 0) {
    const node = lookup(folder, folderLength);
    if (node == null) return whyMissing(folder, folderLength);
    if (!node.isFolder) return -E_NOTDIR;
  }
  for (let i: u32 = 0; i < nodeCount; i++) {
    const node = nodeAt(i);
    const start: u32 = folderLength == 0 ? 0 : folderLength + 1;
    if (parentLength(node.name, node.nameLength) != folderLength || node.nameLength < start) continue;
    if (memory.compare(node.name, folder, <usize>folderLength) != 0) continue;
    listingAdd(node.name + <usize>start, node.nameLength - start, node.isFolder);
  }
  return 0;
}

/** Address of a file's data, by its normalized path; 0 if there is no such file. */
export function initramfsData(path: usize, length: u32): usize {
  const node = lookup(path + 1, length - 1);
  return node == null || node.isFolder ? 0 : node.data;
}

/** Length of a file's data, by its normalized path; 0 if there is no such file. */
export function initramfsDataLength(path: usize, length: u32): u32 {
  const node = lookup(path + 1, length - 1);
  return node == null || node.isFolder ? 0 : node.dataLength;
}

/** Adds the archive's current entry, after the folders that its name implies. */
function addEntry(): i32 {
  if (cpioNameLength == 0) return 0; // the root
  for (let i: u32 = 1; i < cpioNameLength; i++) {
    if (load<u8>(cpioName + <usize>i) != 47) continue;
    const result = addNode(i, 0, 0, true);
    if (result < 0) return result;
  }
  return addNode(cpioNameLength, cpioData, cpioDataLength, cpioIsFolder);
}

function addNode(nameLength: u32, data: usize, dataLength: u32, isFolder: bool): i32 {
  const known = lookup(cpioName, nameLength);
  if (known != null) return known.isFolder && isFolder ? 0 : -E_INVAL;
  if (nodeCount == MAX_NODES) return -E_LIMIT;
  const node = nodeAt(nodeCount++);
  node.name = cpioName;
  node.nameLength = nameLength;
  node.data = data;
  node.dataLength = dataLength;
  node.isFolder = isFolder;
  return 0;
}

/** -E_NOTDIR if a part of the path is a file, else -E_NOENT. */
function whyMissing(path: usize, length: u32): i32 {
  for (let rest = parentLength(path, length); rest > 0; rest = parentLength(path, rest)) {
    const node = lookup(path, rest);
    if (node != null) return node.isFolder ? -E_NOENT : -E_NOTDIR;
  }
  return -E_NOENT;
}

function lookup(name: usize, length: u32): Node | null {
  for (let i: u32 = 0; i < nodeCount; i++) {
    const node = nodeAt(i);
    if (node.nameLength == length && memory.compare(node.name, name, <usize>length) == 0) return node;
  }
  return null;
}

function nodeAt(number: u32): Node {
  return changetype<Node>(nodes + <usize>number * NODE_SIZE);
}
