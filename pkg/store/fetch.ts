// A client of the package server on the host: fetches, checks size and SHA-256. The guest has its own, in the kernel.

import { Client, errors } from "undici";
import * as c from "../../guest-kernel/abi/catalog.ts";
import { type CatalogEntry, decodeCatalog } from "../catalog.ts";
import { digestHex, digestOf } from "../digest.ts";
import {
  DigestMismatchError,
  HttpError,
  ServerError,
  SizeMismatchError,
  UnknownPackageError,
} from "../errors.ts";

const MAX_CATALOG_BYTES = c.CATALOG_HEADER_SIZE + c.CATALOG_ENTRY_SIZE * c.CATALOG_MAX_ENTRIES;
const TIMEOUT_MS = 10_000;

/** One keep-alive connection to a package server. */
export class PackageClient {
  readonly #http: Client;

  /** `origin` such as `http://127.0.0.1:8080`. `timeoutMs` is for each step: answer, next piece of a body. */
  constructor(origin: string, timeoutMs = TIMEOUT_MS) {
    this.#http = new Client(origin, { headersTimeout: timeoutMs, bodyTimeout: timeoutMs });
  }

  /** Fetches the catalog. @throws ServerError @throws HttpError @throws SizeMismatchError @throws CatalogError */
  async fetchCatalog(): Promise<CatalogEntry[]> {
    return decodeCatalog(await this.#get("/catalog.bin", MAX_CATALOG_BYTES));
  }

  /** Fetches the bundle of a catalog's entry and verifies it. @throws as fetchCatalog, and DigestMismatchError */
  async fetchBundle({ name, sha256, sizeBytes }: CatalogEntry): Promise<Uint8Array> {
    const bytes = await this.#get(`/pkg/${digestHex(sha256)}.osx`, sizeBytes);
    if (bytes.length !== sizeBytes)
      throw new SizeMismatchError(`${name}: ${bytes.length} bytes instead of ${sizeBytes}`);
    const digest = digestOf(bytes);
    if (!Buffer.from(digest).equals(sha256))
      throw new DigestMismatchError(`${name}: SHA-256 ${digestHex(digest)} instead of ${digestHex(sha256)}`);
    return bytes;
  }

  /** Looks a package up in the server's catalog and fetches it. @throws UnknownPackageError, and as fetchBundle */
  async resolve(name: string): Promise<Uint8Array> {
    const entry = (await this.fetchCatalog()).find((candidate) => candidate.name === name);
    if (entry === undefined) throw new UnknownPackageError(`${name}: not in the catalog`);
    return this.fetchBundle(entry);
  }

  /** Ends the connection. */
  async close(): Promise<void> {
    await this.#http.destroy();
  }

  /** The body at a path, at most `maxBytes` of it. */
  async #get(path: string, maxBytes: number): Promise<Uint8Array> {
    const { statusCode, body } = await this.#http.request({ method: "GET", path }).catch((cause: unknown) => {
      throw new ServerError(`${path}: ${messageOf(cause)}`, { cause });
    });
    if (statusCode !== 200) {
      body.on("error", () => {}).destroy();
      throw new HttpError(`${path}: status ${statusCode}`);
    }
    const chunks: Uint8Array[] = [];
    let length = 0;
    try {
      const pieces: AsyncIterable<Uint8Array> = body;
      for await (const chunk of pieces) {
        chunks.push(chunk);
        length += chunk.length;
        if (length > maxBytes) throw new SizeMismatchError(`${path}: more than ${maxBytes} bytes`);
      }
    } catch (cause) {
      if (cause instanceof SizeMismatchError) throw cause;
      if (cause instanceof errors.BodyTimeoutError) throw new ServerError(`${path}: timed out`, { cause });
      throw new SizeMismatchError(`${path}: the body ended after ${length} bytes`, { cause });
    }
    return Buffer.concat(chunks, length);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
