// The XML documents of `qXfer`, GDB manual appendix G and "Library List Format", "Memory Map Format", "Thread List Format".

import {
  KERNEL_CODE_END,
  KERNEL_CODE_GIB,
  KERNEL_CODE_GPA,
  KERNEL_WINDOW_GIB,
  PROCESS_WINDOW_COUNT,
  PROCESS_WINDOW_GIB,
  PROCESS_WINDOWS_GIB,
} from "../../guest-kernel/abi/memory-map.ts";
import type { GdbLibrary, GdbThread } from "./target.ts";

const GIB = 1n << 30n;

/** The files whose code is in memory: gdb reads their symbols by itself. */
export function librariesDocument(libraries: readonly GdbLibrary[]): string {
  const entries = libraries.map(
    ({ file, address }) =>
      `<library name="${escapeXml(file)}"><section address="0x${address.toString(16)}"/></library>`,
  );
  return `<library-list>${entries.join("")}</library-list>`;
}

/** Where memory can be: the lowest 4 GiB are a thread's linear memory. All of it takes software breakpoints. */
export function memoryMapDocument(): string {
  const areas: [start: bigint, length: bigint][] = [
    [0n, 4n * GIB],
    [BigInt(KERNEL_WINDOW_GIB) * GIB, 4n * GIB],
    [BigInt(KERNEL_CODE_GIB) * GIB, BigInt(KERNEL_CODE_END - KERNEL_CODE_GPA)],
    [BigInt(PROCESS_WINDOWS_GIB) * GIB, BigInt(PROCESS_WINDOW_GIB) * BigInt(PROCESS_WINDOW_COUNT) * GIB],
  ];
  const entries = areas.map(
    ([start, length]) =>
      `<memory type="ram" start="0x${start.toString(16)}" length="0x${length.toString(16)}"/>`,
  );
  return `<?xml version="1.0"?><memory-map>${entries.join("")}</memory-map>`;
}

/** The threads with their names. */
export function threadsDocument(threads: readonly GdbThread[]): string {
  const entries = threads.map(
    ({ id, name }) => `<thread id="${id.toString(16)}" name="${escapeXml(name)}"/>`,
  );
  return `<?xml version="1.0"?><threads>${entries.join("")}</threads>`;
}

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
