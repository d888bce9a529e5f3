// Makes an empty ext2 file system with a journal (guest-kernel/abi/ext2.ts) on a file of zeroes: blocks of 4 KiB,
// sparse superblocks, an inode per 16 KiB.
import { randomFillSync } from "node:crypto";
import { writeSync } from "node:fs";
import * as e from "../../guest-kernel/abi/ext2.ts";

const BLOCK = 4096;
const BLOCKS_PER_GROUP = 8 * BLOCK; // what one bitmap block covers
const BYTES_PER_INODE = 16384;
const INODE = e.EXT2_GOOD_OLD_INODE_SIZE;
const INODES_PER_BLOCK = BLOCK / INODE;
const POINTERS = BLOCK / 4; // in an indirect block
const SECTORS_PER_BLOCK = BLOCK / 512;
const MIN_GROUP_BLOCKS = 50; // besides what describes it; a last group that is smaller is left out
const MIN_BYTES = 8 * 1024 * 1024;
const SMALL_JOURNAL = 1024; // blocks, the least that the format allows
const LARGE_JOURNAL = 4096;
const LARGE_DISK = 262144; // blocks from which on the journal is large
const LOST_FOUND_INO = 11;
const LOST_FOUND_BLOCKS = 4;
const UUID_SIZE = 16;

/** What a new file system needs from outside. */
export interface FormatOptions {
  readonly now: Date;
  /** 16 bytes; random ones if not given. */
  readonly uuid?: Uint8Array;
}

/** Formats the file `fd`, which has `bytes` bytes, all zero. Throws RangeError below 8 MiB, or what `writeSync` throws. */
export function formatExt2(fd: number, bytes: number, options: FormatOptions): void {
  if (bytes < MIN_BYTES) throw new RangeError(`a file system of ${bytes} bytes`);
  new Formatter(fd, Math.min(Math.floor(bytes / BLOCK), 2 ** 31), options).format();
}

interface Group {
  first: number; // its first block
  blocks: number;
  bitmap: Uint8Array; // of its blocks
  table: number; // first block of its inode table
  blockBitmap: number;
  inodeBitmap: number;
  usedInodes: number;
  folders: number;
}

class Formatter {
  readonly #fd: number;
  readonly #seconds: number;
  readonly #uuid: Uint8Array;
  readonly #groups: Group[] = [];
  readonly #inodesPerGroup: number;
  readonly #descriptorBlocks: number;
  #blocks: number;
  #next = 0; // the next block to allocate, in group 0 on

  constructor(fd: number, blocks: number, { now, uuid }: FormatOptions) {
    this.#fd = fd;
    this.#seconds = Math.floor(now.getTime() / 1000);
    this.#uuid = uuid ?? randomFillSync(new Uint8Array(UUID_SIZE));
    this.#blocks = blocks;
    const perGroup = Math.min(blocks, BLOCKS_PER_GROUP) * (BLOCK / BYTES_PER_INODE);
    this.#inodesPerGroup = Math.ceil(perGroup / INODES_PER_BLOCK) * INODES_PER_BLOCK;
    this.#descriptorBlocks = Math.ceil((Math.ceil(blocks / BLOCKS_PER_GROUP) * e.BG_SIZE) / BLOCK);
  }

  format(): void {
    this.#layGroups();
    this.#next = this.#groups[0]!.table + this.#inodesPerGroup / INODES_PER_BLOCK;
    this.#writeRoot();
    this.#writeJournal();
    this.#groups[0]!.usedInodes = LOST_FOUND_INO;
    this.#groups[0]!.folders = 2;
    this.#writeBitmaps();
    this.#writeDescriptors();
  }

