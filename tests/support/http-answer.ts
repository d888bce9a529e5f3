import type { Answer } from "./fake-tcp.ts";

/** An answer without a body. */
export const HTTP_NOT_FOUND = http("HTTP/1.1 404 Not Found\nContent-Length: 0");

/** The bytes of an HTTP message; lines of the head end in a bare line feed here. */
export function http(head: string, body: Uint8Array = new Uint8Array(0)): Uint8Array {
  return new Uint8Array(Buffer.concat([Buffer.from(`${head.replaceAll("\n", "\r\n")}\r\n\r\n`), body]));
}

/** A good answer with a body of known length. */
export function ok(body: Uint8Array): Answer {
  return { bytes: http(`HTTP/1.1 200 OK\nContent-Length: ${body.length}`, body) };
}

/** A good answer in chunks of `size` bytes. */
export function chunked(body: Uint8Array, size: number): Answer {
  const parts: Uint8Array[] = [http("HTTP/1.1 200 OK\nTransfer-Encoding: chunked")];
  for (let at = 0; at < body.length; at += size) {
    const part = body.subarray(at, at + size);
    parts.push(Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from("\r\n"));
  }
  parts.push(Buffer.from("0\r\n\r\n"));
  return { bytes: new Uint8Array(Buffer.concat(parts)) };
}
