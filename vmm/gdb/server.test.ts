import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { RecordingTarget } from "../../tests/support/gdb-target.ts";
import { encodePacket } from "./packet.ts";
import { GdbServer } from "./server.ts";

/** A debugger that speaks packets, without acknowledging them. */
class Client {
  readonly socket: Socket;
  #received = "";

  constructor(path: string) {
    this.socket = connect({ path, allowHalfOpen: true }); // keeps its side open when the stub closes its own
    this.socket.on("error", () => {}); // turned away
    onTestFinished(() => void this.socket.destroy());
  }

  /** Asks, and waits for the answer. */
  async ask(packet: string): Promise<string> {
    this.socket.write(encodePacket(packet));
    for (;;) {
      const reply = /\$(.*)#../s.exec(this.#received)?.[1];
      if (reply !== undefined) {
        this.#received = "";
        return reply;
      }
      const [bytes] = await once(this.socket, "data");
      this.#received += String(bytes);
    }
  }
}

async function listen(): Promise<{ path: string; target: RecordingTarget; server: GdbServer }> {
  const folder = mkdtempSync(join(tmpdir(), "oscortex-gdb-"));
  const path = join(folder, "socket");
  const target = new RecordingTarget();
  const server = await GdbServer.listen(target, { path }, false);
  onTestFinished(() => {
    server.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return { path, target, server };
}

test("takes the next debugger while the socket of one that has detached is still open", async () => {
  const { path, target } = await listen();
  const first = new Client(path);
  expect(await first.ask("D")).toBe("OK");
  const second = new Client(path);
  target.held = true;
  expect(await second.ask("qC")).toBe("QC3");
  first.socket.destroy();
  await once(first.socket, "close");
  expect(await second.ask("?")).toBe("T05thread:3;");
  expect(target.attached).toBe(true);
});

test("turns a second debugger away, and lets the guest go when the first vanishes", async () => {
  const { path, target } = await listen();
  const first = new Client(path);
  expect(await first.ask("qC")).toBe("QC3");
  const second = new Client(path);
  await once(second.socket.resume(), "end");
  expect(await first.ask("qC")).toBe("QC3");
  const resumed = new Promise<void>((resolve) => (target.onResume = resolve));
  first.socket.destroy();
  await resumed;
  expect([target.attached, target.log]).toEqual([false, ["clear", "continue"]]);
});

test("a hold that no debugger asked for ends at once", async () => {
  const { target, server } = await listen();
  server.held();
  expect(target.log).toEqual(["continue"]);
});
