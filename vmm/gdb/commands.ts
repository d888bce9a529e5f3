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
import type { GdbTarget } from "./target.ts";
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
const SIGNAL_TRAP = "05";
const SOFTWARE_BREAKPOINT = "0";

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
  ["c", (_, target, conversation) => go(target, conversation, false)],
  ["s", (_, target, conversation) => go(target, conversation, true)],
  ["C", (_, target, conversation) => go(target, conversation, false)],
  ["S", (_, target, conversation) => go(target, conversation, true)],
  ["vCont?", () => "vCont;c;C;s;S"],
  ["vCont", continueThreads],
  ["Z", (rest, target) => breakpoint(rest, (address) => target.insertBreakpoint(address))],
  ["z", (rest, target) => breakpoint(rest, (address) => target.removeBreakpoint(address))],
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
    "QStartNoAckMode+;vContSupported+;qXfer:features:read+;qXfer:memory-map:read+",
    "qXfer:libraries:read+;qXfer:threads:read+;qXfer:exec-file:read+",
  ].join(";");
}

function whyStopped(_: string, target: GdbTarget, conversation: Conversation): string | undefined {
  conversation.waitsForStop = !target.held;
  if (target.held) return `T${SIGNAL_TRAP}thread:${(target.threads()[0]?.id ?? 1).toString(16)};`;
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

function readMemory(rest: string, target: GdbTarget): string {
  const [address, length] = parseRange(rest) ?? [];
  if (address === undefined || length === undefined) return E_INVALID;
  const bytes = target.readMemory(address, Math.min(length, MAX_PACKET / 2));
  return bytes.length === 0 && length > 0 ? E_FAULT : Buffer.from(bytes).toString("hex");
}

function writeMemory(rest: string, target: GdbTarget): string {
  const colon = rest.indexOf(":");
  return store(rest.slice(0, colon), Buffer.from(rest.slice(colon + 1), "hex"), target);
}

function writeBinary(rest: string, target: GdbTarget): string {
  const colon = rest.indexOf(":");
  return store(rest.slice(0, colon), Buffer.from(rest.slice(colon + 1), "latin1"), target);
}

function store(where: string, bytes: Buffer, target: GdbTarget): string {
  const [address, length] = parseRange(where) ?? [];
  if (address === undefined || length !== bytes.length) return E_INVALID;
  return target.writeMemory(address, bytes) ? OK : E_FAULT;
}

function breakpoint(rest: string, change: (address: bigint) => boolean): string {
  const [kind, where] = rest.split(",");
  const address = parseHex(where);
  if (kind !== SOFTWARE_BREAKPOINT) return UNKNOWN;
  if (address === undefined) return E_INVALID;
  return change(address) ? OK : E_FAULT;
}

// ── running ─────────────────────────────────────────────────────────────────────────────────────────────

function go(target: GdbTarget, conversation: Conversation, step: boolean): undefined {
  conversation.waitsForStop = true;
  target.resume(step);
}

/** `vCont;action:thread;…`: there is one processor, so a step of any thread is a step of what runs. */
function continueThreads(rest: string, target: GdbTarget, conversation: Conversation): string | undefined {
  const actions = rest.split(";").slice(1);
  if (actions.length === 0 || !actions.every((action) => /^[cCsS]/.test(action))) return E_INVALID;
  return go(target, conversation, /^[sS]/.test(actions[0]!));
}

function detach(_: string, target: GdbTarget, conversation: Conversation): string {
  target.removeAllBreakpoints();
  if (target.held) target.resume(false);
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
