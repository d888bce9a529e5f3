// The package server: HTTP/1.1, RFC 9110. GET and HEAD of /catalog.bin and /pkg/<hex SHA-256>.osx.

import { type IncomingMessage, type ServerResponse, createServer } from "node:http";
import { once } from "node:events";
import { RepositoryError } from "../errors.ts";
import { Repository, type RepositoryOptions } from "./repository.ts";

const BUNDLE_PATH = /^\/pkg\/(?<hex>[0-9a-f]{64})\.osx$/;
const KEEP_ALIVE_MS = 60_000; // the guest keeps its connection between packages

/** How a package server runs. */
export interface PackageServerOptions extends RepositoryOptions {
  /** Address to listen on, loopback by default. */
  host?: string | undefined;
  /** 0, the default, takes a free port. */
  port?: number | undefined;
}

/** A running package server. */
export interface PackageServer {
  host: string;
  port: number;
  /** Stops listening and ends every connection. */
  close(): Promise<void>;
}

/**
 * Serves a folder of .osx files. The folder is looked at again with every request for the catalog.
 *
 * @throws RepositoryError if the folder cannot be read; the socket's error if it cannot listen
 */
export async function startPackageServer(options: PackageServerOptions): Promise<PackageServer> {
  const repository = new Repository(options);
  await repository.open();
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
    respond(repository, request, response).catch((error: unknown) =>
      fail(response, error, options.onWarning),
    );
  });
  server.listen(options.port ?? 0, options.host ?? "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("no address");
  return {
    host: address.address,
    port: address.port,
    async close() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function respond(
  repository: Repository,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.method !== "GET" && request.method !== "HEAD") {
    response.setHeader("Allow", "GET, HEAD");
    sendText(response, 405, "method not allowed");
    return;
  }
  const path = pathOf(request.url ?? "");
  const hex = BUNDLE_PATH.exec(path)?.groups?.["hex"];
  if (hex !== undefined) await sendBundle(repository, hex, response);
  else if (path === "/catalog.bin") await sendCatalog(repository, request, response);
  else sendText(response, 404, "not found");
}

async function sendCatalog(
  repository: Repository,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { catalog, etag } = await repository.scan();
  response.setHeader("ETag", etag);
  response.setHeader("Cache-Control", "no-cache"); // may be kept, but asked for again each time
  if (request.headers["if-none-match"] === etag) response.writeHead(304).end();
  else sendBytes(response, catalog);
}

async function sendBundle(repository: Repository, hex: string, response: ServerResponse): Promise<void> {
  const bundle = await repository.readBundle(hex);
  if (bundle === undefined) {
    sendText(response, 404, "not found");
    return;
  }
  response.setHeader("Cache-Control", "public, max-age=31536000, immutable"); // the path is the digest
  sendBytes(response, bundle);
}

/** Node leaves the body out of the answer to HEAD. */
function sendBytes(response: ServerResponse, bytes: Uint8Array): void {
  response.writeHead(200, { "Content-Type": "application/octet-stream", "Content-Length": bytes.length });
  response.end(bytes);
}

function sendText(response: ServerResponse, status: number, text: string): void {
  const body = Buffer.from(`${text}\n`);
  response.writeHead(status, { "Content-Type": "text/plain; charset=utf-8", "Content-Length": body.length });
  response.end(body);
}

/** The client learns only that it failed, the operator why. */
function fail(response: ServerResponse, error: unknown, onWarning?: (message: string) => void): void {
  onWarning?.(error instanceof RepositoryError ? error.message : String(error));
  if (response.headersSent) response.destroy();
  else sendText(response, 500, "internal error");
}

/** The path of a request target, RFC 9112 §3.2.1 and §3.2.2; empty for any other form. */
function pathOf(target: string): string {
  if (target.startsWith("/")) return target.split("?", 1)[0]!;
  return URL.canParse(target) ? new URL(target).pathname : "";
}
