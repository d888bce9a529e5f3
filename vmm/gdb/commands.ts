// The packets that we answer, GDB manual appendix E "Packets" and "General Query Packets". An unknown one is answered
// with an empty packet, as the protocol wants it. All numbers are hexadecimal.

import { MAX_PACKET } from "./packet.ts";
import {
  decodeRegister,
  decodeRegisters,
  encodeRegister,
  encodeRegisters,
  targetDescription,
} from "./registers.ts";
import { stopReply } from "./stop-reply.ts";
import { CONTINUE, type GdbResume, type GdbTarget } from "./target.ts";
import { librariesDocument, memoryMapDocument, threadsDocument } from "./documents.ts";

/** What a conversation remembers. */
export interface Conversation {
  /** Both sides acknowledge packets. */
  acknowledges: boolean;
  /** The thread whose registers are asked for; 0 = the one that runs. */
  registerThread: number;
  /** It waits for the guest to stop. */
  waitsForStop: boolean;
  /** It is gone. */
  over: boolean;
}

/** Answers a packet whose name is cut off. Undefined: the answer comes when the guest stops, or never. */
type Handler = (rest: string, target: GdbTarget, conversation: Conversation) => string | undefined;

const OK = "OK";
const UNKNOWN = "";
const E_INVALID = "E16"; // EINVAL
const E_FAULT = "E0e"; // EFAULT
const E_NO_THREAD = "E03"; // ESRCH
const BREAKPOINT = 0; // the other kinds are WATCH_* of watched-bytes.ts
const LINEAR_MEMORY_BYTES = 1n << 32n;

/** By how packets begin; of two that fit, the longer. */
const HANDLERS: readonly (readonly [prefix: string, handler: Handler])[] = [
  ["!", () => OK],
  ["?", whyStopped],
  ["g", readRegisters],
  ["G", writeRegisters],
  ["p", readRegister],
  ["P", writeRegister],
  ["m", readMemory],
  ["M", writeMemory],
  ["X", writeBinary],
  ["c", (_, target, conversation) => go(target, conversation, {})],
  ["s", (_, target, conversation) => go(target, conversation, { step: true })],
  ["C", (_, target, conversation) => go(target, conversation, { deliver: true })],
  ["S", (_, target, conversation) => go(target, conversation, { step: true, deliver: true })],
  ["vCont?", () => "vCont;c;C;s;S;r"],
  ["vCont", continueThreads],
  ["Z", insertPoint],
  ["z", removePoint],
  ["H", selectThread],
  ["T", isAlive],
  ["D", detach],
  ["k", kill],
  ["vKill", (_, target, conversation) => (kill("", target, conversation), OK)],
  ["QStartNoAckMode", stopAcknowledging],
  ["qSupported", () => supported()],
  ["qAttached", () => "1"],
  ["qC", (_, target) => `QC${(target.threads()[0]?.id ?? 1).toString(16)}`],
  [
    "qfThreadInfo",
    (_, target) =>
      `m${target
        .threads()
        .map(({ id }) => id.toString(16))
        .join(",")}`,
  ],
  ["qsThreadInfo", () => "l"],
  ["qThreadExtraInfo,", threadName],
  ["qRcmd,", monitor],
  ["qXfer:features:read:target.xml:", (rest) => part(targetDescription(), rest)],
  ["qXfer:memory-map:read::", (rest) => part(memoryMapDocument(), rest)],
  ["qXfer:libraries:read::", (rest, target) => part(librariesDocument(target.libraries()), rest)],
  ["qXfer:threads:read::", (rest, target) => part(threadsDocument(target.threads()), rest)],
  ["qXfer:exec-file:read:", execFile],
  ["qSymbol", () => OK],
];

/** Answers one packet; undefined if there is nothing to send now. Any bytes may come. */
export function answer(data: string, target: GdbTarget, conversation: Conversation): string | undefined {
  let best: (typeof HANDLERS)[number] | undefined;
  for (const entry of HANDLERS) {
    if (data.startsWith(entry[0]) && entry[0].length > (best?.[0].length ?? -1)) best = entry;
  }
  if (best === undefined) return UNKNOWN;
  const [prefix, handler] = best;
  return handler(data.slice(prefix.length), target, conversation);
}

function supported(): string {
  return [
    `PacketSize=${MAX_PACKET.toString(16)}`,
    "QStartNoAckMode+;swbreak+;vContSupported+;qXfer:features:read+;qXfer:memory-map:read+",
    "qXfer:libraries:read+;qXfer:threads:read+;qXfer:exec-file:read+",
  ].join(";");
}

