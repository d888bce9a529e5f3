// virtio-console, the driver's side, virtio 1.2 §5.3: the console (with input) and the log.
//
// Output goes through a ring whose bytes the device reads in place; consoleFlush hands over what was written since
// the last one, one notification for all of it. Input is copied to a ring as it comes; when that is full, the
// device keeps the rest.

import { CONSOLE_END_OF_INPUT } from "../../abi/console.ts";
import { VIRTIO_CONSOLE_RX_QUEUE, VIRTIO_CONSOLE_TX_QUEUE } from "../../abi/virtio-console.ts";
import { PAGE_SIZE } from "../../abi/memory-map.ts";
import { E_AGAIN } from "../../abi/errors.ts";
import { pause } from "../arch.ts";
import { framesAlloc } from "../mm/frames.ts";
import { nowNs } from "../time/clock.ts";
import {
  BYTE_RING_STRUCT_SIZE,
  ByteRing,
  ringAddress,
  ringContiguous,
  ringDrop,
  ringInit,
  ringRead,
  ringRoom,
  ringWrite,
} from "./byte-ring.ts";
import { transportGiveUp, transportNegotiate, transportQueue, transportStart } from "./virtio-mmio.ts";
import { Virtq, VIRTQ_STRUCT_SIZE, virtqKick, virtqPop, virtqPush, virtqWantEvents } from "./virtq.ts";

/** The console: standard input and output of the machine. */
export const CONSOLE: u32 = 0;
/** The log: output only. */
export const LOG: u32 = 1;
const CONSOLE_COUNT: u32 = 2;

const OUTPUT_CAPACITY: u32 = 65536;
const OUTPUT_QUEUE_SIZE: u32 = 16;
const INPUT_CAPACITY: u32 = 4096;
const INPUT_QUEUE_SIZE: u32 = 4;
const INPUT_BUFFER_SIZE: u32 = 1024;
const DRAIN_TIMEOUT_NS: i64 = 1000000000;

/** An output buffer with the device. They come back in any order, the ring shrinks in the order of the bytes. */
@unmanaged
class Flight {
  address: usize; // 0 once the device is done with it
  len: u32;
}

@unmanaged
class Console {
  full: bool; // a write found no room, an event when there is some was asked for
  output: ByteRing;
  submitted: u32; // bytes of the output ring that the device has
  firstFlight: u32; // oldest of the flights, < OUTPUT_QUEUE_SIZE
  flightCount: u32;
  flights: usize; // Flight[OUTPUT_QUEUE_SIZE], a ring
  transmit: Virtq;
  receive: Virtq;
  input: ByteRing; // of the console; the log has none
  heldBuffer: usize; // an input buffer of which a part did not fit, 0 if none
  heldFrom: u32;
  heldLen: u32;
}

const consoles = memory.data(128, 8);
const rings = memory.data(128, 8); // per console: output, input
const queues = memory.data(256, 8); // per console: transmit, receive
const flightMemory = memory.data(256, 8);
if (offsetof<Console>() > 64) ERROR("consoles");
if (BYTE_RING_STRUCT_SIZE * 4 > 128) ERROR("rings");
if (VIRTQ_STRUCT_SIZE * 4 > 256) ERROR("queues");
if (offsetof<Flight>() * 16 * 2 > 256) ERROR("flightMemory");

let count: u32 = 0;
let roomCame: bool = false; // a console that was full has had room since the last flush

