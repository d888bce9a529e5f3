// Errors of calls about packages: servers that lie or break, and what does not fit.
import { LIBRARY_IDENTITY_SIZE } from "../../guest-kernel/abi/bundle.ts";
import { CAP_ALL } from "../../guest-kernel/abi/capabilities.ts";
import { encodeCatalog } from "../../pkg/catalog.ts";
import { digestHex, digestOf } from "../../pkg/digest.ts";
import type { Scopes } from "../../pkg/scopes.ts";
import { HTTP_NOT_FOUND, http, ok } from "../support/http-answer.ts";
import type { ScriptedProcess } from "../support/kernel-machine.ts";
import type { Steps } from "../support/kernel-world.ts";
import type { NetPeer, PeerAnswer } from "../support/net-peer.ts";
import { PEER_ADDRESS } from "../support/scripted-peer.ts";
import { bundleOf, tinyBundle, tinyWasm } from "../support/tiny-wasm.ts";
import { BUFFER, type ErrorCase, exhaust, make, must, OUTSIDE } from "./cases.ts";
import type { CaseWorld, WorldOptions } from "./world.ts";

const PORT = 8080;
const NAME = "org.test.package";
const SLOTS = 16; // of the package cache
const NOWHERE = { identity: new Uint8Array(LIBRARY_IDENTITY_SIZE), path: "/bin/nowhere" };
const REQUESTS = 32; // kernel/pkg/requests.ts
const PROGRAMS = 16; // kernel/app-registry/programs.ts

interface Offer {
  name: string;
  bundle: Uint8Array;
  system?: boolean;
}

const offer: Offer = { name: NAME, bundle: tinyBundle({}, { name: NAME }) };
const scopes: Scopes = { files: [{ path: "/sys", write: false }], hosts: [] };

/** A package server; `spoil` changes its answers. */
function server(
  offers: Offer[],
  spoil: (good: PeerAnswer, path: string) => PeerAnswer = (good) => good,
): WorldOptions {
  return {
    net(peer: NetPeer) {
      peer.manners.set(PORT, "serve");
      peer.serve = (_, heard) => {
        const path = /^GET (?<path>\S+) HTTP\/1\.1\r\n[^]*\r\n\r\n$/.exec(heard)?.groups?.["path"];
        return path === undefined ? undefined : spoil(answer(offers, path), path);
      };
    },
  };
}

function answer(offers: Offer[], path: string): PeerAnswer {
  if (path === "/catalog.bin") return { bytes: ok(catalogOf(offers)).bytes };
  const found = offers.find(({ bundle }) => path === `/pkg/${digestHex(digestOf(bundle))}.osx`);
  return { bytes: found === undefined ? HTTP_NOT_FOUND : ok(found.bundle).bytes };
}

function catalogOf(offers: Offer[]): Uint8Array {
  return encodeCatalog(
    offers.map(({ name, bundle, system = false }) => ({
      name,
      version: "1.0.0",
      sha256: digestOf(bundle),
      sizeBytes: bundle.length,
      system,
    })),
  );
}

/** Says where the server is. */
function* connected(p: ScriptedProcess, world: CaseWorld): Steps {
  yield* must(p, world, "pkg_set_server", PEER_ADDRESS, PORT);
}

function resolving(error: string, world: WorldOptions, name = NAME): ErrorCase {
  return [
    "pkg_resolve",
    error,
    function* (p, inside) {
      yield* connected(p, inside);
      return [name];
    },
    world,
  ];
}

/** Both calls, with a server whose answers are spoiled whatever is asked. */
function fetching(error: string, world: WorldOptions): ErrorCase[] {
  const listing: ErrorCase = [
    "pkg_catalog",
    error,
    function* (p, inside) {
      yield* connected(p, inside);
      return [BUFFER, 1000];
    },
    world,
  ];
  return [resolving(error, world), listing];
}

/** Every answer, cut short or replaced. */
function spoiled(spoil: (good: PeerAnswer, path: string) => PeerAnswer): WorldOptions {
  return server([offer], spoil);
}

const cutShort = spoiled(({ bytes }) => ({ bytes: bytes.subarray(0, -1), ends: true }));
const silent: WorldOptions = { net: (peer) => peer.manners.set(PORT, "ignore") };

/** As many processes ask for packages as can, each for another, and none gets an answer. */
function crowded(call: string, args: (number | string)[]): ErrorCase {
  return [
    call,
    "LIMIT",
    function* (p, world) {
      yield* connected(p, world);
      for (let i = 0; i < REQUESTS; i++) yield* p.spawn("/bin/child", [`org.test.number${i}`]);
      yield* must(p, world, "sleep", 1_000_000n); // all of them have asked
      return args;
    },
    {
      ...silent,
      *child(p, world) {
        const [name = ""] = yield* p.args();
        yield* make(p, world, "pkg_resolve", name);
      },
    },
  ];
}

