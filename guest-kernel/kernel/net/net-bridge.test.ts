// The kernel's network against the host's bridge and real sockets: what the two do in the machine, less KVM.
import type { Socket } from "node:net";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { GATEWAY, KernelBridge } from "../../../tests/support/kernel-bridge.ts";
import { compileKernelNet, type KernelNetOptions } from "../../../tests/support/kernel-net.ts";
import { SeededRandom } from "../../../tests/support/seeded-random.ts";
import { E_AGAIN, E_BADF, E_CONNREFUSED, E_CONNRESET } from "../../abi/errors.ts";

const CONNECTING = 0;
const OPEN = 1;
const CLOSED_BY_PEER = 2;
const FAILED = 3;
const ADDRESS = 0x0f02000a; // 10.0.2.15

let module: WebAssembly.Module;
let net: KernelBridge;

beforeAll(async () => {
  module = await compileKernelNet();
}, 60_000);

afterEach(() => net.close());

async function start(seed = 1, options: KernelNetOptions = {}): Promise<void> {
  net = new KernelBridge(module, seed, options);
  await net.until(() => net.kernel.ready, "an address");
}

async function connect(port: number): Promise<number> {
  const socket = net.kernel.call("tcpConnect", GATEWAY, port);
  await net.until(() => net.kernel.call("tcpState", socket) !== CONNECTING, "connected");
  return socket;
}

/** Reads until the end of the stream or an error; what was read and how it ended. */
async function readAll(socket: number): Promise<{ bytes: Buffer; end: number }> {
  const parts: Uint8Array[] = [];
  let end = -E_AGAIN;
  await net.until(() => {
    for (;;) {
      const part = net.kernel.read(socket);
      if (typeof part === "number") {
        end = part;
        return part !== -E_AGAIN;
      }
      parts.push(part);
    }
  }, "the end of the stream");
  return { bytes: Buffer.concat(parts), end };
}

async function writeAll(socket: number, bytes: Uint8Array): Promise<void> {
  let done = 0;
  await net.until(() => {
    const count = net.kernel.write(socket, bytes.subarray(done));
    if (count < 0 && count !== -E_AGAIN) throw new Error(`tcpWrite: ${count}`);
    if (count > 0) done += count;
    return done === bytes.length;
  }, "all written");
}

interface Received {
  bytes(): Buffer;
  length(): number;
  ended(): boolean;
}

/** Collects what a host socket receives. */
function received(socket: Socket): Received {
  const parts: Buffer[] = [];
  let length = 0;
  let ended = false;
  socket.on("data", (part) => {
    parts.push(part);
    length += part.length;
  });
  socket.on("end", () => (ended = true));
  return { bytes: () => Buffer.concat(parts), length: () => length, ended: () => ended };
}

describe("DHCP", () => {
  test("gets the address, the router and the MTU of the bridge", async () => {
    await start(1, { mtu: 65520 });
    expect(net.kernel.call("interfaceAddress") >>> 0).toBe(ADDRESS);
    expect(net.kernel.call("interfaceNextHop", 0x08080808) >>> 0).toBe(GATEWAY);
    expect(net.kernel.call("interfaceMtu")).toBe(65520);
  });

  test.each([1, 2, 3, 4, 5, 6, 7, 8])(
    "gets through a link that loses every other frame (seed %i)",
    async (seed) => {
      net = new KernelBridge(module, seed);
      net.link.faults = { loss: 0.5, duplication: 0.2, reordering: 0.3 };
      await net.until(() => net.kernel.ready, "an address");
      expect(net.kernel.call("interfaceAddress") >>> 0).toBe(ADDRESS);
    },
  );
});

