// One HTTP GET from the package server at a time. A body goes from TCP into pages of its own without a copy between;
// who asked takes or frees them. A request over a kept connection that had gone stale is sent once more over a new one.

import { CATALOG_SHA256, CATALOG_SIZE_BYTES } from "../../abi/catalog.ts";
import {
  E_AGAIN,
  E_NOMEM,
  E_PKG_CATALOG,
  E_PKG_HTTP,
  E_PKG_SERVER,
  E_PKG_TRUNCATED,
} from "../../abi/errors.ts";
import { PAGE_SIZE } from "../../abi/memory-map.ts";
import { framesAlloc, framesFree } from "../mm/frames.ts";
import { textBegin, textByte, textEnd, textHex, textNumber, textPut } from "../vfs/text.ts";
import { CATALOG_MAX_SIZE } from "./catalog.ts";
import {
  connectionBegin,
  connectionBreak,
  connectionClose,
  connectionDeadline,
  connectionIp,
  connectionKeep,
  connectionPoll,
  connectionPort,
  connectionReused,
  connectionSocket,
} from "./connection.ts";
import {
  HTTP_BODY,
  HTTP_CHUNK_SIZE,
  HTTP_DONE,
  HTTP_FAILED,
  HTTP_LENGTH,
  HttpResponse,
  httpBegin,
  httpBody,
  httpEnd,
  httpFeed,
} from "./http.ts";
import { portRead, portWrite } from "./ports.ts";

/** How long the server may be silent. */
export const IDLE_TIMEOUT_NS: i64 = 10_000_000_000;
/** How long a whole request may take, however steadily it drips. */
export const TOTAL_TIMEOUT_NS: i64 = 120_000_000_000;

const SLICE_SIZE: u32 = 65536; // received in one poll
const REQUEST_MAX: u32 = 512;
const BUFFER_SIZE: u32 = 4096;

const IDLE: u32 = 0;
const CONNECTING: u32 = 1;
const SENDING: u32 = 2;
const RECEIVING: u32 = 3;

const response = changetype<HttpResponse>(memory.data(2096)); // HTTP_RESPONSE_SIZE
const request = memory.data(512);
const buffer = memory.data(4096); // heads, chunk lines, and what of a body came with them

let state: u32 = IDLE;
let exactSize: u32 = 0; // of the body, 0 if any up to maxSize will do
let maxSize: u32 = 0;
let wrongSize: i32 = 0; // -E_* for a body of another size
let requestLength: u32 = 0;
let sent: u32 = 0;
let bufferAt: u32 = 0;
let bufferEnd: u32 = 0;
let answered: bool = false; // a byte of the response came
let bodyBegun: bool = false;
let body: usize = 0;
let bodyPages: u32 = 0;
let bodyCapacity: u32 = 0;
let bodyLength: u32 = 0;
let startedAt: i64 = 0;
let heardAt: i64 = 0; // when the server last did something
let connectTook: i64 = 0;
let progressed: bool = false;

/** Begins to fetch /catalog.bin. */
export function fetchCatalog(now: i64): void {
  beginRequest();
  textPut("/catalog.bin");
  start(0, CATALOG_MAX_SIZE, -E_PKG_CATALOG, now);
}

/** Begins to fetch the bundle of a catalog entry. Its body must have the size that the entry says. */
export function fetchBundle(entry: usize, now: i64): void {
  beginRequest();
  textPut("/pkg/");
  textHex(entry + CATALOG_SHA256, 32);
  textPut(".osx");
  const size = load<u32>(entry, CATALOG_SIZE_BYTES);
  start(size, size, -E_PKG_TRUNCATED, now);
}

/**
 * Goes on with the request. Returns 0 when the whole body is here, -E_AGAIN before that, or why it failed:
 * -E_PKG_SERVER, -E_PKG_HTTP, -E_PKG_TRUNCATED, -E_PKG_CATALOG (one that is too large), -E_NOMEM, -E_LIMIT; then no
 * body and no connection is left.
 */
export function fetchPoll(now: i64): i32 {
  let budget = SLICE_SIZE;
  progressed = false;
  let result = 1;
  while (result > 0 && budget > 0) {
    result = step(budget, now);
    if (result <= 0) break;
    progressed = true;
    heardAt = now;
    budget -= min<u32>(budget, <u32>result);
  }
  if (result > 0) return -E_AGAIN;
  if (result == -E_AGAIN && now >= fetchDeadline()) result = -E_PKG_SERVER;
  if (result == -E_AGAIN) return result;
  if (result < 0) fetchCancel();
  state = IDLE;
  return result;
}

/** True if the last fetchPoll got anywhere: then another may get further at once. */
export function fetchProgressed(): bool {
  return progressed;
}

/** When fetchPoll has a time-out to notice. */
export function fetchDeadline(): i64 {
  if (state == CONNECTING) return connectionDeadline();
  return min(heardAt + IDLE_TIMEOUT_NS, startedAt + TOTAL_TIMEOUT_NS);
}

/** Gives the request up, with its connection and body. */
export function fetchCancel(): void {
  connectionBreak();
  fetchFreeBody();
  state = IDLE;
}

/** Address of the body, as much of it as is here. */
export function fetchBody(): usize {
  return body;
}

/** Bytes of the body that are here. */
export function fetchBodyLength(): u32 {
  return bodyLength;
}

/** Takes over the pages of the body; returns how many, 0 for a body without any. */
export function fetchTakeBody(): u32 {
  const pages = bodyPages;
  body = 0;
  bodyPages = 0;
  return pages;
}

/** Frees the body. */
export function fetchFreeBody(): void {
  if (bodyPages != 0) framesFree(body, bodyPages);
  fetchTakeBody();
}

