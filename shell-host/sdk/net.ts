// TCP streams and addresses.

import { close, read, tcp_connect } from "./oscortex.ts";
import { writeAll } from "./console.ts";
import { parseCount } from "./args.ts";

/** No IPv4 address. */
export const NO_ADDRESS: i64 = -1;

/** An address from dotted text such as `10.0.2.2`, its first octet in the lowest byte; NO_ADDRESS if it is none. */
export function parseAddress(text: string): i64 {
  const octets = text.split(".");
  if (octets.length != 4) return NO_ADDRESS;
  let address: u32 = 0;
  for (let i = 0; i < 4; i++) {
    const octet = parseCount(octets[i]);
    if (octet < 0 || octet > 255) return NO_ADDRESS;
    address |= (<u32>octet) << (8 * i);
  }
  return address;
}

/** One TCP connection. Close it when done. */
export class TcpStream {
  constructor(
    /** The handle; negative if the connection failed: -E_*. */
    public handle: i32,
  ) {}

  /** Connects; look at `error` before use. Needs `net`. */
  static connect(address: u32, port: u32): TcpStream {
    return new TcpStream(tcp_connect(address, port));
  }

  /** 0, or why there is no connection: -E_*. */
  get error(): i32 {
    return min(this.handle, 0);
  }

  /** Sends text as UTF-8; false if the connection is gone. */
  sendText(text: string): bool {
    const bytes = String.UTF8.encode(text);
    return writeAll(this.handle, changetype<usize>(bytes), bytes.byteLength);
  }

  /** Waits for bytes: how many came, 0 at the end of the stream, or -E_*. */
  receive(buffer: usize, capacity: u32): i32 {
    return read(this.handle, buffer, capacity);
  }

  /** Closes the connection. */
  close(): void {
    close(this.handle);
  }
}