describe("TCP", () => {
  test("opens, carries both ways, and ends when both sides have", async () => {
    await start();
    const free = net.kernel.call("framesFreeCount");
    let host: Received | undefined;
    const port = await net.serve((socket) => {
      host = received(socket);
      socket.write("hello");
      socket.on("end", () => socket.end("bye"));
    });
    const socket = await connect(port);
    expect(net.kernel.call("tcpState", socket)).toBe(OPEN);
    await writeAll(socket, Buffer.from("request"));
    await net.until(() => host?.bytes().toString() === "request", "the request");
    await net.until(() => net.kernel.call("tcpReadable", socket) === 5, "the greeting");
    expect(net.kernel.read(socket)).toEqual(Uint8Array.from(Buffer.from("hello")));
    expect(net.kernel.read(socket)).toBe(-E_AGAIN);
    net.kernel.call("tcpClose", socket);
    expect(net.kernel.call("tcpState", socket)).toBe(-E_BADF);
    await net.until(() => net.bridge.connectionCount === 0, "the bridge has let go");
    await net.until(() => net.kernel.call("framesFreeCount") === free, "the buffers are free");
    expect(host?.ended()).toBe(true);
  });

  test("reads what came before the peer's end, then 0, and still writes", async () => {
    await start();
    let host: Received | undefined;
    const port = await net.serve((socket) => {
      host = received(socket);
      socket.end("all there is");
    });
    const socket = await connect(port);
    const { bytes, end } = await readAll(socket);
    expect([bytes.toString(), end]).toEqual(["all there is", 0]);
    expect(net.kernel.call("tcpState", socket)).toBe(CLOSED_BY_PEER);
    await writeAll(socket, Buffer.from("thanks"));
    net.kernel.call("tcpClose", socket);
    await net.until(() => host?.ended() === true, "the guest's end");
    expect(host?.bytes().toString()).toBe("thanks");
  });

  test("is refused where nobody listens", async () => {
    await start();
    const socket = await connect(await net.unusedPort());
    expect(net.kernel.call("tcpState", socket)).toBe(FAILED);
    expect(net.kernel.call("tcpError", socket)).toBe(-E_CONNREFUSED);
    expect(net.kernel.read(socket)).toBe(-E_CONNREFUSED);
    net.kernel.call("tcpClose", socket);
    expect(net.kernel.call("tcpState", socket)).toBe(-E_BADF);
  });

  test("hears of a reset", async () => {
    await start();
    let host: Socket | undefined;
    const port = await net.serve((socket) => (host = socket));
    const socket = await connect(port);
    await net.until(() => host !== undefined, "accepted");
    host!.resetAndDestroy();
    await net.until(() => net.kernel.call("tcpState", socket) === FAILED, "the reset");
    expect(net.kernel.call("tcpError", socket)).toBe(-E_CONNRESET);
  });

  test("resets the peer when aborted", async () => {
    await start();
    let error: unknown;
    const port = await net.serve((socket) => socket.on("error", (reason) => (error = reason)));
    const socket = await connect(port);
    await net.until(() => net.sockets.length === 1, "accepted");
    net.kernel.call("tcpAbort", socket);
    await net.until(() => net.sockets[0]!.destroyed, "the host's end");
    expect(error).toMatchObject({ code: "ECONNRESET" });
  });

  const links: [name: string, options: KernelNetOptions, faults: number, bytes: number][] = [
    ["a large-MTU link with offload", { mtu: 65520 }, 0, 10_000_000],
    ["a small-MTU link with checksums", { mtu: 1500, offload: false }, 0, 2_000_000],
    ["a lossy small-MTU link", { mtu: 1500, offload: false }, 0.03, 400_000],
    ["a lossy large-MTU link", { mtu: 65520 }, 0.05, 2_000_000],
    ["a very lossy link", { mtu: 9000 }, 0.15, 200_000],
  ];
  describe.each(links)("over %s", (_, options, faults, size) => {
    test("receives byte for byte", { timeout: 60_000 }, async () => {
      await start(7, options);
      const sent = Buffer.from(new SeededRandom(3).bytes(size));
      const port = await net.serve((socket) => socket.end(sent));
      net.link.faults = { loss: faults, duplication: faults, reordering: faults * 3 };
      const { bytes, end } = await readAll(await connect(port));
      expect(end).toBe(0);
      expect(bytes.equals(sent)).toBe(true);
    });

    test("sends byte for byte", { timeout: 60_000 }, async () => {
      await start(8, options);
      const sent = Buffer.from(new SeededRandom(4).bytes(size));
      let host: Received | undefined;
      const port = await net.serve((socket) => (host = received(socket)));
      net.link.faults = { loss: faults, duplication: faults, reordering: faults * 3 };
      const socket = await connect(port);
      await writeAll(socket, sent);
      net.kernel.call("tcpClose", socket);
      await net.until(() => host?.ended() === true, "the end");
      expect(host!.bytes().equals(sent)).toBe(true);
    });
  });

  test("stops a peer that sends more than anybody reads, and goes on later", async () => {
    await start(5, { mtu: 65520 });
    const sent = Buffer.from(new SeededRandom(5).bytes(3_000_000));
    const port = await net.serve((socket) => socket.end(sent));
    const socket = await connect(port);
    await net.until(() => net.kernel.call("tcpReadable", socket) === 262144, "a full buffer");
    net.clock.advance(60_000);
    await net.settle();
    expect(net.kernel.call("tcpReadable", socket)).toBe(262144);
    const { bytes } = await readAll(socket);
    expect(bytes.equals(sent)).toBe(true);
  });

  test("waits for a peer that does not read, probing, and goes on later", async () => {
    await start(6, { mtu: 65520 });
    let host: Socket | undefined;
    const port = await net.serve((socket) => (host = socket.pause()));
    const socket = await connect(port);
    const sent = Buffer.from(new SeededRandom(6).bytes(8_000_000));
    let done = 0;
    for (let quiet = 0; quiet < 40; quiet++) {
      const count = net.kernel.write(socket, sent.subarray(done));
      if (count > 0) done += count;
      if (count > 1000) quiet = 0; // what a probe carries does not count
      await net.settle();
      net.clock.advance(300);
    }
    expect(done).toBeLessThan(sent.length);
    expect(net.kernel.call("tcpState", socket)).toBe(OPEN);
    const reader = received(host!);
    host!.resume();
    await writeAll(socket, sent.subarray(done));
    await net.until(() => reader.length() === sent.length, "everything");
    expect(reader.bytes().equals(sent)).toBe(true);
  });

  test("does 1000 short connections and leaks nothing", { timeout: 60_000 }, async () => {
    await start(9);
    const port = await net.serve((socket) => {
      socket.on("data", () => socket.end("answer"));
    });
    const free = net.kernel.call("framesFreeCount");
    const { memoryBytes } = net.kernel;
    for (let i = 0; i < 1000; i++) {
      const socket = await connect(port);
      await writeAll(socket, Buffer.from("question"));
      const { bytes } = await readAll(socket);
      expect(bytes.toString()).toBe("answer");
      net.kernel.call("tcpClose", socket);
    }
    await net.until(() => net.kernel.call("framesFreeCount") === free, "all buffers free");
    expect(net.kernel.memoryBytes).toBe(memoryBytes);
  });

  test("fetches 64 KiB with a handful of exits", async () => {
    await start(10, { mtu: 65520 });
    const port = await net.serve((socket) => socket.on("data", () => socket.end(Buffer.alloc(65536))));
    const before = net.kernel.exits;
    const socket = await connect(port);
    await writeAll(socket, Buffer.from("GET"));
    const { bytes } = await readAll(socket);
    expect(bytes).toHaveLength(65536);
    expect(net.kernel.exits - before).toBeLessThanOrEqual(6); // 4 when the host answers promptly
  });

  test("sleeps when nothing is outstanding", async () => {
    await start();
    const port = await net.serve(() => undefined);
    const socket = await connect(port);
    await net.settle();
    net.clock.advance(1000);
    await net.settle();
    // Only the lease is left: half of it, and no lease of the bridge is shorter than a minute.
    const { deadline } = net.kernel;
    expect(deadline === undefined || deadline - net.kernel.now > 30_000_000_000n).toBe(true);
    expect(net.kernel.call("tcpState", socket)).toBe(OPEN);
  });
});