function withoutMemory(call: string, args: (number | string)[]): ErrorCase {
  return [
    call,
    "NOMEM",
    function* (p, world) {
      yield* connected(p, world);
      yield* must(p, world, "sleep", 1_000_000_000n); // the network is up
      world.exhaust();
      return args;
    },
    server([offer]),
  ];
}

export const PACKAGE_CASES: ErrorCase[] = [
  ["pkg_resolve", "INVAL", [BUFFER, 0]],
  ["pkg_resolve", "FAULT", [OUTSIDE, 4]],
  ["pkg_resolve", "SCOPE", ["/bin/child"], { scopes }],
  ["pkg_resolve", "NOENT", ["/bin/none"]],
  ["pkg_resolve", "NOENT", ["/sys/mem"]], // no program of the initramfs
  ["pkg_resolve", "NOENT", ["/data/program"], { disk: true }],
  ["pkg_resolve", "NOTDIR", ["/bin/child/below"]],
  ["pkg_resolve", "ISDIR", ["/bin"]],
  ["pkg_resolve", "PKG_BUNDLE", ["/etc/motd"], { files: { "/etc/motd": Buffer.from("hello") } }],
  ["pkg_resolve", "PKG_MODULE", ["/bin/child"], { childModule: { exports: [] } }],
  [
    "pkg_resolve",
    "LIMIT",
    function* (p, world) {
      for (let i = 0; i < PROGRAMS; i++) yield* make(p, world, "pkg_resolve", `/bin/number${i}`);
      return ["/bin/child"];
    },
    {
      files: Object.fromEntries(
        Array.from({ length: PROGRAMS }, (_, i) => [
          `/bin/number${i}`,
          tinyBundle({}, { capabilities: CAP_ALL }),
        ]),
      ),
    },
  ],
  [
    "pkg_resolve",
    "NOMEM",
    function* (p, world) {
      yield* exhaust(p, world);
      return ["/bin/child"];
    },
  ],
  withoutMemory("pkg_resolve", [NAME]),
  withoutMemory("pkg_catalog", [BUFFER, 1000]),
  crowded("pkg_resolve", [NAME]),
  crowded("pkg_catalog", [BUFFER, 1000]),
  resolving("PKG_UNKNOWN", server([])),
  ...fetching("PKG_SERVER", {}),
  ...fetching("PKG_SERVER", { net: () => undefined }), // nothing listens
  ...fetching(
    "PKG_HTTP",
    spoiled(() => ({ bytes: http("HTTP/1.1 500 Oh\nContent-Length: 0") })),
  ),
  ...fetching("PKG_TRUNCATED", cutShort),
  ...fetching(
    "PKG_CATALOG",
    spoiled(() => ({ bytes: ok(Uint8Array.of(9, 0, 0, 0)).bytes })),
  ),
  resolving(
    "PKG_DIGEST",
    spoiled((good, path) => {
      const bytes = good.bytes.slice();
      if (path.startsWith("/pkg/")) bytes[bytes.length - 1]! ^= 1;
      return { bytes };
    }),
  ),
  resolving("PKG_BUNDLE", server([{ name: NAME, bundle: tinyBundle({}, { name: "org.test.other" }) }])),
  resolving(
    "PKG_LIBRARY",
    server([{ name: NAME, bundle: bundleOf(tinyWasm({}), { name: NAME }, { needs: NOWHERE }) }]),
  ),
  resolving("PKG_MODULE", server([{ name: NAME, bundle: bundleOf(Uint8Array.of(1, 2, 3), { name: NAME }) }])),
  [
    "pkg_resolve",
    "PKG_CACHE_FULL",
    function* (p, world) {
      yield* connected(p, world);
      for (let i = 0; i < SLOTS; i++) yield* must(p, world, "pkg_resolve", `org.test.system${i}`);
      return [NAME];
    },
    server([
      offer,
      ...Array.from({ length: SLOTS }, (_, i) => {
        const name = `org.test.system${i}`;
        return { name, bundle: tinyBundle({}, { name }), system: true };
      }),
    ]),
  ],
  ["pkg_catalog", "FAULT", [OUTSIDE, 128]],
  ["pkg_set_server", "INVAL", [PEER_ADDRESS, 0]],
  ["pkg_evict", "NOENT", [12345]],
  [
    "pkg_evict",
    "PKG_BUSY",
    function* (p, world) {
      yield* connected(p, world);
      return [yield* must(p, world, "pkg_resolve", NAME)];
    },
    server([{ ...offer, system: true }]),
  ],
];