/** Starts the console device at `base`: the first is CONSOLE, the second LOG. False if it is unusable. */
export function consoleStart(base: usize): bool {
  if (count == CONSOLE_COUNT || !transportNegotiate(base, 0)) return false;
  const console = at(count);
  wire(console, count);
  // The log has no input: its receive queue stays unused, which spares the exits of setting it up.
  const hasInput = count == CONSOLE;
  if (hasInput && !transportQueue(base, console.receive, VIRTIO_CONSOLE_RX_QUEUE, INPUT_QUEUE_SIZE))
    return false;
  if (!transportQueue(base, console.transmit, VIRTIO_CONSOLE_TX_QUEUE, OUTPUT_QUEUE_SIZE)) return false;
  const outputMemory = framesAlloc(OUTPUT_CAPACITY / <u32>PAGE_SIZE);
  if (outputMemory == 0) return transportGiveUp(base);
  ringInit(console.output, outputMemory, OUTPUT_CAPACITY);
  virtqWantEvents(console.transmit, false);
  if (hasInput && !startInput(console)) return transportGiveUp(base);
  transportStart(base);
  if (hasInput) virtqKick(console.receive);
  count++;
  return true;
}

/**
 * Takes up to `len` bytes of output for `which` console; returns how many fitted. The bytes reach the device with
 * consoleFlush. Output to a console that does not exist is taken and dropped.
 */
export function consoleWrite(which: u32, source: usize, len: u32): u32 {
  if (!exists(which)) return len;
  const console = at(which);
  const taken = ringWrite(console.output, source, len);
  if (taken == len) return taken;
  awaitRoom(console);
  return taken + ringWrite(console.output, source + taken, len - taken);
}

/** True if consoleWrite would take nothing; then an event will say when it does. */
export function consoleWantsRoom(which: u32): bool {
  if (consoleWritable(which) != 0) return false;
  awaitRoom(at(which));
  return consoleWritable(which) == 0;
}

function awaitRoom(console: Console): void {
  reclaim(console);
  if (console.full) return;
  console.full = true;
  virtqWantEvents(console.transmit, true);
  reclaim(console); // what came back before the device saw the request
}

/** Bytes that consoleWrite would take. */
export function consoleWritable(which: u32): u32 {
  return exists(which) ? ringRoom(at(which).output) : 0xffffffff;
}

/** Bytes written that the device is not known to be done with. */
export function consolePending(which: u32): u32 {
  return exists(which) ? at(which).output.used : 0;
}

/**
 * Hands all output written so far to the devices, one notification each. Call it once per loop turn. True if a console
 * that was full has had room since the last call: no event need come to say so.
 */
export function consoleFlush(): bool {
  for (let i = count; i != 0; i--) flush(at(i - 1)); // the log before what apps print
  const came = roomCame;
  roomCame = false;
  return came;
}

/** True if there is no console: reading ends at once. */
export function consoleReadEnds(): bool {
  return !exists(CONSOLE);
}

/** Bytes of input that consoleRead has. */
export function consoleReadable(): u32 {
  return exists(CONSOLE) ? at(CONSOLE).input.used : 0;
}

/**
 * Takes up to `len` bytes of the console's input, at least 1; returns how many, -E_AGAIN if there are none yet. 0 is
 * the end of the input: CONSOLE_END_OF_INPUT came, which is taken by this call, or there is no console.
 */
export function consoleRead(target: usize, len: u32): i32 {
  if (!exists(CONSOLE)) return 0;
  const console = at(CONSOLE);
  const input = console.input;
  if (input.used == 0) return -E_AGAIN;
  const text = beforeEnd(input, min(len, input.used));
  if (text == 0) ringDrop(input, 1);
  else ringRead(input, target, text);
  takeInput(console);
  return <i32>text;
}

/** How many of the first `len` bytes come before the end of the input. */
function beforeEnd(input: ByteRing, len: u32): u32 {
  for (let i: u32 = 0; i < len; i++) if (load<u8>(ringAddress(input, i)) == CONSOLE_END_OF_INPUT) return i;
  return len;
}

/**
 * Waits until all output is with the devices, but not longer than DRAIN_TIMEOUT_NS: for the end of the machine, after
 * which the VMM reads what is in the queues.
 */
export function consolesDrain(): void {
  const deadline = nowNs() + DRAIN_TIMEOUT_NS;
  while (!allSubmitted() && nowNs() < deadline) pause();
}

/** Takes what the console devices have done. Called when one has raised an event. */
export function consolesPoll(): void {
  for (let i: u32 = 0; i < count; i++) {
    reclaim(at(i));
    if (i == CONSOLE) takeInput(at(i));
  }
}

