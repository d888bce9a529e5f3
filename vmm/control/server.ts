// The control socket of a running machine: HTTP on a Unix socket that only its user can reach.
//
//   GET /metrics      the counters of metrics.ts, as JSON; 64-bit ones as strings
//   GET /processes    [{ pid, parent, state, name, memoryKib }]

import { once } from "node:events";
import { chmodSync, lstatSync, mkdirSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { join } from "node:path";
import type { System } from "../compose.ts";
import { memoryKib, readProcesses } from "../gdb/processes.ts";
import { readMetrics } from "../metrics.ts";
import { socketFolder } from "./socket-folder.ts";

const OWNER_ONLY = 0o700;

type Answer = (system: System) => unknown;

const ANSWERS: ReadonlyMap<string, Answer> = new Map<string, Answer>([
  ["/metrics", readMetrics],
  ["/processes", listProcesses],
]);

/** Serves a machine's control socket until `close`. */
export class ControlServer {
  readonly path: string;
  readonly #server: Server;

  private constructor(path: string, server: Server) {
    this.path = path;
    this.#server = server;
  }

  /** Listens. Throws the host's error if it cannot, and Error if the folder is not ours alone. */
  static async start(system: System): Promise<ControlServer> {
    const folder = socketFolder();
    mkdirSync(folder, { recursive: true, mode: OWNER_ONLY });
    const { uid, mode } = lstatSync(folder);
    if (uid !== process.getuid?.() || (mode & 0o077) !== 0)
      throw new Error(`${folder} is not this user's alone: remove it`);
    const path = join(folder, `${process.pid}.sock`);
    rmSync(path, { force: true }); // of a process that had our PID and was killed
    const server = createServer((request, response) => answer(system, request, response));
    server.listen(path).unref();
    await once(server, "listening");
    chmodSync(path, OWNER_ONLY);
    return new ControlServer(path, server);
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
    rmSync(this.path, { force: true });
  }
}

function answer(system: System, { method, url }: IncomingMessage, response: ServerResponse): void {
  const found = ANSWERS.get(url ?? "");
  if (found === undefined)
    return send(response, 404, { error: `no ${url}: try ${[...ANSWERS.keys()].join(", ")}` });
  if (method !== "GET") return send(response, 405, { error: "only GET" });
  send(response, 200, found(system));
}

function send(response: ServerResponse, status: number, value: unknown): void {
  const body = JSON.stringify(value, (_, field: unknown) =>
    typeof field === "bigint" ? String(field) : field,
  );
  response.writeHead(status, {
    "Content-Type": "application/json",
    "Content-Length": Buffer.byteLength(body),
  });
  response.end(body);
}

function listProcesses({ machine }: System): unknown {
  const ram = machine.ram.view;
  return readProcesses(ram).map((process) => {
    const { pid, parent, state, name } = process;
    return { pid, parent, state, name, memoryKib: memoryKib(ram, process) };
  });
}
