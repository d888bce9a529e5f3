// Errors of calls on TCP connections.
import type { Scopes } from "../../pkg/scopes.ts";
import { parseHostRule } from "../../pkg/scopes.ts";
import type { ScriptedProcess } from "../support/kernel-machine.ts";
import type { Steps } from "../support/kernel-world.ts";
import type { Manner, NetPeer } from "../support/net-peer.ts";
import { PEER_ADDRESS } from "../support/scripted-peer.ts";
import { allHandles, BUFFER, type ErrorCase, make, must } from "./cases.ts";
import type { CaseWorld, WorldOptions } from "./world.ts";

const PORT = 80;
const SOCKETS = 64; // kernel/net/tcp-socket.ts
const SECOND = 1_000_000_000n;

const scopes: Scopes = { files: [], hosts: [parseHostRule("10.0.2.2:81")!] };

/** A network whose server at PORT behaves so. */
function server(manner: Manner): WorldOptions {
  return { net: (peer) => peer.manners.set(PORT, manner) };
}

/** Waits for an address. */
function* online(p: ScriptedProcess, world: CaseWorld): Steps {
  yield* must(p, world, "sleep", SECOND);
}

/** A connection to the server: its handle. */
function* connection(p: ScriptedProcess, world: CaseWorld): Steps<number> {
  yield* online(p, world);
  return yield* must(p, world, "tcp_connect", PEER_ADDRESS, PORT);
}

function connecting(error: string, manner: Manner): ErrorCase {
  return [
    "tcp_connect",
    error,
    function* (p, world) {
      yield* online(p, world);
      return [PEER_ADDRESS, PORT];
    },
    server(manner),
  ];
}

/** Reading and writing on a connection that has failed since something was written to it. */
function broken(error: string, manner: Manner): ErrorCase[] {
  return ["read", "write"].map((call): ErrorCase => [
    call,
    error,
    function* (p, world) {
      const handle = yield* connection(p, world);
      yield* must(p, world, "write", handle, "hello");
      if (call === "write") yield* make(p, world, "read", handle, BUFFER, 1); // waits until it has failed
      return [handle, BUFFER, 1];
    },
    server(manner),
  ]);
}

/** The address is given for a short time, and then no more. */
const shortLease: WorldOptions = {
  net(peer: NetPeer) {
    peer.manners.set(PORT, "serve");
    peer.lease = 10;
  },
};

export const NETWORK_CASES: ErrorCase[] = [
  ["tcp_connect", "SCOPE", [PEER_ADDRESS, PORT], { scopes }],
  ["tcp_connect", "INVAL", [PEER_ADDRESS, 0]],
  ["tcp_connect", "NETDOWN", [PEER_ADDRESS, PORT]],
  connecting("CONNREFUSED", "refuse"),
  connecting("CONNRESET", "reset"),
  connecting("TIMEDOUT", "ignore"),
  connecting("HOSTUNREACH", "unreachable"),
  [
    "tcp_connect",
    "LIMIT",
    function* (p, world) {
      yield* allHandles(p, world);
      return [PEER_ADDRESS, PORT];
    },
  ],
  [
    "tcp_connect",
    "LIMIT",
    function* (p, world) {
      yield* online(p, world);
      // One handle holds each of them in the end: they are closed, and their ends are not acknowledged.
      for (let i = 0; i < SOCKETS; i++) {
        const handle = yield* make(p, world, "tcp_connect", PEER_ADDRESS, PORT);
        if (handle < 0) break;
        yield* must(p, world, "close", handle);
      }
      return [PEER_ADDRESS, PORT];
    },
    server("vanish"),
  ],
  [
    "tcp_connect",
    "NOMEM",
    function* (p, world) {
      yield* online(p, world);
      world.exhaust();
      return [PEER_ADDRESS, PORT];
    },
    server("serve"),
  ],
  ...broken("CONNRESET", "reset-later"),
  ...broken("TIMEDOUT", "vanish"),
  ...["read", "write"].map((call): ErrorCase => [
    call,
    "NETDOWN",
    function* (p, world) {
      const handle = yield* connection(p, world);
      world.peer!.answersDhcp = false; // SAFETY: the world has a network
      yield* must(p, world, "sleep", 30n * SECOND);
      return [handle, BUFFER, 1];
    },
    shortLease,
  ]),
];
