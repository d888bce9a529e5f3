// URLs with the scheme http and an IPv4 address for a host.

import { parseCount } from "../../sdk/args.ts";
import { NO_ADDRESS, parseAddress } from "../../sdk/net.ts";

const SCHEME = "http://";
const HTTP_PORT: i32 = 80;

/** A URL taken apart. */
export class Url {
  constructor(
    /** Address and port as written. */
    public authority: string,
    public address: u32,
    public port: u32,
    /** Path and query, `/` at least. */
    public path: string,
  ) {}
}

/** Takes a URL apart; null if it is none of ours. */
export function parseUrl(text: string): Url | null {
  if (!text.startsWith(SCHEME) || !printable(text)) return null;
  const rest = text.substring(SCHEME.length);
  const slash = rest.indexOf("/");
  const authority = slash < 0 ? rest : rest.substring(0, slash);
  const colon = authority.indexOf(":");
  const address = parseAddress(colon < 0 ? authority : authority.substring(0, colon));
  const port = colon < 0 ? HTTP_PORT : parseCount(authority.substring(colon + 1));
  if (address == NO_ADDRESS || port < 1 || port > 65535) return null;
  return new Url(authority, <u32>address, port, slash < 0 ? "/" : rest.substring(slash));
}

/** No blanks, no control characters: nothing that would break the request line (RFC 9112 §3). */
function printable(text: string): bool {
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit <= 32 || unit >= 127) return false;
  }
  return true;
}
