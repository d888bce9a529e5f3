// The socket that gdb connects to.

import { createServer, type Server, type Socket } from "node:net";
import { rmSync } from "node:fs";
import { GdbSession } from "./session.ts";
import { CONTINUE, type GdbTarget } from "./target.ts";

const DEFAULT_HOST = "127.0.0.1";

/** An address to listen at: `PORT`, `HOST:PORT`, or the path of a Unix socket (with a slash in it). */
export type GdbAddress = { host: string; port: number } | { path: string };

/** Parses an address; undefined if it is none. */
export function parseGdbAddress(text: string): GdbAddress | undefined {
  if (text.includes("/")) return { path: text };
  const [, host, port = ""] = /^(?:(.*):)?(\d{1,5})$/.exec(text) ?? [];
  if (port === "" || Number(port) > 0xffff) return undefined;
  return { host: host === undefined || host === "" ? DEFAULT_HOST : host, port: Number(port) };
}

/** A debugger that is connected. */
interface Connection {
  socket: Socket;
  session: GdbSession;
}

/** Serves one debugger at a time; another one is turned away while one is connected. */
export class GdbServer {
  readonly #target: GdbTarget;
  readonly #server: Server;
  #connection: Connection | undefined;
  /** Nobody has been here yet, and the guest waits for somebody. */
  #waitsForFirst: boolean;

  /** Listens; rejects with the host's error. With `wait` the guest is held until the first debugger lets it go. */
  static async listen(target: GdbTarget, address: GdbAddress, wait: boolean): Promise<GdbServer> {
    const server = new GdbServer(target, wait);
    if ("path" in address) rmSync(address.path, { force: true });
    await new Promise<void>((resolve, reject) => {
      server.#server.once("error", reject);
      server.#server.listen(address, () => {
        server.#server.off("error", reject);
        resolve();
      });
    });
    return server;
  }

  private constructor(target: GdbTarget, wait: boolean) {
    this.#target = target;
    this.#waitsForFirst = wait;
    this.#server = createServer((socket) => this.#accept(socket));
  }

  /** Where it listens, as gdb's `target remote` takes it. */
  get address(): string {
    const address = this.#server.address();
    if (typeof address === "string" || address === null) return address ?? "";
    return `${address.address}:${address.port}`;
  }

  /** The guest has been held; may be said again. Without a debugger it goes on. */
  held(): void {
    if (this.#connection !== undefined) this.#connection.session.stopped();
    else if (!this.#waitsForFirst) this.#target.resume(CONTINUE);
  }

  /** The guest has ended. */
  exited(status: number): void {
    this.#connection?.session.exited(status);
  }

  close(): void {
    this.#connection?.socket.end();
    this.#server.close();
  }

  #accept(socket: Socket): void {
    const last = this.#connection;
    // One that has said goodbye is gone, whether or not the host has told us that its socket is.
    if (last !== undefined && !last.session.over) {
      socket.destroy();
      return;
    }
    socket.setNoDelay(true);
    const session = new GdbSession(this.#target, (bytes) => void socket.write(bytes));
    const connection = { socket, session };
    this.#connection = connection;
    this.#waitsForFirst = false;
    this.#target.attached = true;
    if (!this.#target.held) this.#target.pause();
    socket.on("data", (bytes) => {
      if (this.#connection !== connection) return; // what it says after its goodbye
      session.receive(bytes);
      if (session.over) socket.end();
    });
    socket.on("error", () => socket.destroy());
    socket.on("close", () => this.#forget(connection));
  }

  /** A debugger that vanished leaves a guest that runs. */
  #forget(connection: Connection): void {
    if (this.#connection !== connection) return; // there is another one by now
    this.#connection = undefined;
    this.#target.attached = false;
    this.#target.removeAllBreakpoints();
    if (this.#target.held) this.#target.resume(CONTINUE);
  }
}
