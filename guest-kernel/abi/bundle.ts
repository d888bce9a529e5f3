// The .osx bundle: a header, a section table, sections. Little-endian; offsets in bytes.
//
// Sections lie in table order, do not overlap, start 8-byte aligned after the table, and end by BUNDLE_TOTAL_SIZE,
// which is the size of the file. Each kind occurs at most once; MANIFEST and WASM are required; unknown kinds
// are skipped.

export const BUNDLE_MAGIC_VALUE: u32 = 0x5043534f; // "OSCP"
export const BUNDLE_VERSION_VALUE: u32 = 1;

export const BUNDLE_MAGIC: usize = 0; // u32
export const BUNDLE_VERSION: usize = BUNDLE_MAGIC + 4; // u16
export const BUNDLE_SECTION_COUNT: usize = BUNDLE_VERSION + 2; // u16, 1..BUNDLE_MAX_SECTIONS
export const BUNDLE_TOTAL_SIZE: usize = BUNDLE_SECTION_COUNT + 2; // u32
export const BUNDLE_RESERVED: usize = BUNDLE_TOTAL_SIZE + 4; // u32, zero
export const BUNDLE_HEADER_SIZE: usize = BUNDLE_RESERVED + 4;
export const BUNDLE_MAX_SECTIONS: u32 = 16;
export const BUNDLE_MAX_SIZE: u32 = 16 * 1024 * 1024;

// Section table entry
export const SECTION_KIND: usize = 0; // u32, SECTION_KIND_*
export const SECTION_OFFSET: usize = SECTION_KIND + 4; // u32, from the start of the file
export const SECTION_LENGTH: usize = SECTION_OFFSET + 4; // u32
export const SECTION_RESERVED: usize = SECTION_LENGTH + 4; // u32, zero
export const SECTION_SIZE: usize = SECTION_RESERVED + 4;

export const SECTION_KIND_MANIFEST: u32 = 1; // manifest.ts
export const SECTION_KIND_WASM: u32 = 2;
export const SECTION_KIND_LINES: u32 = 3; // line-table.ts
export const SECTION_KIND_ASSETS: u32 = 4;
export const SECTION_KIND_ICON: u32 = 5; // ASCII `TOP BOTTOM PATH`: colours as rrggbb, a drawing as SVG path data in a grid of 24 x 24
export const ICON_MAX_SIZE: u32 = 1024; // a longer one counts for nothing
export const SECTION_KIND_TYPES: u32 = 6; // of a debug build, for debuggers; the kernel then keeps the module's locals in their frames
export const SECTION_KIND_SCOPES: u32 = 7; // scopes.ts
export const SECTION_KIND_LIBRARY: u32 = 8; // the bundle is a library, which programs are linked to as they are loaded: its identity
export const SECTION_KIND_NEEDS: u32 = 9; // the bundle's module is linked to a library; never in a library

// A library's identity: made by the packer, different for libraries that are. What was linked to one runs with no other.
export const LIBRARY_IDENTITY_SIZE: usize = 32;

// Content of a NEEDS section
export const NEEDS_IDENTITY: usize = 0; // u8[32], of the library that the module was linked to
export const NEEDS_PATH: usize = NEEDS_IDENTITY + LIBRARY_IDENTITY_SIZE; // printable ASCII up to the section's end: where it is in the initramfs
export const NEEDS_PATH_MAX: u32 = 63; // at least 1, and it begins with '/'
