// Packet capture file, the classic format of libpcap (draft-ietf-opsawg-pcap), microseconds, little-endian.
import { closeSync, openSync, writeSync, writevSync } from "node:fs";
import { MAX_FRAME_LEN } from "./wire/frame-buffer.ts";

const FILE_HEADER_LEN = 24;
const RECORD_HEADER_LEN = 16;
const MAGIC_MICROSECONDS = 0xa1b2c3d4;
const LINKTYPE_ETHERNET = 1;

/** Sees every frame that crosses the link, in either direction. The frame is valid during the call only. */
export interface FrameCapture {
  capture(frame: Uint8Array): void;
}

/**
 * Writes frames to a file that Wireshark reads. Each frame is on disk (with the host's kernel) when `capture` returns,
 * so a capture is complete up to the moment of any crash.
 */
export class PcapFile implements FrameCapture {
  readonly #fd: number;
  readonly #wallClockMs: () => number;
  readonly #header = new DataView(new ArrayBuffer(RECORD_HEADER_LEN));
  readonly #headerBytes = new Uint8Array(this.#header.buffer);

  /** Creates the file, or empties it. Throws what `openSync` throws. */
  constructor(path: string, wallClockMs: () => number = () => performance.timeOrigin + performance.now()) {
    this.#fd = openSync(path, "w");
    this.#wallClockMs = wallClockMs;
    writeSync(this.#fd, fileHeader());
  }

  capture(frame: Uint8Array): void {
    const microseconds = Math.floor(this.#wallClockMs() * 1000);
    this.#header.setUint32(0, Math.floor(microseconds / 1_000_000), true);
    this.#header.setUint32(4, microseconds % 1_000_000, true);
    this.#header.setUint32(8, frame.length, true); // captured
    this.#header.setUint32(12, frame.length, true); // on the wire
    writevSync(this.#fd, [this.#headerBytes, frame]);
  }

  close(): void {
    closeSync(this.#fd);
  }
}

function fileHeader(): Uint8Array {
  const header = new DataView(new ArrayBuffer(FILE_HEADER_LEN));
  header.setUint32(0, MAGIC_MICROSECONDS, true);
  header.setUint16(4, 2, true); // version 2.4
  header.setUint16(6, 4, true);
  header.setUint32(16, MAX_FRAME_LEN, true); // the longest frame captured
  header.setUint32(20, LINKTYPE_ETHERNET, true);
  return new Uint8Array(header.buffer);
}
