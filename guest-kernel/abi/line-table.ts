// The line table of a module: wasm byte offset -> TypeScript file and line. Little-endian; offsets in bytes.
//
//   header | entries, ascending by wasm offset | files: u32 offset into the names, each | names, NUL-terminated UTF-8
//
// An entry covers the bytes up to the next entry's offset.

export const LINES_ENTRY_COUNT: usize = 0; // u32
export const LINES_FILE_COUNT: usize = LINES_ENTRY_COUNT + 4; // u32
export const LINES_NAMES_LEN: usize = LINES_FILE_COUNT + 4; // u32
export const LINES_HEADER_SIZE: usize = LINES_NAMES_LEN + 4;

export const LINE_WASM_OFFSET: usize = 0; // u32
export const LINE_NUMBER: usize = LINE_WASM_OFFSET + 4; // u32, from 1
export const LINE_FILE: usize = LINE_NUMBER + 4; // u16, index into the files
export const LINE_COLUMN: usize = LINE_FILE + 2; // u16, from 1
export const LINE_SIZE: usize = LINE_COLUMN + 2;
