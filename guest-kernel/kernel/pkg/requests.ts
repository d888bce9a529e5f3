// What processes wait for of the resolver: a bounded queue of requests, first come first served. Equal requests share
// one place. A ticket names a place for as long as somebody waits for it.

import { CATALOG_NAME_SIZE } from "../../abi/catalog.ts";
import { E_AGAIN, E_INVAL, E_LIMIT } from "../../abi/errors.ts";

export const REQUEST_RESOLVE: u32 = 1; // result: app id
export const REQUEST_CATALOG: u32 = 2; // result: entries

const INDEX_BITS: i32 = 5;
const MAX_REQUESTS: u32 = 32;
const INDEX_MASK: i32 = (1 << INDEX_BITS) - 1;
const MAX_GENERATION: i32 = (1 << (30 - INDEX_BITS)) - 1;

// Request.state
const FREE: u32 = 0;
const QUEUED: u32 = 1;
const RUNNING: u32 = 2;
const DONE: u32 = 3;

@unmanaged
class Request {
  state: u32;
  kind: u32; // REQUEST_*
  ticket: i32; // generation << INDEX_BITS | index, positive
  generation: i32;
  result: i32; // once DONE
  waiters: u32;
  order: u64; // ascends in the order of arrival
  nameLength: u32;
  name0: u8; // CATALOG_NAME_SIZE bytes in all
}

const REQUEST_SIZE: usize = 104;
const NAME: usize = offsetof<Request>("name0");
if (NAME + CATALOG_NAME_SIZE > REQUEST_SIZE) ERROR("REQUEST_SIZE");
const requests = memory.data(3328, 8);
if (REQUEST_SIZE * <usize>MAX_REQUESTS != 3328) ERROR("requests");
let arrivals: u64 = 0;
let queued: u32 = 0; // requests in the queue: looked at in every turn of the kernel loop

/** Asks for something. The name, for REQUEST_RESOLVE, is a checked one. Returns a ticket, or -E_LIMIT. */
export function requestAdd(kind: u32, name: usize, nameLength: u32): i32 {
  let free: Request | null = null;
  let freeIndex: u32 = 0;
  for (let i: u32 = 0; i < MAX_REQUESTS; i++) {
    const request = requestAt(i);
    if (request.state == FREE) {
      free = request;
      freeIndex = i;
    } else if (request.state != DONE && request.kind == kind && named(request, name, nameLength)) {
      request.waiters++;
      return request.ticket;
    }
  }
  if (free == null) return -E_LIMIT;
  queued++;
  free.state = QUEUED;
  free.kind = kind;
  free.generation = free.generation == MAX_GENERATION ? 1 : free.generation + 1;
  free.ticket = (free.generation << INDEX_BITS) | <i32>freeIndex;
  free.waiters = 1;
  free.order = arrivals++;
  free.nameLength = nameLength;
  memory.copy(changetype<usize>(free) + NAME, name, <usize>nameLength);
  return free.ticket;
}

/** Takes the oldest request that waits in the queue: its index, or -1. */
export function requestNext(): i32 {
  if (queued == 0) return -1;
  let found = -1;
  let oldest = u64.MAX_VALUE;
  for (let i: u32 = 0; i < MAX_REQUESTS; i++) {
    const request = requestAt(i);
    if (request.state != QUEUED || request.order >= oldest) continue;
    oldest = request.order;
    found = <i32>i;
  }
  queued--;
  requestAt(<u32>found).state = RUNNING;
  return found;
}

/** Ends the request that requestNext gave. */
export function requestFinish(index: i32, result: i32): void {
  const request = requestAt(<u32>index);
  request.result = result;
  request.state = request.waiters == 0 ? FREE : DONE;
}

/**
 * One waiter's look at its request: -E_AGAIN before it is done, -E_INVAL for a ticket that names none. Any other
 * result ends this waiter's use of the ticket.
 */
export function requestResult(ticket: i32): i32 {
  const request = requestOf(ticket);
  if (request == null) return -E_INVAL;
  if (request.state != DONE) return -E_AGAIN;
  if (--request.waiters == 0) request.state = FREE;
  return request.result;
}

/** Ends one waiter's use of a ticket before its result. */
export function requestCancel(ticket: i32): void {
  const request = requestOf(ticket);
  if (request == null || --request.waiters != 0) return;
  if (request.state == RUNNING) return; // it goes on for the cache's sake
  if (request.state == QUEUED) queued--;
  request.state = FREE;
}

/** What the request is for: REQUEST_*. */
export function requestKind(index: i32): u32 {
  return requestAt(<u32>index).kind;
}

/** Address of the request's name. */
export function requestName(index: i32): usize {
  return changetype<usize>(requestAt(<u32>index)) + NAME;
}

/** Length of the request's name. */
export function requestNameLength(index: i32): u32 {
  return requestAt(<u32>index).nameLength;
}

/** True if a request waits in the queue. */
export function requestQueued(): bool {
  return queued != 0;
}

function named(request: Request, name: usize, length: u32): bool {
  if (request.nameLength != length) return false;
  return memory.compare(changetype<usize>(request) + NAME, name, <usize>length) == 0;
}

function requestOf(ticket: i32): Request | null {
  if (ticket <= 0) return null;
  const request = requestAt(<u32>(ticket & INDEX_MASK));
  return request.state != FREE && request.ticket == ticket && request.waiters != 0 ? request : null;
}

function requestAt(index: u32): Request {
  return changetype<Request>(requests + <usize>index * REQUEST_SIZE);
}
