// The HTTP response: status line and headers (RFC 9112 §4, §5), then a body up to the end of the connection.

import { HANDLE_STDOUT } from "../../../guest-kernel/abi/syscall.ts";
import { parseCount } from "../../sdk/args.ts";
import { writeAll } from "../../sdk/console.ts";
import { errorText } from "../../sdk/error-text.ts";
import { TcpStream } from "../../sdk/net.ts";

const HEAD_MAX: i32 = 16384;
const NO_LENGTH: i32 = -1;

const buffer = memory.data(HEAD_MAX);

/** What stands before the body. The bytes of `buffer` from `bodyAt` to `end` are the body's first. */
export class Head {
  status: i32 = 0;
  contentLength: i32 = NO_LENGTH;
  bodyAt: i32 = 0;
  end: i32 = 0;
  /** Why there is no head; empty if there is one. */
  problem: string = "";
}

/** Receives until the head is complete. */
export function readHead(stream: TcpStream): Head {
  const head = new Head();
  while (!findBody(head)) {
    if (head.end == HEAD_MAX) return refused(head, "response head of more than 16 KiB");
    const bytes = stream.receive(buffer + head.end, HEAD_MAX - head.end);
    if (bytes < 0) return refused(head, errorText(bytes));
    if (bytes == 0) return refused(head, "the connection ended before the response");
    head.end += bytes;
  }
  parseHead(head, String.UTF8.decodeUnsafe(buffer, head.bodyAt).split("\r\n"));
  return head;
}

/** Copies the body to stdout; what went wrong, or nothing. */
export function printBody(stream: TcpStream, head: Head): string {
  let received = head.end - head.bodyAt;
  if (!writeAll(HANDLE_STDOUT, buffer + head.bodyAt, received)) return "cannot write the body";
  while (true) {
    const bytes = stream.receive(buffer, HEAD_MAX);
    if (bytes < 0) return errorText(bytes);
    if (bytes == 0) break;
    received += bytes;
    if (!writeAll(HANDLE_STDOUT, buffer, bytes)) return "cannot write the body";
  }
  const expected = head.contentLength;
  if (expected == NO_LENGTH || expected == received) return "";
  return "body of " + received.toString() + " bytes, expected " + expected.toString();
}

function findBody(head: Head): bool {
  for (let at = 3; at < head.end; at++) {
    // SAFETY: 3 <= at < end <= HEAD_MAX. CR LF CR LF, little-endian.
    if (load<u32>(buffer + at - 3) != 0x0a0d0a0d) continue;
    head.bodyAt = at + 1;
    return true;
  }
  return false;
}

function parseHead(head: Head, lines: string[]): void {
  const words = lines[0].split(" ");
  head.status = words.length >= 2 && words[0].startsWith("HTTP/1.") ? parseCount(words[1]) : -1;
  if (head.status < 100 || head.status > 999) refused(head, "not an HTTP response");
  for (let i = 1; i < lines.length; i++) {
    const colon = lines[i].indexOf(":");
    if (colon < 0 || lines[i].substring(0, colon).toLowerCase() != "content-length") continue;
    head.contentLength = parseCount(lines[i].substring(colon + 1).trim());
    if (head.contentLength < 0) refused(head, "malformed Content-Length");
  }
}

function refused(head: Head, problem: string): Head {
  head.problem = problem;
  return head;
}