function whyStopped(_: string, target: GdbTarget, conversation: Conversation): string | undefined {
  conversation.waitsForStop = !target.held;
  conversation.registerThread = 0;
  if (target.held) return stopReply(target);
  target.pause();
  return undefined;
}

// ── registers ───────────────────────────────────────────────────────────────────────────────────────────

function readRegisters(_: string, target: GdbTarget, conversation: Conversation): string {
  const cpu = target.registers(conversation.registerThread);
  return cpu === undefined ? E_NO_THREAD : encodeRegisters(cpu);
}

function writeRegisters(rest: string, target: GdbTarget, conversation: Conversation): string {
  const thread = conversation.registerThread;
  const cpu = target.registers(thread);
  if (cpu === undefined) return E_NO_THREAD;
  return decodeRegisters(cpu, rest) && target.setRegisters(thread, cpu) ? OK : E_INVALID;
}

function readRegister(rest: string, target: GdbTarget, conversation: Conversation): string {
  const cpu = target.registers(conversation.registerThread);
  const number = parseHex(rest);
  if (cpu === undefined) return E_NO_THREAD;
  return (number === undefined ? undefined : encodeRegister(cpu, Number(number))) ?? E_INVALID;
}

function writeRegister(rest: string, target: GdbTarget, conversation: Conversation): string {
  const [number, value = ""] = rest.split("=");
  const index = parseHex(number);
  const thread = conversation.registerThread;
  const cpu = target.registers(thread);
  if (cpu === undefined) return E_NO_THREAD;
  if (index === undefined || !decodeRegister(cpu, Number(index), value)) return E_INVALID;
  return target.setRegisters(thread, cpu) ? OK : E_INVALID;
}

// ── memory ──────────────────────────────────────────────────────────────────────────────────────────────

function readMemory(rest: string, target: GdbTarget, conversation: Conversation): string {
  const [address, length] = parseRange(rest) ?? [];
  if (address === undefined || length === undefined) return E_INVALID;
  const place = placeOf(address, target, conversation);
  const bytes = target.readMemory(place, Math.min(length, MAX_PACKET / 2));
  return bytes.length === 0 && length > 0 ? E_FAULT : Buffer.from(bytes).toString("hex");
}

function writeMemory(rest: string, target: GdbTarget, conversation: Conversation): string {
  const colon = rest.indexOf(":");
  const bytes = Buffer.from(rest.slice(colon + 1), "hex");
  return store(rest.slice(0, colon), bytes, target, conversation);
}

function writeBinary(rest: string, target: GdbTarget, conversation: Conversation): string {
  const colon = rest.indexOf(":");
  const bytes = Buffer.from(rest.slice(colon + 1), "latin1");
  return store(rest.slice(0, colon), bytes, target, conversation);
}

function store(where: string, bytes: Buffer, target: GdbTarget, conversation: Conversation): string {
  const [address, length] = parseRange(where) ?? [];
  if (address === undefined || length !== bytes.length) return E_INVALID;
  return target.writeMemory(placeOf(address, target, conversation), bytes) ? OK : E_FAULT;
}

/**
 * Where an address is. Pointers of the source are offsets in linear memory, below 4 GiB, where the guest maps nothing: they
 * mean the memory of the thread's instance, at r15.
 */
function placeOf(address: bigint, target: GdbTarget, { registerThread }: Conversation): bigint {
  if (address >= LINEAR_MEMORY_BYTES) return address;
  return address + (target.registers(registerThread)?.registers.r15 ?? 0n);
}

/** `Zkind,address,length`: a software breakpoint or a watchpoint. */
function insertPoint(rest: string, target: GdbTarget): string {
  return point(rest, (kind, address, length) =>
    kind === BREAKPOINT ? target.insertBreakpoint(address) : target.insertWatchpoint(kind, address, length),
  );
}

function removePoint(rest: string, target: GdbTarget): string {
  return point(rest, (kind, address, length) =>
    kind === BREAKPOINT ? target.removeBreakpoint(address) : target.removeWatchpoint(kind, address, length),
  );
}

function point(rest: string, change: (kind: number, address: bigint, length: number) => boolean): string {
  const [kind = "", ...where] = rest.split(",");
  if (!/^[0234]$/.test(kind)) return UNKNOWN;
  const [address, length] = parseRange(where.join(",")) ?? [];
  if (address === undefined || length === undefined) return E_INVALID;
  return change(Number(kind), address, length) ? OK : E_FAULT;
}

