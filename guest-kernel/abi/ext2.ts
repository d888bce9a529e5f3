// The second extended file system, revision 1, with ext3's journal: on-disk layout, as Linux's
// Documentation/filesystems/ext2.rst and ext4/ describe it. Offsets in bytes, little-endian; the journal big-endian.

export const EXT2_SUPER_OFFSET: u32 = 1024; // from the start of the disk
export const EXT2_SUPER_SIZE: u32 = 1024;
export const EXT2_MAGIC: u32 = 0xef53;

// struct ext2_super_block
export const S_INODES_COUNT: usize = 0; // u32
export const S_BLOCKS_COUNT: usize = 4; // u32
export const S_R_BLOCKS_COUNT: usize = 8; // u32
export const S_FREE_BLOCKS_COUNT: usize = 12; // u32
export const S_FREE_INODES_COUNT: usize = 16; // u32
export const S_FIRST_DATA_BLOCK: usize = 20; // u32
export const S_LOG_BLOCK_SIZE: usize = 24; // u32, 1024 << it
export const S_LOG_CLUSTER_SIZE: usize = 28; // u32
export const S_BLOCKS_PER_GROUP: usize = 32; // u32
export const S_CLUSTERS_PER_GROUP: usize = 36; // u32
export const S_INODES_PER_GROUP: usize = 40; // u32
export const S_MTIME: usize = 44; // u32
export const S_WTIME: usize = 48; // u32
export const S_MNT_COUNT: usize = 52; // u16
export const S_MAX_MNT_COUNT: usize = 54; // i16
export const S_MAGIC: usize = 56; // u16
export const S_STATE: usize = 58; // u16, EXT2_VALID_FS
export const S_ERRORS: usize = 60; // u16
export const S_LASTCHECK: usize = 64; // u32
export const S_REV_LEVEL: usize = 76; // u32
export const S_FIRST_INO: usize = 84; // u32
export const S_INODE_SIZE: usize = 88; // u16
export const S_BLOCK_GROUP_NR: usize = 90; // u16
export const S_FEATURE_COMPAT: usize = 92; // u32
export const S_FEATURE_INCOMPAT: usize = 96; // u32
export const S_FEATURE_RO_COMPAT: usize = 100; // u32
export const S_UUID: usize = 104; // u8[16]
export const S_JOURNAL_INUM: usize = 224; // u32
export const S_LAST_ORPHAN: usize = 232; // u32
export const S_MKFS_TIME: usize = 264; // u32

export const EXT2_VALID_FS: u32 = 1;
export const EXT2_ERROR_FS: u32 = 2;
export const EXT3_FEATURE_COMPAT_HAS_JOURNAL: u32 = 0x4;
export const EXT2_FEATURE_COMPAT_DIR_INDEX: u32 = 0x20;
export const EXT2_FEATURE_INCOMPAT_FILETYPE: u32 = 0x2;
export const EXT3_FEATURE_INCOMPAT_RECOVER: u32 = 0x4;
export const EXT2_FEATURE_RO_COMPAT_SPARSE_SUPER: u32 = 0x1;
export const EXT2_FEATURE_RO_COMPAT_LARGE_FILE: u32 = 0x2;

// struct ext2_group_desc
export const BG_BLOCK_BITMAP: usize = 0; // u32
export const BG_INODE_BITMAP: usize = 4; // u32
export const BG_INODE_TABLE: usize = 8; // u32
export const BG_FREE_BLOCKS_COUNT: usize = 12; // u16
export const BG_FREE_INODES_COUNT: usize = 14; // u16
export const BG_USED_DIRS_COUNT: usize = 16; // u16
export const BG_SIZE: u32 = 32;

