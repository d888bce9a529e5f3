// Where the guest takes its packages from: a server inside this process, or another one.

import { lookup } from "node:dns/promises";
import { isIPv4 } from "node:net";
import { startPackageServer } from "../pkg/server/server.ts";
import { UsageError } from "./cli/usage-error.ts";

const GATEWAY = "10.0.2.2"; // this host's loopback interface, as the guest sees it
const HTTP_PORT = 80;
const LOOPBACK = /^127\./;

/** A package server as the guest reaches it. */
export interface PackageSource {
  /** `ADDRESS:PORT`, for the kernel option `pkg_server`. */
  endpoint: string;
  /** The rule that lets the guest reach it. */
  rule: string;
  close(): Promise<void>;
}

/** Serves a folder of bundles on a free port of the loopback interface. Throws what `startPackageServer` throws. */
export async function embeddedServer(
  folder: string,
  onWarning: (message: string) => void,
): Promise<PackageSource> {
  const server = await startPackageServer({ folder, onWarning });
  return { ...throughGateway(server.port), close: () => server.close() };
}

/** A server that runs elsewhere. Throws UsageError if the URL is not one that the guest can use. */
export async function remoteServer(url: string): Promise<PackageSource> {
  const { hostname, port } = parseServer(url);
  const address = await addressOf(hostname);
  const source = LOOPBACK.test(address)
    ? throughGateway(port)
    : { endpoint: `${address}:${port}`, rule: `${address}:${port}` };
  return { ...source, close: () => Promise.resolve() };
}

function parseServer(url: string): { hostname: string; port: number } {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (
    parsed?.protocol !== "http:" ||
    parsed.pathname !== "/" ||
    parsed.search !== "" ||
    parsed.username !== ""
  )
    throw new UsageError(`--server: expected http://HOST[:PORT], got ${JSON.stringify(url)}`);
  return { hostname: parsed.hostname, port: parsed.port === "" ? HTTP_PORT : Number(parsed.port) };
}

async function addressOf(hostname: string): Promise<string> {
  if (isIPv4(hostname)) return hostname;
  try {
    return (await lookup(hostname, { family: 4 })).address;
  } catch (cause) {
    throw new UsageError(`--server: ${hostname} has no IPv4 address`, { cause });
  }
}

function throughGateway(port: number): Pick<PackageSource, "endpoint" | "rule"> {
  return { endpoint: `${GATEWAY}:${port}`, rule: `gateway:${port}` };
}
