// Raw packets, written and read without the project's own code: what a peer on the wire would do.

export const FIN = 1;
export const SYN = 2;
export const RST = 4;
export const PSH = 8;
export const ACK = 16;

const ETHERNET = 14;
const IPV4 = 20;

/** The internet checksum, RFC 1071, word by word. */
export function referenceChecksum(bytes: Uint8Array, start = 0): number {
  let sum = start;
  for (let i = 0; i < bytes.length; i++) sum += i % 2 === 0 ? bytes[i]! * 256 : bytes[i]!;
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 65536);
  return ~sum & 0xffff;
}

/** Joins byte strings. */
export function join(...parts: (Uint8Array | number[])[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** Big-endian bytes of a number. */
export function be(value: number, bytes: number): number[] {
  return Array.from({ length: bytes }, (_, i) => Math.floor(value / 256 ** (bytes - 1 - i)) % 256);
}

/** An Ethernet frame. */
export function ethernet(
  target: Uint8Array,
  source: Uint8Array,
  type: number,
  payload: Uint8Array,
): Uint8Array {
  return join(target, source, be(type, 2), payload);
}

/** An ARP packet: operation 1 asks, 2 answers. */
export function arp(
  op: number,
  senderMac: Uint8Array,
  senderIp: number[],
  targetMac: Uint8Array,
  targetIp: number[],
) {
  return join(be(1, 2), be(0x0800, 2), [6, 4], be(op, 2), senderMac, senderIp, targetMac, targetIp);
}

/** An IPv4 packet. */
export function ipv4(protocol: number, source: number[], target: number[], payload: Uint8Array): Uint8Array {
  const header = join(
    [0x45, 0],
    be(IPV4 + payload.length, 2),
    [0, 0, 0x40, 0, 64, protocol, 0, 0],
    source,
    target,
  );
  header.set(be(referenceChecksum(header), 2), 10);
  return join(header, payload);
}

function transportChecksum(protocol: number, source: number[], target: number[], bytes: Uint8Array): number {
  return referenceChecksum(join(source, target, [0, protocol], be(bytes.length, 2), bytes));
}

/** A UDP datagram with its checksum. */
export function udp(
  source: number[],
  sourcePort: number,
  target: number[],
  targetPort: number,
  payload: Uint8Array,
) {
  const bytes = join(be(sourcePort, 2), be(targetPort, 2), be(8 + payload.length, 2), [0, 0], payload);
  bytes.set(be(transportChecksum(17, source, target, bytes) || 0xffff, 2), 6);
  return bytes;
}

/** The fields of a TCP segment. */
export interface Segment {
  sourcePort: number;
  targetPort: number;
  seq: number;
  ack: number;
  flags: number;
  window: number;
  options?: number[];
  payload?: Uint8Array;
}

/** A TCP segment with its checksum. */
export function tcp(source: number[], target: number[], segment: Segment): Uint8Array {
  const { options = [], payload = new Uint8Array(0) } = segment;
  const bytes = join(
    be(segment.sourcePort, 2),
    be(segment.targetPort, 2),
    be(segment.seq >>> 0, 4),
    be(segment.ack >>> 0, 4),
    [(5 + options.length / 4) << 4, segment.flags],
    be(segment.window, 2),
    [0, 0, 0, 0],
    options,
    payload,
  );
  bytes.set(be(transportChecksum(6, source, target, bytes), 2), 16);
  return bytes;
}

/** A frame taken apart as far as TCP; undefined if it holds something else. */
export function parseTcp(
  frame: Uint8Array,
): (Required<Segment> & { source: number[]; checksumOk: boolean }) | undefined {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  if (view.getUint16(12) !== 0x0800 || frame[ETHERNET + 9] !== 6) return undefined;
  const at = ETHERNET + IPV4;
  const end = ETHERNET + view.getUint16(ETHERNET + 2);
  const headerLen = (frame[at + 12]! >> 4) * 4;
  const source = [...frame.subarray(ETHERNET + 12, ETHERNET + 16)];
  const target = [...frame.subarray(ETHERNET + 16, ETHERNET + 20)];
  return {
    source,
    sourcePort: view.getUint16(at),
    targetPort: view.getUint16(at + 2),
    seq: view.getUint32(at + 4),
    ack: view.getUint32(at + 8),
    flags: frame[at + 13]!,
    window: view.getUint16(at + 14),
    options: [...frame.subarray(at + 20, at + headerLen)],
    payload: frame.slice(at + headerLen, end),
    checksumOk: transportChecksum(6, source, target, frame.subarray(at, end)) === 0,
  };
}
