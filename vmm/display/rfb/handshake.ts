// How a viewer gets in: version, security, ClientInit; RFC 6143 §7.1 to §7.3, and the versions 3.3 and 3.7 before it.
import { randomBytes } from "node:crypto";
import type { ByteQueue } from "./byte-queue.ts";
import { RfbError } from "./errors.ts";
import * as p from "./protocol.ts";
import { checkResponse } from "./vnc-auth.ts";

const VERSION_PATTERN = /^RFB (\d{3})\.(\d{3})\n$/;
const REASON = "wrong password";

/** One handshake. Bytes in by `step`, bytes out by `send`. */
export class Handshake {
  readonly #send: (bytes: Uint8Array) => void;
  readonly #password: string | undefined;
  readonly #challenge = new Uint8Array(randomBytes(p.CHALLENGE_SIZE));
  #minor = 8;
  #state: "version" | "security" | "response" | "init" | "done" = "version";
  #refused = false;

  /** Begins; with a password, a viewer has to know it. */
  constructor(send: (bytes: Uint8Array) => void, password: string | undefined) {
    this.#send = send;
    this.#password = password;
    send(new TextEncoder().encode(p.VERSION));
  }

  /** Whether the viewer is in. */
  get done(): boolean {
    return this.#state === "done";
  }

  /** Whether the viewer gave a wrong password. */
  get refused(): boolean {
    return this.#refused;
  }

  /** Takes the next step, if what it needs has come; false if not. @throws RfbError */
  step(queue: ByteQueue): boolean {
    switch (this.#state) {
      case "version":
        return queue.length >= p.VERSION_SIZE && this.#takeVersion(queue.take(p.VERSION_SIZE));
      case "security":
        return queue.length >= 1 && this.#takeSecurity(queue.take(1)[0] ?? 0);
      case "response":
        return queue.length >= p.CHALLENGE_SIZE && this.#takeResponse(queue.take(p.CHALLENGE_SIZE));
      case "init":
        if (queue.length < 1) return false;
        queue.take(1); // shared or not: other viewers stay
        this.#state = "done";
        return true;
      case "done":
        return false;
      default:
        return this.#state satisfies never;
    }
  }

  get #security(): number {
    return this.#password === undefined ? p.SECURITY_NONE : p.SECURITY_VNC;
  }

  #takeVersion(bytes: Uint8Array): true {
    const [, major, minor] = VERSION_PATTERN.exec(new TextDecoder().decode(bytes)) ?? [];
    if (major !== "003") throw new RfbError("no version 3 of RFB");
    this.#minor = Number(minor);
    if (this.#minor >= 7) {
      this.#send(Uint8Array.of(1, this.#security));
      this.#state = "security";
    } else {
      this.#send(Uint8Array.of(0, 0, 0, this.#security)); // 3.3: the server decides
      this.#challengeOrGoOn();
    }
    return true;
  }

  #takeSecurity(type: number): true {
    if (type !== this.#security) throw new RfbError(`security type ${type}`);
    this.#challengeOrGoOn();
    return true;
  }

  #challengeOrGoOn(): void {
    if (this.#security === p.SECURITY_VNC) {
      this.#send(this.#challenge);
      this.#state = "response";
      return;
    }
    if (this.#minor >= 8) this.#send(Uint8Array.of(0, 0, 0, p.SECURITY_OK));
    this.#state = "init";
  }

  #takeResponse(response: Uint8Array): true {
    if (this.#password === undefined || !checkResponse(this.#password, this.#challenge, response)) {
      this.#refuse();
      throw new RfbError(REASON);
    }
    this.#send(Uint8Array.of(0, 0, 0, p.SECURITY_OK));
    this.#state = "init";
    return true;
  }

  #refuse(): void {
    this.#refused = true;
    this.#send(Uint8Array.of(0, 0, 0, p.SECURITY_FAILED));
    if (this.#minor < 8) return;
    const reason = new TextEncoder().encode(REASON);
    this.#send(Uint8Array.of(0, 0, 0, reason.length, ...reason));
  }
}
