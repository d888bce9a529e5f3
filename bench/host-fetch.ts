// The host's way to a verified package: an `undici` fetch and SHA-256 of the same bundle from the same server.

import { PackageClient } from "../pkg/store/fetch.ts";
import { type Row, summarize } from "./stats.ts";

/** Fetches and verifies package `name` from `origin` `rounds` times over one kept-alive connection. */
export async function measureHostFetch(origin: string, name: string, rounds: number): Promise<Row> {
  const client = new PackageClient(origin);
  try {
    const entry = (await client.fetchCatalog()).find((candidate) => candidate.name === name);
    if (entry === undefined) throw new Error(`${origin} has no package ${name}`);
    const samples: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const start = process.hrtime.bigint();
      await client.fetchBundle(entry);
      samples.push(Number(process.hrtime.bigint() - start));
    }
    return summarize("pkg_resolve", "host undici fetch + SHA-256", samples);
  } finally {
    await client.close();
  }
}
