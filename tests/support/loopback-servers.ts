import { createServer, type Server, type Socket } from "node:net";

/** TCP servers on loopback ports of this host, and the connections that came to them. */
export class LoopbackServers {
  readonly sockets: Socket[] = [];
  readonly #servers: Server[] = [];

  /** Listens on a free port; returns it. */
  async serve(onConnection: (socket: Socket) => void): Promise<number> {
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      this.sockets.push(socket);
      socket.on("error", () => undefined); // resets are part of the tests
      onConnection(socket);
    });
    this.#servers.push(server);
    await new Promise<void>((resolve) => {
      server.listen(0, "127.0.0.1", resolve);
    });
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("server without a port");
    return address.port;
  }

  /** A port that nothing listens on. */
  async unusedPort(): Promise<number> {
    const port = await this.serve(() => undefined);
    await closeServer(this.#servers.pop()!);
    return port;
  }

  protected async closeServers(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await Promise.all(this.#servers.map(closeServer));
  }
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}
