// How often each inode is open.

const MAX_OPEN: u32 = 256; // as many as open files
const inodes = memory.data(1024);
if (MAX_OPEN * 4 != 1024) ERROR("inodes");

/** Notes an open file of the inode. Open files are limited by their own table. */
export function openAdd(inode: u32): void {
  for (let i: u32 = 0; i < MAX_OPEN; i++) {
    if (load<u32>(inodes + 4 * <usize>i) != 0) continue;
    store<u32>(inodes + 4 * <usize>i, inode);
    return;
  }
  assert(false, "openAdd: too many");
}

/** Forgets an open file of the inode. */
export function openRemove(inode: u32): void {
  for (let i: u32 = 0; i < MAX_OPEN; i++) {
    if (load<u32>(inodes + 4 * <usize>i) != inode) continue;
    store<u32>(inodes + 4 * <usize>i, 0);
    return;
  }
}

/** Open files of the inode. */
export function openCount(inode: u32): u32 {
  let count: u32 = 0;
  for (let i: u32 = 0; i < MAX_OPEN; i++) if (load<u32>(inodes + 4 * <usize>i) == inode) count++;
  return count;
}

/** Forgets all open files: the machine ends. */
export function openClear(): void {
  memory.fill(inodes, 0, 4 * <usize>MAX_OPEN);
}
