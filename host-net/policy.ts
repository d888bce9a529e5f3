import { HostNetError } from "./errors.ts";
import { GATEWAY_IP, NETWORK, PREFIX_LENGTH } from "./network.ts";
import { formatIpv4, parseIpv4, prefixMask } from "./wire/address.ts";

const LOOPBACK = "127.0.0.1";

interface Rule {
  readonly network: number;
  readonly mask: number;
  /** 0: every port. */
  readonly port: number;
}

/** Destinations that only an explicit rule opens: cloud metadata services answer on link-local addresses. */
const LINK_LOCAL: Rule = rule("169.254.0.0/16:*");

/** Destinations that no rule opens: this host, loopback, the guest's own network, groups, reserved. */
const NEVER: readonly Rule[] = [
  rule("0.0.0.0/8:*"),
  rule("127.0.0.0/8:*"),
  rule(`${formatIpv4(NETWORK)}/${PREFIX_LENGTH}:*`),
  rule("224.0.0.0/3:*"),
];

/**
 * What the guest may reach: `"all"`, or a list of `address:port`, `address/prefix:port`, where the port may be `*` and
 * the address `gateway` (the host's loopback interface).
 */
export type Allow = "all" | readonly string[];

/** Decides which connections of the guest are carried. Everything that is not allowed is denied. */
export class Policy {
  readonly #rules: readonly Rule[] | undefined; // undefined: all

  /** Throws `HostNetError` if a rule cannot be read. */
  constructor(allow: Allow) {
    this.#rules = allow === "all" ? undefined : allow.map(rule);
  }

  /** The host's address to connect to for a destination of the guest; undefined: denied. */
  resolve(ip: number, port: number): string | undefined {
    if (ip === GATEWAY_IP) return this.#allows(ip, port) ? LOOPBACK : undefined;
    if (NEVER.some((never) => matches(never, ip, port))) return undefined;
    return this.#allows(ip, port) ? formatIpv4(ip) : undefined;
  }

  #allows(ip: number, port: number): boolean {
    if (this.#rules === undefined) return !matches(LINK_LOCAL, ip, port);
    return this.#rules.some((allowed) => matches(allowed, ip, port));
  }
}

function matches(candidate: Rule, ip: number, port: number): boolean {
  if (candidate.port !== 0 && candidate.port !== port) return false;
  return (ip & candidate.mask) >>> 0 === candidate.network;
}

function rule(text: string): Rule {
  const match = /^(?<address>[\d.]+|gateway)(?:\/(?<prefix>\d{1,2}))?:(?<port>\*|\d{1,5})$/.exec(text);
  const { address = "", prefix = "32", port = "" } = match?.groups ?? {};
  const ip = address === "gateway" ? GATEWAY_IP : parseIpv4(address);
  if (ip === undefined) throw new HostNetError(`rule "${text}", expected address[/prefix]:port`);
  if (Number(prefix) > 32) throw new HostNetError(`rule "${text}": prefix ${prefix} of 32`);
  if (port !== "*" && (Number(port) < 1 || Number(port) > 65535)) {
    throw new HostNetError(`rule "${text}": port ${port} of 65535`);
  }
  const mask = prefixMask(Number(prefix));
  return { network: (ip & mask) >>> 0, mask, port: port === "*" ? 0 : Number(port) };
}
