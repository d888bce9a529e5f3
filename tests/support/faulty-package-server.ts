// A package server that goes wrong on demand: in front of a real one, it spoils what comes through.

import { once } from "node:events";
import { type Server, type ServerResponse, createServer } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { decodeCatalog, encodeCatalog } from "../../pkg/catalog.ts";
import { digestHex, digestOf } from "../../pkg/digest.ts";
import { type PackageServerOptions, startPackageServer } from "../../pkg/server/server.ts";

/** What goes wrong. Faults of bundles leave the catalog alone, and the other way round. */
export type PackageFault =
  | { kind: "none" }
  /** One byte of every bundle is changed. */
  | { kind: "flip"; offset: number }
  /** Every bundle's body ends after so many bytes, whatever its Content-Length says. */
  | { kind: "truncate"; bytes: number }
  /** Every bundle is shorter than the catalog says, and its Content-Length agrees with its body. */
  | { kind: "shorten"; bytes: number }
  /** The catalog's entry count is replaced. */
  | { kind: "count"; value: number }
  /** Bodies come in pieces of so many bytes, each so much later than the one before. */
  | { kind: "slow"; pieceBytes: number; delayMs: number }
  /** Nothing is ever answered. */
  | { kind: "stall" }
  /** Everything is answered with this status. */
  | { kind: "status"; status: number }
  /** Every package is these bytes, and the catalog agrees. */
  | { kind: "substitute"; bytes: Uint8Array };

/** A running faulty server. */
export interface FaultyPackageServer {
  port: number;
  /** Paths of the requests so far. */
  requests: string[];
  /** Takes effect with the next request. */
  fault: PackageFault;
  /** Ends every connection and refuses new ones, until `resume`. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  close(): Promise<void>;
}

/** Starts a server of `options.folder` without fault; set `fault` to spoil it. */
export async function startFaultyPackageServer(options: PackageServerOptions): Promise<FaultyPackageServer> {
  const upstream = await startPackageServer(options);
  const server = createServer((request, response) => {
    const path = request.url ?? "";
    faulty.requests.push(path);
    void answer(faulty.fault, `http://127.0.0.1:${upstream.port}`, path, response);
  });
  const faulty: FaultyPackageServer = {
    port: await listen(server, 0),
    requests: [],
    fault: { kind: "none" },
    async pause() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
    async resume() {
      await listen(server, faulty.port);
    },
    async close() {
      if (server.listening) await faulty.pause();
      await upstream.close();
    },
  };
  return faulty;
}

async function listen(server: Server, port: number): Promise<number> {
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("no address");
  return address.port;
}

async function answer(
  fault: PackageFault,
  upstream: string,
  path: string,
  response: ServerResponse,
): Promise<void> {
  if (fault.kind === "stall") return;
  if (fault.kind === "substitute" && path.startsWith("/pkg/")) {
    const exists = path === `/pkg/${digestHex(digestOf(fault.bytes))}.osx`;
    response.writeHead(exists ? 200 : 404, { "Content-Length": exists ? fault.bytes.length : 0 });
    response.end(exists ? fault.bytes : undefined);
    return;
  }
  const answered = await fetch(upstream + path);
  const body = new Uint8Array(await answered.arrayBuffer());
  const status = fault.kind === "status" ? fault.status : answered.status;
  const bundle = status === 200 && path.startsWith("/pkg/");
  const sent = spoil(fault, bundle, body);
  const announced = fault.kind === "truncate" && bundle ? body.length : sent.length;
  response.writeHead(status, { "Content-Length": announced });
  if (fault.kind === "slow") await dribble(response, sent, fault.pieceBytes, fault.delayMs);
  else if (announced === sent.length) response.end(sent);
  else response.write(sent, () => response.destroy());
}

function spoil(fault: PackageFault, bundle: boolean, body: Uint8Array): Uint8Array {
  if (fault.kind === "flip" && bundle) body[fault.offset % body.length]! ^= 1;
  if (fault.kind === "substitute") return substituteAll(body, fault.bytes);
  if (fault.kind === "count" && !bundle) new DataView(body.buffer).setUint32(0, fault.value, true);
  if ((fault.kind === "truncate" || fault.kind === "shorten") && bundle) return body.subarray(0, fault.bytes);
  return body;
}

/** The catalog with every package's digest and size replaced by those of `bytes`. */
function substituteAll(catalog: Uint8Array, bytes: Uint8Array): Uint8Array {
  const substitute = { sha256: digestOf(bytes), sizeBytes: bytes.length };
  return encodeCatalog(decodeCatalog(catalog).map((entry) => ({ ...entry, ...substitute })));
}

async function dribble(
  response: ServerResponse,
  body: Uint8Array,
  pieceBytes: number,
  delayMs: number,
): Promise<void> {
  for (let at = 0; at < body.length && !response.destroyed; at += pieceBytes) {
    response.write(body.subarray(at, at + pieceBytes));
    await delay(delayMs);
  }
  response.end();
}