/** HTTP status of the last response, 0 if there was none. */
export function fetchStatus(): u32 {
  return answered ? response.status : 0;
}

/** How long opening the connection took for the last request, in ns; 0 if a kept one served. */
export function fetchConnectNs(): i64 {
  return connectTook;
}

function beginRequest(): void {
  textBegin(request, REQUEST_MAX);
  textPut("GET ");
}

/** Ends the request's text (RFC 9112 §3) and begins to send it. */
function start(exact: u32, most: u32, wrong: i32, now: i64): void {
  const ip = connectionIp();
  textPut(" HTTP/1.1\r\nHost: ");
  for (let octet: u32 = 0; octet < 4; octet++) {
    if (octet > 0) textByte(46);
    textNumber(<u64>((ip >> (octet * 8)) & 0xff));
  }
  textByte(58);
  textNumber(<u64>connectionPort());
  textPut("\r\nUser-Agent: oscortex\r\nAccept-Encoding: identity\r\n\r\n");
  requestLength = textEnd();
  exactSize = exact;
  maxSize = most;
  wrongSize = wrong;
  connectTook = 0;
  startedAt = now;
  reset(now);
}

/** Goes (back) to before the connection is open. */
function reset(now: i64): void {
  state = CONNECTING;
  sent = 0;
  bufferAt = 0;
  bufferEnd = 0;
  answered = false;
  bodyBegun = false;
  bodyLength = 0;
  heardAt = now;
  httpBegin(response);
  connectionBegin(now);
}

/** Does what can be done now: > 0 for progress (bytes, in RECEIVING), 0 for the end, -E_AGAIN, or another -E_*. */
function step(budget: u32, now: i64): i32 {
  switch (state) {
    case CONNECTING:
      return connect(now);
    case SENDING:
      return send(now);
    default:
      return receive(budget, now);
  }
}

function connect(now: i64): i32 {
  const result = connectionPoll(now);
  if (result < 0) return result;
  if (!connectionReused()) connectTook = now - startedAt;
  state = SENDING;
  return 1;
}

function send(now: i64): i32 {
  const part = portWrite(connectionSocket(), request + <usize>sent, requestLength - sent);
  if (part < 0) return part == -E_AGAIN ? part : lost(now);
  if (part == 0) return -E_AGAIN;
  sent += <u32>part;
  if (sent == requestLength) state = RECEIVING;
  return 1;
}

function receive(budget: u32, now: i64): i32 {
  const part = fill(budget);
  if (part == 0 && httpEnd(response)) return complete(now);
  if (part == 0 || (part < 0 && part != -E_AGAIN)) return lost(now);
  if (part < 0) return part;
  answered = true;
  const result = parse();
  if (result < 0) return result;
  return response.state == HTTP_DONE ? complete(now) : part;
}

/** Reads once: body straight into its place if only body can come, else into the buffer. As portRead. */
function fill(budget: u32): i32 {
  const space = bodyCapacity - bodyLength;
  if (response.state == HTTP_BODY && bodyBegun && space > 0) {
    const part = portRead(
      connectionSocket(),
      body + <usize>bodyLength,
      min(min(response.run, space), budget),
    );
    if (part > 0) tookBody(<u32>part);
    return part;
  }
  const part = portRead(connectionSocket(), buffer, BUFFER_SIZE);
  bufferAt = 0;
  bufferEnd = part > 0 ? <u32>part : 0;
  return part;
}

/** Parses what is in the buffer. Returns 0 or -E_*. */
function parse(): i32 {
  while (true) {
    if (response.state == HTTP_FAILED) return -E_PKG_HTTP;
    if (!bodyBegun && response.state >= HTTP_CHUNK_SIZE) {
      const result = beginBody();
      if (result < 0) return result;
    }
    if (bufferAt == bufferEnd || response.state == HTTP_DONE) return 0;
    if (response.state != HTTP_BODY) {
      bufferAt += httpFeed(response, buffer + <usize>bufferAt, bufferEnd - bufferAt);
      continue;
    }
    const part = min(response.run, bufferEnd - bufferAt);
    if (part > bodyCapacity - bodyLength) return wrongSize;
    memory.copy(body + <usize>bodyLength, buffer + <usize>bufferAt, <usize>part);
    bufferAt += part;
    tookBody(part);
  }
}

function tookBody(length: u32): void {
  bodyLength += length;
  httpBody(response, length);
}

/** The head is complete: makes room for the body. Returns 0 or -E_*. */
function beginBody(): i32 {
  bodyBegun = true;
  if (response.status != 200) return -E_PKG_HTTP;
  const known = response.framing == HTTP_LENGTH;
  const size = response.contentLength;
  if (known && ((exactSize != 0 && size != exactSize) || size > maxSize)) return wrongSize;
  bodyCapacity = known ? size : maxSize;
  bodyPages = (bodyCapacity + <u32>PAGE_SIZE - 1) / <u32>PAGE_SIZE;
  if (bodyPages == 0) return 0;
  body = framesAlloc(bodyPages);
  if (body != 0) return 0;
  bodyPages = 0;
  return -E_NOMEM;
}

function complete(now: i64): i32 {
  if (exactSize != 0 && bodyLength != exactSize) return wrongSize;
  // Bytes behind the response answer nothing that was asked.
  if (response.persistent && bufferAt == bufferEnd) connectionKeep(now);
  else connectionClose();
  return 0;
}

/** The connection ended before the response did. */
function lost(now: i64): i32 {
  if (answered) return bodyBegun ? -E_PKG_TRUNCATED : -E_PKG_HTTP;
  if (!connectionReused()) return -E_PKG_SERVER;
  connectionBreak();
  reset(now);
  return 1;
}