// ── running ─────────────────────────────────────────────────────────────────────────────────────────────

function go(target: GdbTarget, conversation: Conversation, how: Partial<GdbResume>): undefined {
  conversation.waitsForStop = true;
  target.resume({ step: false, thread: 0, range: undefined, deliver: false, ...how });
}

/**
 * `vCont;action:thread;…`: of the threads that step, the first; all others go on. There is one processor, so a thread
 * that is to stand still may be given some of it all the same.
 */
function continueThreads(rest: string, target: GdbTarget, conversation: Conversation): string | undefined {
  const actions = rest.split(";").slice(1).map(parseAction);
  const known = actions.filter((action) => action !== undefined);
  const chosen = known.find(({ step }) => step) ?? known[0];
  if (chosen === undefined || known.length !== actions.length) return E_INVALID;
  return go(target, conversation, chosen);
}

/** `c`, `C` signal, `s`, `S` signal or `r` start `,` end, and the thread that it is for. */
function parseAction(text: string): GdbResume | undefined {
  const [, action = "", from = "", to, thread] =
    /^([cCsSr])([0-9a-f]*)(?:,([0-9a-f]+))?(?::(-1|[0-9a-f]+))?$/i.exec(text) ?? [];
  const [start, end] = [parseHex(from), parseHex(to)];
  const isRange = action === "r";
  if (action === "" || isRange !== (end !== undefined) || (isRange && start === undefined)) return undefined;
  return {
    step: action !== "c" && action !== "C",
    thread: thread === undefined || thread === "-1" ? 0 : Number(parseHex(thread) ?? 0n),
    range:
      start === undefined || end === undefined
        ? undefined
        : { start, length: BigInt.asUintN(64, end - start) },
    deliver: action === "C" || action === "S",
  };
}

function detach(_: string, target: GdbTarget, conversation: Conversation): string {
  target.removeAllBreakpoints();
  if (target.held) target.resume(CONTINUE);
  conversation.over = true;
  return OK;
}

function kill(_: string, target: GdbTarget, conversation: Conversation): undefined {
  conversation.over = true;
  target.kill();
}

// ── threads ─────────────────────────────────────────────────────────────────────────────────────────────

function selectThread(rest: string, target: GdbTarget, conversation: Conversation): string {
  const id = Number(parseHex(rest.slice(1)) ?? 0n); // -1 (all) is no hex number: as 0, any
  if (!rest.startsWith("g")) return OK;
  if (id !== 0 && target.registers(id) === undefined) return E_NO_THREAD;
  conversation.registerThread = id;
  return OK;
}

function isAlive(rest: string, target: GdbTarget): string {
  const id = Number(parseHex(rest) ?? 0n);
  return target.threads().some((thread) => thread.id === id) ? OK : E_NO_THREAD;
}

function threadName(rest: string, target: GdbTarget): string {
  const id = Number(parseHex(rest) ?? 0n);
  const thread = target.threads().find((entry) => entry.id === id);
  return thread === undefined ? E_NO_THREAD : Buffer.from(thread.name).toString("hex");
}

// ── the rest ────────────────────────────────────────────────────────────────────────────────────────────

function stopAcknowledging(_: string, _target: GdbTarget, conversation: Conversation): string {
  conversation.acknowledges = false;
  return OK;
}

function monitor(rest: string, target: GdbTarget): string {
  const text = target.monitor(Buffer.from(rest, "hex").toString());
  return text === "" ? OK : Buffer.from(text).toString("hex");
}

function execFile(rest: string, target: GdbTarget): string {
  return part(target.executable, rest.slice(rest.indexOf(":") + 1));
}

/** The part of a document that `offset,length` names: `m` if more follows, `l` if it is the last. */
function part(document: string, range: string): string {
  const [offset, length] = parseRange(range) ?? [];
  if (offset === undefined || length === undefined) return E_INVALID;
  const start = Number(offset);
  const bytes = Buffer.from(document).subarray(start, start + Math.min(length, MAX_PACKET / 2));
  const more = start + bytes.length < Buffer.byteLength(document);
  return (more ? "m" : "l") + bytes.toString("latin1");
}

function parseRange(text: string): [address: bigint, length: number] | undefined {
  const [address, length] = text.split(",").map(parseHex);
  return address === undefined || length === undefined ? undefined : [address, Number(length)];
}

function parseHex(text: string | undefined): bigint | undefined {
  return text !== undefined && /^[0-9a-fA-F]{1,16}$/.test(text) ? BigInt(`0x${text}`) : undefined;
}
