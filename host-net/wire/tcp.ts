// TCP segment header, RFC 9293 §3.1, with the options MSS (§3.2) and window scale (RFC 7323 §2). Offsets in bytes.
import { addWords, checksum, fold, pseudoHeaderSum } from "./checksum.ts";
import { PROTOCOL_TCP } from "./ipv4.ts";
import { Packet } from "./packet.ts";

const SRC_PORT = 0; // u16
const DST_PORT = SRC_PORT + 2; // u16
const SEQ = DST_PORT + 2; // u32
const ACK_NUMBER = SEQ + 4; // u32
const DATA_OFFSET = ACK_NUMBER + 4; // u8, high nibble, in 32-bit words
const FLAGS = DATA_OFFSET + 1; // u8
const WINDOW = FLAGS + 1; // u16
const CHECKSUM = WINDOW + 2; // u16
const URGENT = CHECKSUM + 2; // u16
export const TCP_HEADER_LEN = URGENT + 2;

export const FIN = 0x01;
export const SYN = 0x02;
export const RST = 0x04;
export const PSH = 0x08;
export const ACK = 0x10;

const OPTION_END = 0;
const OPTION_NOP = 1;
const OPTION_MSS = 2;
const OPTION_MSS_LEN = 4;
const OPTION_WINDOW_SCALE = 3;
const OPTION_WINDOW_SCALE_LEN = 3;

/** What a peer without the MSS option is assumed to take, RFC 9293 §3.7.1. */
export const DEFAULT_MSS = 536;

/** The largest shift, RFC 7323 §2.3. */
export const MAX_WINDOW_SCALE = 14;

/** A view of a TCP segment. */
export class TcpPacket extends Packet {
  /** True if the segment holds the header it claims to have. */
  check(): boolean {
    return this.length >= TCP_HEADER_LEN && this.headerLen >= TCP_HEADER_LEN && this.length >= this.headerLen;
  }

  /** True if the checksum is right. */
  verify(src: number, dst: number): boolean {
    const pseudo = pseudoHeaderSum(src, dst, PROTOCOL_TCP, this.length);
    return checksum(addWords(pseudo, this.bytes, this.start, this.end)) === 0;
  }

  get srcPort(): number {
    return this.u16(SRC_PORT);
  }
  get dstPort(): number {
    return this.u16(DST_PORT);
  }
  get seq(): number {
    return this.u32(SEQ);
  }
  get ack(): number {
    return this.u32(ACK_NUMBER);
  }
  get headerLen(): number {
    return (this.u8(DATA_OFFSET) >> 4) * 4;
  }
  get flags(): number {
    return this.u8(FLAGS);
  }
  get window(): number {
    return this.u16(WINDOW);
  }
  get payloadStart(): number {
    return this.start + this.headerLen;
  }
  get payloadEnd(): number {
    return this.end;
  }

  /** The MSS option's value, or `DEFAULT_MSS`. */
  get mss(): number {
    const at = this.#findOption(OPTION_MSS, OPTION_MSS_LEN);
    return at < 0 ? DEFAULT_MSS : this.u16(at + 2);
  }

  /** The window scale option's shift, or -1 if there is none. */
  get windowScale(): number {
    const at = this.#findOption(OPTION_WINDOW_SCALE, OPTION_WINDOW_SCALE_LEN);
    return at < 0 ? -1 : Math.min(this.u8(at + 2), MAX_WINDOW_SCALE);
  }