  #layGroups(): void {
    const tableBlocks = this.#inodesPerGroup / INODES_PER_BLOCK;
    for (let first = 0, i = 0; first < this.#blocks; first += BLOCKS_PER_GROUP, i++) {
      const blocks = Math.min(BLOCKS_PER_GROUP, this.#blocks - first);
      const copies = hasSuper(i) ? 1 + this.#descriptorBlocks : 0;
      if (i > 0 && blocks < copies + 2 + tableBlocks + MIN_GROUP_BLOCKS) {
        this.#blocks = first; // too small to be of use
        return;
      }
      const blockBitmap = first + copies;
      const group: Group = {
        first,
        blocks,
        bitmap: new Uint8Array(BLOCK),
        blockBitmap,
        inodeBitmap: blockBitmap + 1,
        table: blockBitmap + 2,
        usedInodes: 0,
        folders: 0,
      };
      setBits(group.bitmap, 0, copies + 2 + tableBlocks);
      setBits(group.bitmap, blocks, BLOCKS_PER_GROUP);
      this.#groups.push(group);
    }
  }

  #writeRoot(): void {
    const root = this.#allocate();
    const lost = Array.from({ length: LOST_FOUND_BLOCKS }, () => this.#allocate());
    this.#writeBlock(
      root,
      folder([
        [e.EXT2_ROOT_INO, "."],
        [e.EXT2_ROOT_INO, ".."],
        [LOST_FOUND_INO, "lost+found"],
      ]),
    );
    lost.forEach((block, i) => {
      const entries: [number, string][] = [
        [LOST_FOUND_INO, "."],
        [e.EXT2_ROOT_INO, ".."],
      ];
      this.#writeBlock(block, folder(i === 0 ? entries : [[0, ""]]));
    });
    this.#writeInode(e.EXT2_ROOT_INO, e.EXT2_S_IFDIR | 0o755, 3, [root], []);
    this.#writeInode(LOST_FOUND_INO, e.EXT2_S_IFDIR | 0o700, 2, lost, []);
  }

  #writeJournal(): void {
    const count = this.#blocks < LARGE_DISK ? SMALL_JOURNAL : LARGE_JOURNAL;
    const blocks = Array.from({ length: count }, () => this.#allocate());
    const superblock = new DataView(new ArrayBuffer(BLOCK));
    superblock.setUint32(e.JH_MAGIC, e.JBD_MAGIC);
    superblock.setUint32(e.JH_BLOCKTYPE, e.JBD_SUPERBLOCK_V2);
    superblock.setUint32(e.JS_BLOCKSIZE, BLOCK);
    superblock.setUint32(e.JS_MAXLEN, count);
    superblock.setUint32(e.JS_FIRST, 1);
    superblock.setUint32(e.JS_SEQUENCE, 1);
    superblock.setUint32(e.JS_NR_USERS, 1);
    new Uint8Array(superblock.buffer).set(this.#uuid, e.JS_UUID);
    this.#writeBlock(blocks[0]!, new Uint8Array(superblock.buffer)); // SAFETY: count is above 0
    const { pointers, extra } = this.#mapBlocks(blocks);
    this.#writeInode(e.EXT3_JOURNAL_INO, e.EXT2_S_IFREG | 0o600, 1, blocks, pointers, extra);
  }

  /** Indirect and double indirect blocks over all but the direct `blocks`: the pointers 12 and 13 of the inode. */
  #mapBlocks(blocks: number[]): { pointers: number[]; extra: number } {
    const rest = blocks.slice(e.I_DIRECT);
    const indirect = this.#allocate();
    this.#writeBlock(indirect, words(rest.slice(0, POINTERS)));
    if (rest.length <= POINTERS) return { pointers: [indirect], extra: 1 };
    const double = this.#allocate();
    const children: number[] = [];
    for (let at = POINTERS; at < rest.length; at += POINTERS) {
      const child = this.#allocate();
      this.#writeBlock(child, words(rest.slice(at, at + POINTERS)));
      children.push(child);
    }
    this.#writeBlock(double, words(children));
    return { pointers: [indirect, double], extra: 2 + children.length };
  }

  #writeInode(
    number: number,
    mode: number,
    links: number,
    blocks: number[],
    pointers: number[],
    extra = 0,
  ): void {
    const inode = new DataView(new ArrayBuffer(INODE));
    inode.setUint16(e.I_MODE, mode, true);
    inode.setUint32(e.I_SIZE, blocks.length * BLOCK, true);
    for (const field of [e.I_ATIME, e.I_CTIME, e.I_MTIME]) inode.setUint32(field, this.#seconds, true);
    inode.setUint16(e.I_LINKS_COUNT, links, true);
    inode.setUint32(e.I_BLOCKS, (blocks.length + extra) * SECTORS_PER_BLOCK, true);
    blocks.slice(0, e.I_DIRECT).forEach((block, i) => inode.setUint32(e.I_BLOCK + 4 * i, block, true));
    pointers.forEach((block, i) => inode.setUint32(e.I_BLOCK + 4 * (e.I_DIRECT + i), block, true));
    const at = this.#groups[0]!.table * BLOCK + (number - 1) * INODE;
    writeSync(this.#fd, new Uint8Array(inode.buffer), 0, INODE, at);
  }

  #writeBitmaps(): void {
    for (const group of this.#groups) {
      const inodes = new Uint8Array(BLOCK);
      setBits(inodes, 0, group.usedInodes);
      setBits(inodes, this.#inodesPerGroup, BLOCKS_PER_GROUP);
      this.#writeBlock(group.blockBitmap, group.bitmap);
      this.#writeBlock(group.inodeBitmap, inodes);
    }
  }

  /** Superblock and descriptors, in group 0 and where sparse_super wants copies. */
  #writeDescriptors(): void {
    const table = new DataView(new ArrayBuffer(this.#descriptorBlocks * BLOCK));
    let freeBlocks = 0;
    this.#groups.forEach((group, i) => {
      const at = i * e.BG_SIZE;
      const free = BLOCKS_PER_GROUP - countBits(group.bitmap);
      freeBlocks += free;
      table.setUint32(at + e.BG_BLOCK_BITMAP, group.blockBitmap, true);
      table.setUint32(at + e.BG_INODE_BITMAP, group.inodeBitmap, true);
      table.setUint32(at + e.BG_INODE_TABLE, group.table, true);
      table.setUint16(at + e.BG_FREE_BLOCKS_COUNT, free, true);
      table.setUint16(at + e.BG_FREE_INODES_COUNT, this.#inodesPerGroup - group.usedInodes, true);
      table.setUint16(at + e.BG_USED_DIRS_COUNT, group.folders, true);
    });
    this.#groups.forEach((group, i) => {
      if (!hasSuper(i)) return;
      const at = group.first * BLOCK + (i === 0 ? e.EXT2_SUPER_OFFSET : 0);
      writeSync(this.#fd, this.#superblock(i, freeBlocks), 0, e.EXT2_SUPER_SIZE, at);
      writeSync(this.#fd, new Uint8Array(table.buffer), 0, table.byteLength, (group.first + 1) * BLOCK);
    });
  }

  #superblock(group: number, freeBlocks: number): Uint8Array {
    const view = new DataView(new ArrayBuffer(e.EXT2_SUPER_SIZE));
    const inodes = this.#inodesPerGroup * this.#groups.length;
    const set32: [number, number][] = [
      [e.S_INODES_COUNT, inodes],
      [e.S_BLOCKS_COUNT, this.#blocks],
      [e.S_FREE_BLOCKS_COUNT, freeBlocks],
      [e.S_FREE_INODES_COUNT, inodes - LOST_FOUND_INO],
      [e.S_LOG_BLOCK_SIZE, 2],
      [e.S_LOG_CLUSTER_SIZE, 2],
      [e.S_BLOCKS_PER_GROUP, BLOCKS_PER_GROUP],
      [e.S_CLUSTERS_PER_GROUP, BLOCKS_PER_GROUP],
      [e.S_INODES_PER_GROUP, this.#inodesPerGroup],
      [e.S_WTIME, this.#seconds],
      [e.S_LASTCHECK, this.#seconds],
      [e.S_MKFS_TIME, this.#seconds],
      [e.S_REV_LEVEL, 1],
      [e.S_FIRST_INO, e.EXT2_GOOD_OLD_FIRST_INO],
      [e.S_FEATURE_COMPAT, e.EXT3_FEATURE_COMPAT_HAS_JOURNAL],
      [e.S_FEATURE_INCOMPAT, e.EXT2_FEATURE_INCOMPAT_FILETYPE],
      [e.S_FEATURE_RO_COMPAT, e.EXT2_FEATURE_RO_COMPAT_SPARSE_SUPER | e.EXT2_FEATURE_RO_COMPAT_LARGE_FILE],
      [e.S_JOURNAL_INUM, e.EXT3_JOURNAL_INO],
    ];
    for (const [field, value] of set32) view.setUint32(field, value, true);
    view.setUint16(e.S_MAX_MNT_COUNT, 0xffff, true);
    view.setUint16(e.S_MAGIC, e.EXT2_MAGIC, true);
    view.setUint16(e.S_STATE, e.EXT2_VALID_FS, true);
    view.setUint16(e.S_ERRORS, 1, true);
    view.setUint16(e.S_INODE_SIZE, INODE, true);
    view.setUint16(e.S_BLOCK_GROUP_NR, group, true);
    const bytes = new Uint8Array(view.buffer);
    bytes.set(this.#uuid, e.S_UUID);
    return bytes;
  }

  #allocate(): number {
    for (;;) {
      const block = this.#next++;
      const group = this.#groups[Math.floor(block / BLOCKS_PER_GROUP)]!; // SAFETY: MIN_BYTES has room for all of it
      const at = block - group.first;
      if ((group.bitmap[at >>> 3]! >> (at & 7)) & 1) continue;
      setBits(group.bitmap, at, at + 1);
      return block;
    }
  }

  #writeBlock(block: number, bytes: Uint8Array): void {
    writeSync(this.#fd, bytes, 0, BLOCK, block * BLOCK);
  }
}

/** Whether a group has a copy of superblock and descriptors: 0, 1 and the powers of 3, 5 and 7. */
function hasSuper(group: number): boolean {
  if (group < 2) return true;
  return [3, 5, 7].some((base) => {
    let power = base;
    while (power < group) power *= base;
    return power === group;
  });
}

/** A folder's block; the last entry takes the rest of it. */
function folder(entries: [inode: number, name: string][]): Uint8Array {
  const view = new DataView(new ArrayBuffer(BLOCK));
  let at = 0;
  entries.forEach(([inode, name], i) => {
    const size = i === entries.length - 1 ? BLOCK - at : Math.ceil((e.DE_NAME + name.length) / 4) * 4;
    view.setUint32(at + e.DE_INODE, inode, true);
    view.setUint16(at + e.DE_REC_LEN, size, true);
    view.setUint8(at + e.DE_NAME_LEN, name.length);
    view.setUint8(at + e.DE_FILE_TYPE, inode === 0 ? 0 : e.EXT2_FT_DIR);
    for (let j = 0; j < name.length; j++) view.setUint8(at + e.DE_NAME + j, name.charCodeAt(j));
    at += size;
  });
  return new Uint8Array(view.buffer);
}

function words(values: number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(BLOCK));
  values.forEach((value, i) => view.setUint32(4 * i, value, true));
  return new Uint8Array(view.buffer);
}

function setBits(bitmap: Uint8Array, from: number, to: number): void {
  for (let bit = from; bit < to; bit++) bitmap[bit >>> 3]! |= 1 << (bit & 7);
}

function countBits(bitmap: Uint8Array): number {
  let count = 0;
  for (const byte of bitmap) for (let rest = byte; rest !== 0; rest &= rest - 1) count++;
  return count;
}