function allSubmitted(): bool {
  consoleFlush();
  for (let i: u32 = 0; i < count; i++) {
    if (at(i).submitted < at(i).output.used) return false;
  }
  return true;
}

function at(which: u32): Console {
  return changetype<Console>(consoles + <usize>which * 64);
}

function exists(which: u32): bool {
  return which < count;
}

/** Points the console at its static parts. */
function wire(console: Console, which: u32): void {
  const ring = rings + <usize>which * 2 * BYTE_RING_STRUCT_SIZE;
  console.output = changetype<ByteRing>(ring);
  console.input = changetype<ByteRing>(ring + BYTE_RING_STRUCT_SIZE);
  const queue = queues + <usize>which * 2 * VIRTQ_STRUCT_SIZE;
  console.transmit = changetype<Virtq>(queue);
  console.receive = changetype<Virtq>(queue + VIRTQ_STRUCT_SIZE);
  console.flights = flightMemory + <usize>which * offsetof<Flight>() * OUTPUT_QUEUE_SIZE;
}

function startInput(console: Console): bool {
  const size = console.receive.size * INPUT_BUFFER_SIZE + INPUT_CAPACITY;
  const memory = framesAlloc((size + <u32>PAGE_SIZE - 1) / <u32>PAGE_SIZE);
  if (memory == 0) return false;
  ringInit(console.input, memory, INPUT_CAPACITY);
  for (let i: u32 = 0; i < console.receive.size; i++) {
    virtqPush(console.receive, memory + INPUT_CAPACITY + i * INPUT_BUFFER_SIZE, INPUT_BUFFER_SIZE, true);
  }
  return true;
}

function flush(console: Console): void {
  reclaim(console);
  const output = console.output;
  while (console.submitted < output.used && console.flightCount < console.transmit.size) {
    const address = ringAddress(output, console.submitted);
    const len = ringContiguous(output, console.submitted);
    if (!virtqPush(console.transmit, address, len, false)) break;
    const entry = flight(console, console.flightCount++);
    entry.address = address;
    entry.len = len;
    console.submitted += len;
  }
  virtqKick(console.transmit);
}

function flight(console: Console, i: u32): Flight {
  const slot = (console.firstFlight + i) & (OUTPUT_QUEUE_SIZE - 1);
  return changetype<Flight>(console.flights + <usize>slot * offsetof<Flight>());
}

/** Frees the output that the device has read. */
function reclaim(console: Console): void {
  for (let address = virtqPop(console.transmit); address != 0; address = virtqPop(console.transmit)) {
    for (let i: u32 = 0; i < console.flightCount; i++) {
      if (flight(console, i).address == address) flight(console, i).address = 0;
    }
  }
  while (console.flightCount > 0 && flight(console, 0).address == 0) {
    const len = flight(console, 0).len;
    ringDrop(console.output, len);
    console.submitted -= len;
    console.firstFlight = (console.firstFlight + 1) & (OUTPUT_QUEUE_SIZE - 1);
    console.flightCount--;
    if (console.full) {
      console.full = false;
      roomCame = true;
      virtqWantEvents(console.transmit, false);
    }
  }
}

/** Moves input from the device's buffers to the ring as far as it has room, and gives the buffers back. */
function takeInput(console: Console): void {
  while (true) {
    if (console.heldBuffer == 0) {
      console.heldBuffer = virtqPop(console.receive);
      if (console.heldBuffer == 0) break;
      console.heldFrom = 0;
      console.heldLen = console.receive.usedLen;
    }
    const rest = console.heldLen - console.heldFrom;
    const taken = ringWrite(console.input, console.heldBuffer + console.heldFrom, rest);
    console.heldFrom += taken;
    if (taken < rest) break;
    virtqPush(console.receive, console.heldBuffer, INPUT_BUFFER_SIZE, true);
    console.heldBuffer = 0;
  }
  virtqKick(console.receive);
}
