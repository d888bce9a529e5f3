// One debugger's conversation, GDB Remote Serial Protocol. Bytes in, bytes out: no socket here.

import { answer, type Conversation } from "./commands.ts";
import { HELD_BY_LIBRARIES, HELD_BY_TRAP } from "./debug-port.ts";
import { encodePacket, PacketReader } from "./packet.ts";
import type { GdbTarget } from "./target.ts";

const ACK = Buffer.from("+");
const NACK = Buffer.from("-");

/** The stub's side of a connection. */
export class GdbSession {
  readonly #reader = new PacketReader();
  readonly #target: GdbTarget;
  readonly #send: (bytes: Uint8Array) => void;
  readonly #conversation: Conversation = {
    acknowledges: true,
    registerThread: 0,
    waitsForStop: false,
    over: false,
  };
  #last: Buffer = Buffer.alloc(0);

  /** `send` takes what goes to the debugger. */
  constructor(target: GdbTarget, send: (bytes: Uint8Array) => void) {
    this.#target = target;
    this.#send = send;
  }

  /** True once the debugger has detached or killed the guest. */
  get over(): boolean {
    return this.#conversation.over;
  }

  /** Takes bytes from the debugger. */
  receive(bytes: Uint8Array): void {
    for (const incoming of this.#reader.read(bytes)) {
      switch (incoming.kind) {
        case "packet":
          this.#packet(incoming.data);
          break;
        case "damaged":
          if (this.#conversation.acknowledges) this.#send(NACK);
          break;
        case "nack":
          this.#send(this.#last);
          break;
        case "interrupt":
          this.#target.pause();
          break;
        case "ack":
          break;
        default:
          incoming satisfies never;
      }
    }
  }

  /** The guest has been held: HELD_BY_*. */
  stopped(signal: number): void {
    if (!this.#conversation.waitsForStop) return;
    this.#conversation.waitsForStop = false;
    const [thread] = this.#target.threads();
    const libraries = signal === HELD_BY_LIBRARIES;
    const stop = `T${hexByte(libraries ? HELD_BY_TRAP : signal)}thread:${(thread?.id ?? 1).toString(16)};`;
    this.#reply(libraries ? `${stop}library:;` : stop);
  }

  /** The guest has ended. */
  exited(status: number): void {
    if (this.#conversation.waitsForStop) this.#reply(`W${hexByte(status)}`);
    this.#conversation.over = true;
  }

  #packet(data: string): void {
    if (this.#conversation.acknowledges) this.#send(ACK);
    const reply = answer(data, this.#target, this.#conversation);
    if (reply !== undefined) this.#reply(reply);
  }

  #reply(data: string): void {
    this.#last = encodePacket(data);
    this.#send(this.#last);
  }
}

function hexByte(value: number): string {
  return (value & 0xff).toString(16).padStart(2, "0");
}
