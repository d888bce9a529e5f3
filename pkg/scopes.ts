// The scopes section of a bundle, guest-kernel/abi/scopes.ts: which files and hosts its capabilities cover.

import { CAP_FILES, CAP_NET } from "../guest-kernel/abi/capabilities.ts";
import * as s from "../guest-kernel/abi/scopes.ts";
import { ManifestError } from "./errors.ts";

/** A file, or a folder and all below it. */
export interface FileRule {
  /** Absolute and normalized. */
  path: string;
  /** It may be changed too, not only read. */
  write: boolean;
}

/** Addresses that begin with the same bits, and a range of ports. */
export interface HostRule {
  /** IPv4, dotted; zero behind the prefix. */
  address: string;
  /** 0..32 */
  prefixBits: number;
  firstPort: number;
  lastPort: number;
}

/** What the capabilities cover. An empty list: everything. */
export interface Scopes {
  files: FileRule[];
  hosts: HostRule[];
}

const OCTET = "(?:0|[1-9][0-9]{0,2})";
const ADDRESS = new RegExp(`^${OCTET}(?:\\.${OCTET}){3}$`);
const HOST =
  /^(?<address>\*|[0-9.]+)(?:\/(?<bits>[0-9]{1,2}))?(?::(?<first>[0-9]{1,5})(?:-(?<last>[0-9]{1,5}))?)?$/;
// eslint-disable-next-line no-control-regex -- control characters are what must not be there
const CONTROL = /[\u0000-\u001f\u007f]/;
const MAX_PORT = 65535;

/** Parses a rule for hosts: `10.0.2.2`, `10.0.0.0/8:80`, `*:8000-8099`. Undefined if it is none. */
export function parseHostRule(text: string): HostRule | undefined {
  const groups = HOST.exec(text)?.groups;
  if (groups === undefined) return undefined;
  const any = groups["address"] === "*";
  if (any && groups["bits"] !== undefined) return undefined;
  const rule = {
    address: any ? "0.0.0.0" : groups["address"]!, // SAFETY: this group always takes part
    prefixBits: any ? 0 : Number(groups["bits"] ?? 32),
    firstPort: Number(groups["first"] ?? 1),
    lastPort: Number(groups["last"] ?? groups["first"] ?? MAX_PORT),
  };
  return checkHostRule(rule) ? rule : undefined;
}

/** A rule for hosts as parseHostRule takes it. */
export function hostRuleText({ address, prefixBits, firstPort, lastPort }: HostRule): string {
  const host = prefixBits === 0 ? "*" : prefixBits === 32 ? address : `${address}/${prefixBits}`;
  if (firstPort === 1 && lastPort === MAX_PORT) return host;
  return firstPort === lastPort ? `${host}:${firstPort}` : `${host}:${firstPort}-${lastPort}`;
}

/** True if the fields of a rule for hosts are in range and its address has no bits behind the prefix. */
export function checkHostRule({ address, prefixBits, firstPort, lastPort }: HostRule): boolean {
  const value = addressValue(address);
  if (value === undefined || !inRange(prefixBits, 0, 32)) return false;
  if (value % 2 ** (32 - prefixBits) !== 0) return false;
  return inRange(firstPort, 1, MAX_PORT) && inRange(lastPort, firstPort, MAX_PORT);
}

/** True for a path that a rule for files can have. */
export function checkRulePath(path: string): boolean {
  if (Buffer.byteLength(path) > s.SCOPES_MAX_PATH || CONTROL.test(path)) return false;
  if (path === "/") return true;
  const [root, ...parts] = path.split("/");
  return root === "" && parts.length > 0 && parts.every((part) => !["", ".", ".."].includes(part));
}

/** Encodes scopes for a bundle that asks for these CAP_*. @throws ManifestError if a rule is not allowed. */
export function encodeScopes(scopes: Scopes, capabilities: number): Uint8Array {
  checkScopes(scopes, capabilities);
  const files = scopes.files.map(encodeFile);
  const hosts = scopes.hosts.map(encodeHost);
  const header = Buffer.alloc(s.SCOPES_HEADER_SIZE);
  header.writeUInt16LE(files.length, s.SCOPES_FILE_COUNT);
  header.writeUInt16LE(hosts.length, s.SCOPES_HOST_COUNT);
  return new Uint8Array(Buffer.concat([header, ...hosts, ...files]));
}