// struct ext2_inode
export const I_MODE: usize = 0; // u16, S_IF*
export const I_SIZE: usize = 4; // u32, the low half
export const I_ATIME: usize = 8; // u32
export const I_CTIME: usize = 12; // u32
export const I_MTIME: usize = 16; // u32
export const I_DTIME: usize = 20; // u32
export const I_LINKS_COUNT: usize = 26; // u16
export const I_BLOCKS: usize = 28; // u32, in 512 bytes
export const I_FLAGS: usize = 32; // u32
export const I_BLOCK: usize = 40; // u32[15]: 12 direct, then indirect, double, triple
export const I_SIZE_HIGH: usize = 108; // u32, of files
export const I_BLOCK_COUNT: u32 = 15;
export const I_DIRECT: u32 = 12;
export const EXT2_GOOD_OLD_INODE_SIZE: u32 = 128;

export const EXT2_ROOT_INO: u32 = 2;
export const EXT3_JOURNAL_INO: u32 = 8;
export const EXT2_GOOD_OLD_FIRST_INO: u32 = 11;
export const EXT2_LINK_MAX: u32 = 32000;

export const EXT2_S_IFMT: u32 = 0xf000;
export const EXT2_S_IFDIR: u32 = 0x4000;
export const EXT2_S_IFREG: u32 = 0x8000;
export const EXT2_S_IFLNK: u32 = 0xa000;

// struct ext2_dir_entry_2
export const DE_INODE: usize = 0; // u32, 0: free
export const DE_REC_LEN: usize = 4; // u16, a multiple of 4
export const DE_NAME_LEN: usize = 6; // u8
export const DE_FILE_TYPE: usize = 7; // u8, EXT2_FT_*
export const DE_NAME: usize = 8;
export const EXT2_FT_REG_FILE: u32 = 1;
export const EXT2_FT_DIR: u32 = 2;
export const EXT2_FT_SYMLINK: u32 = 7;

// The journal (jbd): every block of it that is not data begins with a header. Big-endian.
export const JBD_MAGIC: u32 = 0xc03b3998;
export const JH_MAGIC: usize = 0; // u32
export const JH_BLOCKTYPE: usize = 4; // u32
export const JH_SEQUENCE: usize = 8; // u32
export const JH_SIZE: u32 = 12;
export const JBD_DESCRIPTOR_BLOCK: u32 = 1;
export const JBD_COMMIT_BLOCK: u32 = 2;
export const JBD_SUPERBLOCK_V1: u32 = 3;
export const JBD_SUPERBLOCK_V2: u32 = 4;
export const JBD_REVOKE_BLOCK: u32 = 5;

// Its superblock, behind the header
export const JS_BLOCKSIZE: usize = 12; // u32
export const JS_MAXLEN: usize = 16; // u32, blocks
export const JS_FIRST: usize = 20; // u32, the first block of the log
export const JS_SEQUENCE: usize = 24; // u32, of the first transaction in the log
export const JS_START: usize = 28; // u32, where it begins; 0: the log is empty
export const JS_ERRNO: usize = 32; // u32
export const JS_FEATURE_COMPAT: usize = 36; // u32
export const JS_FEATURE_INCOMPAT: usize = 40; // u32
export const JS_FEATURE_RO_COMPAT: usize = 44; // u32
export const JS_UUID: usize = 48; // u8[16]
export const JS_NR_USERS: usize = 64; // u32
export const JBD_FEATURE_INCOMPAT_REVOKE: u32 = 1;

// A descriptor block's tags, behind the header: one a logged block. The first is followed by a UUID of 16 bytes.
export const JT_BLOCKNR: usize = 0; // u32
export const JT_FLAGS: usize = 4; // u32
export const JT_SIZE: u32 = 8;
export const JT_UUID_SIZE: u32 = 16;
export const JBD_FLAG_ESCAPE: u32 = 1; // the block began with JBD_MAGIC, which is stored as 0
export const JBD_FLAG_SAME_UUID: u32 = 2; // no UUID follows
export const JBD_FLAG_LAST_TAG: u32 = 8;
