// Packets of the GDB Remote Serial Protocol, "Overview": `$data#checksum`. Bytes in and out; strings hold a byte a character.

const DOLLAR = 0x24;
const HASH = 0x23;
const ESCAPE = 0x7d;
const ESCAPE_XOR = 0x20;
const STAR = 0x2a;
const PLUS = 0x2b;
const MINUS = 0x2d;
const INTERRUPT = 0x03;

/** The longest packet that we take, in both directions. */
export const MAX_PACKET = 0x10000;

/** What came in. */
export type Incoming =
  | { kind: "packet"; data: string }
  /** A packet whose checksum is wrong. */
  | { kind: "damaged" }
  | { kind: "ack" }
  | { kind: "nack" }
  | { kind: "interrupt" };

/** Finds packets in a stream. What is none is skipped; a packet too long is damaged. */
export class PacketReader {
  #data: number[] = [];
  #inPacket = false;
  #checksum: string | undefined;

  /** Takes bytes of the stream; gives what they complete. */
  *read(bytes: Uint8Array): Generator<Incoming> {
    for (const byte of bytes) {
      const incoming = this.#inPacket ? this.#take(byte) : this.#begin(byte);
      if (incoming !== undefined) yield incoming;
    }
  }

  #begin(byte: number): Incoming | undefined {
    switch (byte) {
      case DOLLAR:
        this.#inPacket = true;
        this.#data = [];
        this.#checksum = undefined;
        return undefined;
      case PLUS:
        return { kind: "ack" };
      case MINUS:
        return { kind: "nack" };
      case INTERRUPT:
        return { kind: "interrupt" };
      default:
        return undefined;
    }
  }

  #take(byte: number): Incoming | undefined {
    if (this.#checksum === undefined) {
      if (byte === HASH) this.#checksum = "";
      else if (this.#data.length <= MAX_PACKET) this.#data.push(byte);
      return undefined;
    }
    this.#checksum += String.fromCharCode(byte);
    if (this.#checksum.length < 2) return undefined;
    this.#inPacket = false;
    const expected = checksumOf(this.#data);
    if (this.#checksum.toLowerCase() !== expected || this.#data.length > MAX_PACKET)
      return { kind: "damaged" };
    return { kind: "packet", data: unescape(this.#data) };
  }
}

/** A packet that carries `data`. */
export function encodePacket(data: string): Buffer {
  const bytes: number[] = [];
  for (const character of Buffer.from(data, "latin1")) {
    if (character === DOLLAR || character === HASH || character === ESCAPE || character === STAR)
      bytes.push(ESCAPE, character ^ ESCAPE_XOR);
    else bytes.push(character);
  }
  return Buffer.concat([Buffer.from("$"), Buffer.from(bytes), Buffer.from(`#${checksumOf(bytes)}`)]);
}

function unescape(bytes: readonly number[]): string {
  const plain: number[] = [];
  for (let i = 0; i < bytes.length; i++) {
    if (bytes[i] === ESCAPE && i + 1 < bytes.length) plain.push(bytes[++i]! ^ ESCAPE_XOR);
    else plain.push(bytes[i]!);
  }
  return Buffer.from(plain).toString("latin1");
}

function checksumOf(bytes: readonly number[]): string {
  const sum = bytes.reduce((total, byte) => (total + byte) & 0xff, 0);
  return sum.toString(16).padStart(2, "0");
}
