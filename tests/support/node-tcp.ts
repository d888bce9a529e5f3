import { connect, type Socket } from "node:net";
import { E_AGAIN, E_CONNREFUSED, E_CONNRESET, E_NOTCONN } from "../../guest-kernel/abi/errors.ts";

interface Connection {
  socket: Socket;
  state: "opening" | "open" | "ended" | "failed";
  error: number;
  received: Buffer[];
}

/** The guest's TCP client as a thin layer over Node's sockets: a guest module talks to real servers on loopback. */
export class NodeTcp {
  readonly #memory: () => Uint8Array;
  readonly #connections = new Map<number, Connection>();
  #made = 0;

  constructor(memory: () => Uint8Array) {
    this.#memory = memory;
  }

  /** Sockets that the guest has not given back. */
  get open(): number {
    return this.#connections.size;
  }

  /** Connections ever made. */
  get made(): number {
    return this.#made;
  }

  /** The imports of the module under test. */
  imports(): Record<string, (...args: number[]) => number | void> {
    return {
      connect: (_ip, port = 0) => this.#connect(port),
      status: (socket = -1) => statusOf(this.#at(socket)),
      read: (socket = -1, dst = 0, len = 0) => this.#read(this.#at(socket), dst, len),
      write: (socket = -1, src = 0, len = 0) => this.#write(this.#at(socket), src, len),
      close: (socket = -1) => this.#end(socket),
      abort: (socket = -1) => this.#end(socket),
    };
  }

  /** Ends what is left. */
  close(): void {
    for (const number of this.#connections.keys()) this.#end(number);
  }

  #connect(port: number): number {
    const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    const connection: Connection = { socket, state: "opening", error: 0, received: [] };
    socket.on("connect", () => (connection.state = "open"));
    socket.on("data", (data) => connection.received.push(data));
    socket.on("end", () => (connection.state = "ended"));
    socket.on("error", () => {
      connection.error = connection.state === "opening" ? -E_CONNREFUSED : -E_CONNRESET;
      connection.state = "failed";
    });
    this.#connections.set(this.#made, connection);
    return this.#made++;
  }

  #read(connection: Connection, dst: number, len: number): number {
    const [data, ...rest] = connection.received;
    if (data === undefined) {
      if (connection.state === "ended") return 0;
      return connection.state === "failed" ? connection.error : -E_AGAIN;
    }
    const part = data.subarray(0, len);
    this.#memory().set(part, dst);
    connection.received = part.length < data.length ? [data.subarray(part.length), ...rest] : rest;
    return part.length;
  }

  #write(connection: Connection, src: number, len: number): number {
    if (connection.state === "failed") return connection.error;
    connection.socket.write(this.#memory().slice(src, src + len));
    return len;
  }

  #end(number: number): void {
    this.#at(number).socket.destroy();
    this.#connections.delete(number);
  }

  #at(number: number): Connection {
    const connection = this.#connections.get(number);
    if (connection === undefined) throw new Error(`socket ${number} is not open`);
    return connection;
  }
}

function statusOf({ state, error }: Connection): number {
  if (state === "opening") return 0;
  if (state === "failed") return error;
  return state === "ended" ? -E_NOTCONN : 1;
}