/** Decodes the scopes of an untrusted bundle that asks for these CAP_*. @throws ManifestError */
export function decodeScopes(bytes: Uint8Array, capabilities: number): Scopes {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = s.SCOPES_HEADER_SIZE;
  const take = (size: number): number => {
    if (at + size > bytes.length) throw new ManifestError("scopes: truncated");
    at += size;
    return at - size;
  };
  if (bytes.length < at) throw new ManifestError("scopes: truncated");
  const fileCount = view.getUint16(s.SCOPES_FILE_COUNT, true);
  const hostCount = view.getUint16(s.SCOPES_HOST_COUNT, true);
  checkCounts(fileCount, hostCount, capabilities);
  const hosts = Array.from({ length: hostCount }, () => decodeHost(view, take(s.HOST_RULE_SIZE)));
  const files = Array.from({ length: fileCount }, () => {
    const rule = take(s.FILE_PATH);
    const padded = align(view.getUint16(rule + s.FILE_PATH_LENGTH, true));
    take(padded);
    return decodeFile(view, bytes, rule);
  });
  if (at !== bytes.length) throw new ManifestError(`scopes: ${bytes.length - at} bytes too many`);
  const scopes = { files, hosts };
  checkScopes(scopes, capabilities);
  return scopes;
}

function decodeHost(view: DataView, at: number): HostRule {
  return {
    address: Array.from({ length: 4 }, (_, i) => view.getUint8(at + s.HOST_ADDRESS + i)).join("."),
    prefixBits: view.getUint32(at + s.HOST_PREFIX_BITS, true),
    firstPort: view.getUint16(at + s.HOST_FIRST_PORT, true),
    lastPort: view.getUint16(at + s.HOST_LAST_PORT, true),
  };
}

function decodeFile(view: DataView, bytes: Uint8Array, at: number): FileRule {
  const rights = view.getUint16(at + s.FILE_RIGHTS, true);
  if (rights !== s.SCOPE_READ && rights !== (s.SCOPE_READ | s.SCOPE_WRITE))
    throw new ManifestError(`scopes: rights ${rights}`);
  const length = view.getUint16(at + s.FILE_PATH_LENGTH, true);
  const path = bytes.subarray(at + s.FILE_PATH, at + s.FILE_PATH + length);
  const padding = bytes.subarray(at + s.FILE_PATH + length, at + s.FILE_PATH + align(length));
  if (padding.some((byte) => byte !== 0)) throw new ManifestError("scopes: padding is not zero");
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(path);
    return { path: text, write: rights !== s.SCOPE_READ };
  } catch (cause) {
    throw new ManifestError("scopes: a path is not UTF-8", { cause });
  }
}

function encodeFile({ path, write }: FileRule): Buffer {
  const text = Buffer.from(path);
  const rule = Buffer.alloc(s.FILE_PATH + align(text.length));
  rule.writeUInt16LE(write ? s.SCOPE_READ | s.SCOPE_WRITE : s.SCOPE_READ, s.FILE_RIGHTS);
  rule.writeUInt16LE(text.length, s.FILE_PATH_LENGTH);
  text.copy(rule, s.FILE_PATH);
  return rule;
}

function encodeHost({ address, prefixBits, firstPort, lastPort }: HostRule): Buffer {
  const rule = Buffer.alloc(s.HOST_RULE_SIZE);
  rule.writeUInt32BE(addressValue(address) ?? 0, s.HOST_ADDRESS);
  rule.writeUInt32LE(prefixBits, s.HOST_PREFIX_BITS);
  rule.writeUInt16LE(firstPort, s.HOST_FIRST_PORT);
  rule.writeUInt16LE(lastPort, s.HOST_LAST_PORT);
  return rule;
}

function checkScopes({ files, hosts }: Scopes, capabilities: number): void {
  checkCounts(files.length, hosts.length, capabilities);
  const path = files.find((rule) => !checkRulePath(rule.path));
  if (path !== undefined) throw new ManifestError(`scopes: path ${JSON.stringify(path.path)}`);
  const host = hosts.find((rule) => !checkHostRule(rule));
  if (host !== undefined) throw new ManifestError(`scopes: host ${hostRuleText(host)}`);
}

function checkCounts(files: number, hosts: number, capabilities: number): void {
  if (files > s.SCOPES_MAX_FILES) throw new ManifestError(`scopes: ${files} rules for files`);
  if (hosts > s.SCOPES_MAX_HOSTS) throw new ManifestError(`scopes: ${hosts} rules for hosts`);
  if (files !== 0 && (capabilities & CAP_FILES) === 0)
    throw new ManifestError("scopes: rules for files without the capability");
  if (hosts !== 0 && (capabilities & CAP_NET) === 0)
    throw new ManifestError("scopes: rules for hosts without the capability");
}

/** The number that a dotted address is, its first octet highest; undefined if it is none. */
function addressValue(address: string): number | undefined {
  if (!ADDRESS.test(address)) return undefined;
  const octets = address.split(".").map(Number);
  if (octets.some((octet) => octet > 255)) return undefined;
  return octets.reduce((value, octet) => value * 256 + octet, 0);
}

function inRange(value: number, least: number, most: number): boolean {
  return Number.isInteger(value) && value >= least && value <= most;
}

function align(length: number): number {
  return Math.ceil(length / 4) * 4;
}
