import { E_AGAIN, E_CONNREFUSED, E_CONNRESET, E_NETDOWN, E_NOTCONN } from "../../guest-kernel/abi/errors.ts";

/** What a scripted server does with one request. */
export interface Answer {
  bytes: Uint8Array;
  /** After the bytes: keep the connection, close it, reset it, or fall silent for ever. */
  ending?: "keep" | "close" | "reset";
}

/** How the server takes a new connection. */
export type Welcome = "open" | "refuse" | "ignore" | "netdown";

/** One connection, seen from both sides. */
class Connection {
  state: "opening" | "open" | "refused" | "reset" | "gone" = "opening";
  request = "";
  incoming: Uint8Array = new Uint8Array(0); // on its way to the guest
  arrived = 0; // of `incoming`, bytes that the guest can read
  ending: "keep" | "close" | "reset" = "keep";
  served = 0;
}

/**
 * A TCP client for the guest to call, with a scripted HTTP server behind it. Bytes arrive when the test says so:
 * `deliver` moves one segment of every connection.
 */
export class FakeTcp {
  welcome: Welcome = "open";
  /** Largest segment, in bytes. */
  segment = 1460;
  /** How many bytes one write takes. */
  writable = 1 << 20;
  /** Bytes that the guest has read. */
  received = 0;
  /** Gives the answer to a request; undefined: none. */
  serve: (path: string, connection: number) => Answer | undefined = () => undefined;
  /** Paths asked for, with the number of the connection. */
  readonly log: string[] = [];
  readonly heads: string[] = [];
  readonly #connections: Connection[] = [];
  readonly #memory: () => Uint8Array;

  constructor(memory: () => Uint8Array) {
    this.#memory = memory;
  }

  /** The imports of the module under test. */
  imports(): Record<string, (...args: number[]) => number | void> {
    return {
      connect: () => this.#connect(),
      status: (socket = -1) => this.#status(this.#at(socket)),
      read: (socket = -1, dst = 0, len = 0) => this.#read(this.#at(socket), dst, len),
      write: (socket = -1, src = 0, len = 0) => this.#write(socket, src, len),
      close: (socket = -1) => this.#end(socket),
      abort: (socket = -1) => this.#end(socket),
    };
  }

  /** Connections that the guest has not given back. */
  get open(): number {
    return this.#connections.filter(({ state }) => state !== "gone").length;
  }

  /** Connections ever made. */
  get made(): number {
    return this.#connections.length;
  }

  /** Moves one segment of every connection on. False if nothing moved. */
  deliver(): boolean {
    let moved = false;
    for (const connection of this.#connections) {
      if (connection.state === "opening" && this.welcome !== "ignore") {
        connection.state = this.welcome === "refuse" ? "refused" : "open";
        moved = true;
      } else if (connection.arrived < connection.incoming.length) {
        connection.arrived = Math.min(connection.incoming.length, connection.arrived + this.segment);
        moved = true;
      }
    }
    return moved;
  }

  /** The server closes connections that wait for a request, as servers do after a while. */
  closeIdle(how: "close" | "reset"): void {
    for (const connection of this.#connections) connection.ending = how;
  }

  #connect(): number {
    if (this.welcome === "netdown") return -E_NETDOWN;
    return this.#connections.push(new Connection()) - 1;
  }

  #status(connection: Connection): number {
    if (connection.state === "opening") return 0;
    if (connection.state === "refused") return -E_CONNREFUSED;
    return this.#drained(connection) && connection.ending !== "keep" ? -E_NOTCONN : 1;
  }

  #read(connection: Connection, dst: number, len: number): number {
    const part = connection.incoming.subarray(0, Math.min(len, connection.arrived));
    if (part.length === 0) return this.#drained(connection) ? endOf(connection) : -E_AGAIN;
    this.#memory().set(part, dst);
    connection.incoming = connection.incoming.subarray(part.length);
    connection.arrived -= part.length;
    this.received += part.length;
    return part.length;
  }

  #write(socket: number, src: number, len: number): number {
    const connection = this.#at(socket);
    if (connection.ending === "reset") return -E_CONNRESET;
    const taken = Math.min(len, this.writable);
    connection.request += Buffer.from(this.#memory().slice(src, src + taken)).toString("latin1");
    const end = connection.request.indexOf("\r\n\r\n");
    if (end >= 0 && connection.ending === "keep") this.#answer(connection, socket, end);
    return taken === 0 ? -E_AGAIN : taken;
  }

  #answer(connection: Connection, socket: number, end: number): void {
    const head = connection.request.slice(0, end);
    connection.request = connection.request.slice(end + 4);
    const path = /^GET (?<path>\S+) HTTP\/1\.1\r\n/.exec(head)?.groups?.["path"] ?? "malformed";
    this.log.push(`${socket} ${path}`);
    this.heads.push(head);
    const answer = this.serve(path, connection.served++);
    if (answer === undefined) return;
    connection.incoming = new Uint8Array(Buffer.concat([connection.incoming, answer.bytes]));
    connection.ending = answer.ending ?? "keep";
  }

  #end(socket: number): void {
    const connection = this.#at(socket);
    connection.state = "gone";
  }

  #drained(connection: Connection): boolean {
    return connection.incoming.length === 0;
  }

  #at(socket: number): Connection {
    const connection = this.#connections[socket];
    if (connection === undefined || connection.state === "gone")
      throw new Error(`socket ${socket} is not open`);
    return connection;
  }
}

function endOf(connection: Connection): number {
  if (connection.ending === "close") return 0;
  return connection.ending === "reset" ? -E_CONNRESET : -E_AGAIN;
}