  /** The offset of a well-formed option in the header, or -1. A malformed option ends the search. */
  #findOption(kind: number, length: number): number {
    const end = this.headerLen;
    for (let at = TCP_HEADER_LEN; at < end;) {
      const found = this.u8(at);
      if (found === OPTION_END) return -1;
      if (found === OPTION_NOP) {
        at++;
        continue;
      }
      const claimed = at + 1 < end ? this.u8(at + 1) : 0;
      if (claimed < 2 || at + claimed > end) return -1;
      if (found === kind) return claimed === length ? at : -1;
      at += claimed;
    }
    return -1;
  }

  fill(srcPort: number, dstPort: number, seq: number, ack: number, flags: number, window: number): void {
    this.setU16(SRC_PORT, srcPort);
    this.setU16(DST_PORT, dstPort);
    this.setU32(SEQ, seq);
    this.setU32(ACK_NUMBER, ack);
    this.setU8(DATA_OFFSET, (TCP_HEADER_LEN / 4) << 4);
    this.setU8(FLAGS, flags);
    this.setU16(WINDOW, window);
    this.setU32(CHECKSUM, 0); // and URGENT
  }

  /** Appends the options of a SYN to a header without any. A scale of -1 is left out. */
  fillSynOptions(mss: number, windowScale: number): void {
    this.setU8(TCP_HEADER_LEN, OPTION_MSS);
    this.setU8(TCP_HEADER_LEN + 1, OPTION_MSS_LEN);
    this.setU16(TCP_HEADER_LEN + 2, mss);
    let headerLen = TCP_HEADER_LEN + OPTION_MSS_LEN;
    if (windowScale >= 0) {
      this.setU8(headerLen, OPTION_NOP);
      this.setU8(headerLen + 1, OPTION_WINDOW_SCALE);
      this.setU8(headerLen + 2, OPTION_WINDOW_SCALE_LEN);
      this.setU8(headerLen + 3, windowScale);
      headerLen += 4;
    }
    this.setU8(DATA_OFFSET, (headerLen / 4) << 4);
  }

  /** Writes the checksum of header and payload. */
  fillChecksum(src: number, dst: number): void {
    const pseudo = pseudoHeaderSum(src, dst, PROTOCOL_TCP, this.length);
    this.setU16(CHECKSUM, checksum(addWords(pseudo, this.bytes, this.start, this.end)));
  }

  /** Writes the pseudo-header's sum only: what `VIRTIO_NET_HDR_F_NEEDS_CSUM` completes, virtio 1.2 §5.1.6.2. */
  fillPartialChecksum(src: number, dst: number): void {
    this.setU16(CHECKSUM, fold(pseudoHeaderSum(src, dst, PROTOCOL_TCP, this.length)));
  }
}

export type TcpControl = "none" | "syn" | "fin" | "rst";

const CONTROL_FLAGS: Readonly<Record<TcpControl, number>> = { none: 0, syn: SYN, fin: FIN, rst: RST };

/** A segment whose fields make sense. Its payload stays in the frame. */
export class TcpRepr {
  srcPort = 0;
  dstPort = 0;
  seq = 0;
  ack = 0;
  control: TcpControl = "none";
  /** Whether `ack` means anything. */
  hasAck = false;
  /** Whether the sender has nothing more to send for the time being. */
  push = false;
  /** As in the header: not scaled. */
  window = 0;
  /** Of a SYN. */
  mss = DEFAULT_MSS;
  /** Of a SYN; -1: the peer does not scale. */
  windowScale = -1;

  /** Fills this from a checked packet; false if the packet is nonsense. */
  parse(packet: TcpPacket): boolean {
    const { flags } = packet;
    switch (flags & (SYN | FIN | RST)) {
      case 0:
        this.control = "none";
        break;
      case SYN:
        this.control = "syn";
        break;
      case FIN:
        this.control = "fin";
        break;
      case RST:
        this.control = "rst";
        break;
      default:
        return false; // SYN+FIN and friends
    }
    this.srcPort = packet.srcPort;
    this.dstPort = packet.dstPort;
    this.seq = packet.seq;
    this.ack = packet.ack;
    this.hasAck = (flags & ACK) !== 0;
    this.push = (flags & PSH) !== 0;
    this.window = packet.window;
    this.mss = this.control === "syn" ? packet.mss : DEFAULT_MSS;
    this.windowScale = this.control === "syn" ? packet.windowScale : -1;
    return this.srcPort !== 0 && this.dstPort !== 0;
  }

  /** A copy to keep, where this is a scratch object. */
  copy(): TcpRepr {
    return Object.assign(new TcpRepr(), this);
  }

  /** Bytes of the header that `emit` will write. */
  get headerLen(): number {
    if (this.control !== "syn") return TCP_HEADER_LEN;
    return TCP_HEADER_LEN + OPTION_MSS_LEN + (this.windowScale >= 0 ? 4 : 0);
  }

  /** Emits the header; the checksum is left to the caller, who knows whether anyone needs it. */
  emit(packet: TcpPacket): void {
    packet.fill(
      this.srcPort,
      this.dstPort,
      this.seq,
      this.ack,
      CONTROL_FLAGS[this.control] | (this.hasAck ? ACK : 0) | (this.push ? PSH : 0),
      this.window,
    );
    if (this.control === "syn") packet.fillSynOptions(this.mss, this.windowScale);
  }
}
