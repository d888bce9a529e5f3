// org.oscortex.fetch URL: fetches `http://ADDRESS[:PORT]/PATH` and prints the body. Errors: one line, status 1.

import { E_CONNRESET } from "../../../guest-kernel/abi/errors.ts";
import { programArguments } from "../../sdk/args.ts";
import { printError } from "../../sdk/console.ts";
import { errorText } from "../../sdk/error-text.ts";
import { TcpStream } from "../../sdk/net.ts";
import { printBody, readHead } from "./response.ts";
import { parseUrl } from "./url.ts";

const FAILED: i32 = 1;
const USAGE: i32 = 2;

export function main(): i32 {
  const words = programArguments();
  const url = words.length == 1 ? parseUrl(words[0]) : null;
  if (url === null) {
    printError("usage: fetch http://ADDRESS[:PORT]/PATH, ADDRESS such as 10.0.2.2");
    return USAGE;
  }
  const stream = TcpStream.connect(url.address, url.port);
  if (stream.error != 0) return failed(url.authority + ": " + errorText(stream.error));
  // HTTP/1.0: the body ends with the connection, without chunks.
  const request = "GET " + url.path + " HTTP/1.0\r\nHost: " + url.authority + "\r\nConnection: close\r\n\r\n";
  if (!stream.sendText(request)) return failed(url.authority + ": " + errorText(-E_CONNRESET));
  const problem = receive(stream);
  stream.close();
  return problem.length == 0 ? 0 : failed(url.authority + ": " + problem);
}

/** Reads the response and prints its body; what went wrong, or nothing. */
function receive(stream: TcpStream): string {
  const head = readHead(stream);
  if (head.problem.length > 0) return head.problem;
  if (head.status < 200 || head.status > 299) return "HTTP status " + head.status.toString();
  return printBody(stream, head);
}

function failed(problem: string): i32 {
  printError("fetch: " + problem);
  return FAILED;
}
