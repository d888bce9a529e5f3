// The other end of a control socket.

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { Client } from "undici";
import type { MachineMetrics } from "../metrics.ts";
import { socketFolder } from "./socket-folder.ts";

/** A process as a control socket tells of it. */
export interface ControlProcess {
  pid: number;
  parent: number;
  state: string;
  name: string;
  memoryKib: number;
}

/** The PIDs of this user's running machines' VMMs. */
export function runningMachines(): number[] {
  let names: string[];
  try {
    names = readdirSync(socketFolder());
  } catch {
    return []; // none has ever run
  }
  return names
    .map((name) => Number(/^(\d+)\.sock$/.exec(name)?.[1]))
    .filter((pid) => Number.isInteger(pid) && isAlive(pid))
    .toSorted((a, b) => a - b);
}

// The counters of 64 bits.
type Times = "atNs" | "vcpuNs" | "vmmNs";

/** Asks a machine. Requests reject with the connection's error when it is gone. */
export class ControlClient {
  readonly #http: Client;

  /** `pid` is its VMM's. */
  constructor(pid: number) {
    this.#http = new Client("http://machine", { socketPath: join(socketFolder(), `${pid}.sock`) });
  }

  async metrics(): Promise<MachineMetrics> {
    // SAFETY: the other end is ours (control/server.ts), on a socket that only this user can make.
    const metrics = (await this.#get("/metrics")) as Omit<MachineMetrics, Times> & Record<Times, string>;
    const { atNs, vcpuNs, vmmNs } = metrics;
    return { ...metrics, atNs: BigInt(atNs), vcpuNs: BigInt(vcpuNs), vmmNs: BigInt(vmmNs) };
  }

  async processes(): Promise<ControlProcess[]> {
    return (await this.#get("/processes")) as ControlProcess[]; // SAFETY: as above
  }

  async close(): Promise<void> {
    await this.#http.destroy();
  }

  async #get(path: string): Promise<unknown> {
    const { statusCode, body } = await this.#http.request({ method: "GET", path });
    const value: unknown = await body.json();
    if (statusCode !== 200) throw new Error(`${path}: status ${statusCode}`);
    return value;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
