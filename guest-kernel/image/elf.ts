// ELF-64 executables for x86-64 (System V gABI, chapters 4 and 5; psABI). Little-endian.

const EHDR_SIZE = 64;
const PHDR_SIZE = 56;
const SHDR_SIZE = 64;
const SYM_SIZE = 24;

const ET_EXEC = 2;
const ET_DYN = 3;
const EM_X86_64 = 62;
const PT_LOAD = 1;
const SHT_PROGBITS = 1;
const SHT_SYMTAB = 2;
const SHT_STRTAB = 3;
const SHF_ALLOC_EXEC = 6n; // SHF_ALLOC | SHF_EXECINSTR
const STB_GLOBAL_STT_FUNC = (1 << 4) | 2;
const TEXT_SECTION = 1;
const FILE_ALIGN = 16;

export const PF_X = 1;
export const PF_W = 2;
export const PF_R = 4;

/** A piece of memory that the loader fills. */
export interface ElfSegment {
  virtualAddress: bigint;
  physicalAddress: number;
  bytes: Uint8Array;
  /** PF_* */
  flags: number;
}

/** A function. */
export interface ElfSymbol {
  name: string;
  address: bigint;
  size: number;
}

/** What an executable is made of. The first segment is the code. */
export interface ElfImage {
  entry: bigint;
  /** It can be anywhere: its addresses are from its first byte. */
  sharedObject?: boolean;
  segments: ElfSegment[];
  symbols: ElfSymbol[];
  /** Sections that are not loaded: name and content. */
  notes: { name: string; bytes: Uint8Array }[];
}

interface Section {
  name: string;
  type: number;
  flags: bigint;
  address: bigint;
  bytes: Uint8Array;
  /** Already in the file, as part of a segment. */
  offset: number | undefined;
  link: number;
  info: number;
  entrySize: number;
}

/** Encodes an executable. The same image gives the same bytes. */
export function encodeElf(image: ElfImage): Uint8Array {
  let end = EHDR_SIZE + PHDR_SIZE * image.segments.length;
  const segmentOffsets = image.segments.map((segment) => {
    const offset = alignUp(end);
    end = offset + segment.bytes.length;
    return offset;
  });
  const sections = sectionsOf(image, segmentOffsets[0] ?? 0);
  const sectionOffsets = sections.map((section) => {
    if (section.offset !== undefined) return section.offset;
    const offset = alignUp(end);
    end = offset + section.bytes.length;
    return offset;
  });
  const sectionTable = alignUp(end);
  const file = new Uint8Array(sectionTable + SHDR_SIZE * sections.length);
  const view = new DataView(file.buffer);
  writeHeader(view, image, sectionTable, sections.length);
  image.segments.forEach((segment, i) => {
    const offset = segmentOffsets[i] ?? 0;
    file.set(segment.bytes, offset);
    writeProgramHeader(view, EHDR_SIZE + PHDR_SIZE * i, segment, offset);
  });
  const names = sections[sections.length - 1]?.bytes ?? new Uint8Array();
  sections.forEach((section, i) => {
    const offset = sectionOffsets[i] ?? 0;
    if (section.offset === undefined) file.set(section.bytes, offset);
    writeSectionHeader(view, sectionTable + SHDR_SIZE * i, section, offset, findName(names, section.name));
  });
  return file;
}

/** The content of a section, undefined if there is none of that name. For images that encodeElf made. */
export function elfSection(file: Uint8Array, name: string): Uint8Array | undefined {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const table = Number(view.getBigUint64(40, true));
  const count = view.getUint16(60, true);
  const sectionBytes = (i: number): Uint8Array => {
    const at = table + SHDR_SIZE * i;
    const offset = Number(view.getBigUint64(at + 24, true));
    return file.subarray(offset, offset + Number(view.getBigUint64(at + 32, true)));
  };
  const names = sectionBytes(view.getUint16(62, true));
  for (let i = 1; i < count; i++) {
    if (cString(names, view.getUint32(table + SHDR_SIZE * i, true)) === name) return sectionBytes(i);
  }
  return undefined;
}

/** The functions of an image that encodeElf made, by address. */
export function elfSymbols(file: Uint8Array): ElfSymbol[] {
  const table = elfSection(file, ".symtab");
  const names = elfSection(file, ".strtab");
  if (table === undefined || names === undefined) return [];
  const view = new DataView(table.buffer, table.byteOffset, table.byteLength);
  const symbols: ElfSymbol[] = [];
  for (let at = SYM_SIZE; at < table.length; at += SYM_SIZE) {
    symbols.push({
      name: cString(names, view.getUint32(at, true)),
      address: view.getBigUint64(at + 8, true),
      size: Number(view.getBigUint64(at + 16, true)),
    });
  }
  return symbols;
}

