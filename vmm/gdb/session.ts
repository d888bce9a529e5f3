// One debugger's conversation, GDB Remote Serial Protocol. Bytes in, bytes out: no socket here.

import { answer, type Conversation } from "./commands.ts";
import { encodePacket, PacketReader } from "./packet.ts";
import { hexByte, stopReply } from "./stop-reply.ts";
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

  /** The guest has been held; may be said again. */
  stopped(): void {
    if (!this.#conversation.waitsForStop) return;
    this.#conversation.waitsForStop = false;
    this.#conversation.registerThread = 0; // gdb takes the thread of the reply for selected
    this.#reply(stopReply(this.#target));
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
