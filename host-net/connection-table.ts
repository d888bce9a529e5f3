import type { TcpConnection } from "./tcp-connection.ts";

/** Finds the connection of a segment, without an allocation: by the guest's port, then along a short list. */
export class ConnectionTable {
  readonly #byGuestPort = new Map<number, TcpConnection>();

  find(remoteIp: number, remotePort: number, guestPort: number): TcpConnection | undefined {
    let connection = this.#byGuestPort.get(guestPort);
    while (connection !== undefined) {
      const { tuple } = connection.endpoint;
      if (tuple.remoteIp === remoteIp && tuple.remotePort === remotePort) return connection;
      connection = connection.nextOnPort;
    }
    return undefined;
  }

  add(connection: TcpConnection): void {
    const { guestPort } = connection.endpoint.tuple;
    connection.nextOnPort = this.#byGuestPort.get(guestPort);
    this.#byGuestPort.set(guestPort, connection);
  }

  /** Removes a connection; one that is not in the table is ignored. */
  remove(connection: TcpConnection): void {
    const { guestPort } = connection.endpoint.tuple;
    const first = this.#byGuestPort.get(guestPort);
    if (first === connection) {
      if (connection.nextOnPort === undefined) this.#byGuestPort.delete(guestPort);
      else this.#byGuestPort.set(guestPort, connection.nextOnPort);
      return;
    }
    for (let before = first; before !== undefined; before = before.nextOnPort) {
      if (before.nextOnPort === connection) before.nextOnPort = connection.nextOnPort;
    }
  }
}
