import { EVENT_LOG_GPA } from "../guest-kernel/abi/event-page.ts";
import { LOG_RING_BYTES, LOG_RING_SIZE, LOG_RING_TOTAL } from "../guest-kernel/abi/log-ring.ts";
import { EVENT_PAGE_GPA } from "../guest-kernel/abi/memory-map.ts";

/**
 * The last `maxLines` lines of the kernel's log, without line ends, read from guest RAM.
 *
 * The ring is the guest's: it may lie anywhere and hold anything. None if it is not inside of RAM.
 */
export function readKernelLog(ram: DataView, maxLines: number): string[] {
  const ring = ram.getUint32(EVENT_PAGE_GPA + EVENT_LOG_GPA, true);
  if (ring === 0 || ring > ram.byteLength - LOG_RING_BYTES - LOG_RING_SIZE) return [];
  const total = ram.getUint32(ring + LOG_RING_TOTAL, true);
  const kept = Math.min(total, LOG_RING_SIZE);
  const bytes = new Uint8Array(kept);
  for (let i = 0; i < kept; i++) {
    const at = (total - kept + i) & (LOG_RING_SIZE - 1);
    bytes[i] = ram.getUint8(ring + LOG_RING_BYTES + at);
  }
  const lines = printable(new TextDecoder().decode(bytes)).split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines.slice(-maxLines);
}

/** Without control characters, which could take over a terminal. */
function printable(text: string): string {
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  return text.replace(/[\x00-\x09\x0b-\x1f\x7f-\x9f]/g, "?");
}
