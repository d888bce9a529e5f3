// From a path to an inode.

import { EXT2_ROOT_INO } from "../../../abi/ext2.ts";
import { E_NOENT, E_NOTDIR } from "../../../abi/errors.ts";
import { folderFind, foundInode } from "./folder.ts";
import { inodeAt, inodeError, isFolder } from "./inode.ts";

/** What lookupParent found: the inode of the folder, and the last part of the path. */
export let parentInode: u32 = 0;
export let leafName: usize = 0;
export let leafLength: u32 = 0;

/** The inode of a normalized path, or -E_NOENT, -E_NOTDIR, -E_AGAIN, -E_IO, -E_NOMEM. */
export function lookup(path: usize, length: u32): i32 {
  const result = lookupParent(path, length);
  if (result < 0) return result;
  if (leafLength == 0) return <i32>EXT2_ROOT_INO;
  return find(parentInode, leafName, leafLength);
}

/** Finds the folder that a normalized path is in. 0, or what lookup returns. The root's leafLength is 0. */
export function lookupParent(path: usize, length: u32): i32 {
  const end = path + <usize>length;
  let inode = EXT2_ROOT_INO;
  let part = path + 1;
  for (let at = part; at < end; at++) {
    if (load<u8>(at) != 47) continue;
    const below = find(inode, part, <u32>(at - part));
    if (below < 0) return below;
    inode = <u32>below;
    part = at + 1;
  }
  parentInode = inode;
  leafName = part;
  leafLength = <u32>(end - part);
  return 0;
}

/** The inode that a name in a folder stands for. */
function find(folder: u32, name: usize, length: u32): i32 {
  const at = inodeAt(folder);
  if (at == 0) return inodeError;
  if (!isFolder(at)) return -E_NOTDIR;
  const result = folderFind(at, name, length);
  return result < 0 ? result : <i32>foundInode;
}
