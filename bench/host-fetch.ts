// The host's way to a verified package: `undici` fetch and SHA-256 of the same bundle from the same server.

import { sha256 } from "@noble/hashes/sha2.js";
import { Agent, request } from "undici";
import { type Row, summarize } from "./stats.ts";

/** Fetches `url` `count` times over one kept-alive connection; checks each body's SHA-256 against `digest` (hex). */
export async function measureHostFetch(url: string, digest: string, count: number): Promise<Row> {
  const dispatcher = new Agent({ connections: 1 });
  const samples: number[] = [];
  try {
    for (let i = 0; i < count; i++) {
      const start = process.hrtime.bigint();
      const { body } = await request(url, { dispatcher });
      const bytes = new Uint8Array(await body.arrayBuffer());
      if (Buffer.from(sha256(bytes)).toString("hex") !== digest) throw new Error(`${url}: wrong SHA-256`);
      samples.push(Number(process.hrtime.bigint() - start));
    }
  } finally {
    await dispatcher.close();
  }
  return summarize("pkg_resolve", "host undici fetch + SHA-256", samples);
}