function sectionsOf(image: ElfImage, textOffset: number): Section[] {
  const symbols = encodeSymbols(image.symbols);
  const code = image.segments[0];
  const plain = { flags: 0n, address: 0n, offset: undefined, link: 0, info: 0, entrySize: 0 };
  const sections: Section[] = [
    { ...plain, name: "", type: 0, bytes: new Uint8Array() },
    {
      ...plain,
      name: ".text",
      type: SHT_PROGBITS,
      flags: SHF_ALLOC_EXEC,
      address: code?.virtualAddress ?? 0n,
      bytes: code?.bytes ?? new Uint8Array(),
      offset: textOffset,
    },
    {
      ...plain,
      name: ".symtab",
      type: SHT_SYMTAB,
      bytes: symbols.table,
      link: 3,
      info: 1,
      entrySize: SYM_SIZE,
    },
    { ...plain, name: ".strtab", type: SHT_STRTAB, bytes: symbols.names },
    ...image.notes.map((note) => ({ ...plain, name: note.name, type: SHT_PROGBITS, bytes: note.bytes })),
  ];
  const names = [...sections.map((section) => section.name), ".shstrtab"].join("\0") + "\0";
  sections.push({ ...plain, name: ".shstrtab", type: SHT_STRTAB, bytes: Buffer.from(names) });
  return sections;
}

function encodeSymbols(symbols: ElfSymbol[]): { table: Uint8Array; names: Uint8Array } {
  const table = new Uint8Array(SYM_SIZE * (symbols.length + 1));
  const view = new DataView(table.buffer);
  const names: Buffer[] = [Buffer.from([0])];
  let nameOffset = 1;
  symbols.forEach((symbol, i) => {
    const at = SYM_SIZE * (i + 1);
    view.setUint32(at, nameOffset, true);
    view.setUint8(at + 4, STB_GLOBAL_STT_FUNC);
    view.setUint16(at + 6, TEXT_SECTION, true);
    view.setBigUint64(at + 8, symbol.address, true);
    view.setBigUint64(at + 16, BigInt(symbol.size), true);
    const name = Buffer.from(symbol.name + "\0");
    names.push(name);
    nameOffset += name.length;
  });
  return { table, names: Buffer.concat(names) };
}

function writeHeader(view: DataView, image: ElfImage, sectionTable: number, sectionCount: number): void {
  view.setUint32(0, 0x7f454c46, false); // magic
  view.setUint32(4, 0x02010100, false); // ELFCLASS64, ELFDATA2LSB, EV_CURRENT, ELFOSABI_NONE
  view.setUint16(16, image.sharedObject ? ET_DYN : ET_EXEC, true);
  view.setUint16(18, EM_X86_64, true);
  view.setUint32(20, 1, true); // EV_CURRENT
  view.setBigUint64(24, image.entry, true);
  view.setBigUint64(32, BigInt(EHDR_SIZE), true);
  view.setBigUint64(40, BigInt(sectionTable), true);
  view.setUint16(52, EHDR_SIZE, true);
  view.setUint16(54, PHDR_SIZE, true);
  view.setUint16(56, image.segments.length, true);
  view.setUint16(58, SHDR_SIZE, true);
  view.setUint16(60, sectionCount, true);
  view.setUint16(62, sectionCount - 1, true); // .shstrtab
}

function writeProgramHeader(view: DataView, at: number, segment: ElfSegment, offset: number): void {
  view.setUint32(at, PT_LOAD, true);
  view.setUint32(at + 4, segment.flags, true);
  view.setBigUint64(at + 8, BigInt(offset), true);
  view.setBigUint64(at + 16, segment.virtualAddress, true);
  view.setBigUint64(at + 24, BigInt(segment.physicalAddress), true);
  view.setBigUint64(at + 32, BigInt(segment.bytes.length), true);
  view.setBigUint64(at + 40, BigInt(segment.bytes.length), true);
  view.setBigUint64(at + 48, 1n, true);
}

function writeSectionHeader(
  view: DataView,
  at: number,
  section: Section,
  offset: number,
  name: number,
): void {
  view.setUint32(at, name, true);
  view.setUint32(at + 4, section.type, true);
  view.setBigUint64(at + 8, section.flags, true);
  view.setBigUint64(at + 16, section.address, true);
  view.setBigUint64(at + 24, BigInt(section.type === 0 ? 0 : offset), true);
  view.setBigUint64(at + 32, BigInt(section.bytes.length), true);
  view.setUint32(at + 40, section.link, true);
  view.setUint32(at + 44, section.info, true);
  view.setBigUint64(at + 48, section.type === 0 ? 0n : 1n, true);
  view.setBigUint64(at + 56, BigInt(section.entrySize), true);
}

/** Offset of a name among NUL-terminated names. */
function findName(names: Uint8Array, name: string): number {
  return name === "" ? 0 : Buffer.from(names).indexOf("\0" + name + "\0") + 1;
}

function cString(bytes: Uint8Array, at: number): string {
  return Buffer.from(bytes.subarray(at, bytes.indexOf(0, at))).toString();
}

function alignUp(offset: number): number {
  return (offset + FILE_ALIGN - 1) & -FILE_ALIGN;
}
