// An HTTP/1.1 response, parsed as its bytes come: RFC 9112 (messages) and RFC 9110 (fields).
//
// Stricter than a browser: a line ends in CR LF, a field is named by a token, at most one Content-Length, never
// beside Transfer-Encoding, no folding, no content coding. Bodies are not copied: the owner moves `run` bytes
// itself and says so by httpBody.

/** Longest line of a head, in bytes without its CR LF. */
export const HTTP_MAX_LINE: u32 = 2048;
/** Longest head, in bytes; also the longest trailers, and the lines between two chunks' data. */
export const HTTP_MAX_HEAD: u32 = 65536;
/** Largest body that can be announced, in bytes. */
export const HTTP_MAX_BODY: u32 = 0x40000000;

// HttpResponse.state
export const HTTP_STATUS_LINE: u32 = 0;
export const HTTP_FIELDS: u32 = 1;
export const HTTP_CHUNK_SIZE: u32 = 2;
export const HTTP_CHUNK_END: u32 = 3; // the empty line after a chunk's data
export const HTTP_TRAILERS: u32 = 4;
export const HTTP_BODY: u32 = 5; // the next `run` bytes are body
export const HTTP_DONE: u32 = 6;
export const HTTP_FAILED: u32 = 7; // not HTTP, or what this parser refuses

// HttpResponse.framing, RFC 9112 §6.3
export const HTTP_UNTIL_CLOSE: u32 = 0;
export const HTTP_LENGTH: u32 = 1;
export const HTTP_CHUNKED: u32 = 2;

const CR: u32 = 13;
const LF: u32 = 10;
const SPACE: u32 = 32;
const TAB: u32 = 9;
const COMMA: u32 = 44;
const COLON: u32 = 58;
const SEMICOLON: u32 = 59;

/** A response in progress, in static memory of its owner (HTTP_RESPONSE_SIZE bytes). */
@unmanaged
export class HttpResponse {
  state: u32; // HTTP_*
  status: u32; // 200, 404, ...
  framing: u32; // HTTP_UNTIL_CLOSE, HTTP_LENGTH, HTTP_CHUNKED
  contentLength: u32; // with HTTP_LENGTH
  run: u32; // with HTTP_BODY: body bytes that come next
  persistent: bool; // the connection may be used again after the body
  minor: u8; // of HTTP/1.x
  cr: bool; // the last byte was a CR
  overhead: u32; // bytes of lines since the response began, or since body bytes
  lineLength: u32;
  line0: u8; // the first byte of the line, HTTP_MAX_LINE in all
}

/** Bytes that an `HttpResponse` takes. */
export const HTTP_RESPONSE_SIZE: usize = 2096;
const LINE: usize = offsetof<HttpResponse>("line0");
if (LINE + <usize>HTTP_MAX_LINE > HTTP_RESPONSE_SIZE) ERROR("HTTP_RESPONSE_SIZE");

/** Begins a response. */
export function httpBegin(response: HttpResponse): void {
  response.state = HTTP_STATUS_LINE;
  response.overhead = 0;
  response.lineLength = 0;
  response.cr = false;
  resetMessage(response);
}

/**
 * Parses up to `len` bytes at `src`. Returns how many it took: less than `len` when the next byte is body
 * (HTTP_BODY) or belongs to no response (HTTP_DONE), or none is wanted (HTTP_FAILED).
 */
export function httpFeed(response: HttpResponse, src: usize, len: u32): u32 {
  let taken: u32 = 0;
  while (taken < len && response.state < HTTP_BODY) {
    feedByte(response, load<u8>(src + <usize>taken));
    taken++;
  }
  return taken;
}

/** Tells that the owner took `length` body bytes, at most `run`. */
export function httpBody(response: HttpResponse, length: u32): void {
  if (response.framing == HTTP_UNTIL_CLOSE) return;
  response.run -= length;
  response.overhead = 0;
  if (response.run == 0) response.state = response.framing == HTTP_CHUNKED ? HTTP_CHUNK_END : HTTP_DONE;
}

/** Tells that the peer closed the connection. True if that completes the response. */
export function httpEnd(response: HttpResponse): bool {
  if (response.state == HTTP_BODY && response.framing == HTTP_UNTIL_CLOSE) response.state = HTTP_DONE;
  return response.state == HTTP_DONE;
}

function resetMessage(response: HttpResponse): void {
  response.status = 0;
  response.framing = HTTP_UNTIL_CLOSE;
  response.contentLength = 0;
  response.run = 0;
  response.persistent = false;
  response.minor = 0;
}

function feedByte(response: HttpResponse, byte: u32): void {
  if (++response.overhead > HTTP_MAX_HEAD) return fail(response);
  if (response.cr) {
    if (byte != LF) return fail(response); // RFC 9112 §2.2: a bare CR
    response.cr = false;
    takeLine(response);
    response.lineLength = 0;
  } else if (byte == CR) {
    response.cr = true;
  } else if ((byte < SPACE && byte != TAB) || byte == 127 || response.lineLength == HTTP_MAX_LINE) {
    fail(response);
  } else {
    store<u8>(changetype<usize>(response) + LINE + <usize>response.lineLength, <u8>byte);
    response.lineLength += 1;
  }
}

function fail(response: HttpResponse): void {
  response.state = HTTP_FAILED;
}

function takeLine(response: HttpResponse): void {
  const line = changetype<usize>(response) + LINE;
  const length = response.lineLength;
  let fine = false;
  switch (response.state) {
    case HTTP_STATUS_LINE: {
      fine = takeStatusLine(response, line, length);
      break;
    }
    case HTTP_FIELDS: {
      fine = length == 0 ? takeHeadEnd(response) : takeField(response, line, length);
      break;
    }
    case HTTP_CHUNK_SIZE: {
      fine = takeChunkSize(response, line, length);
      break;
    }
    case HTTP_CHUNK_END: {
      fine = length == 0;
      response.state = HTTP_CHUNK_SIZE;
      break;
    }
    case HTTP_TRAILERS: {
      fine = length == 0 || nameLength(line, length) > 0;
      if (length == 0) response.state = HTTP_DONE;
      break;
    }
  }
  if (!fine) fail(response);
}

/** RFC 9112 §4: `HTTP/1.x SP 3DIGIT SP [reason]`; the last space may be missing. */
function takeStatusLine(response: HttpResponse, line: usize, length: u32): bool {
  if (length < 12 || !startsWith(line, "HTTP/1.")) return false;
  const minor = digit(load<u8>(line + 7));
  if (minor > 1 || load<u8>(line + 8) != SPACE) return false;
  if (length > 12 && load<u8>(line + 12) != SPACE) return false;
  const hundreds = digit(load<u8>(line + 9));
  const tens = digit(load<u8>(line + 10));
  const ones = digit(load<u8>(line + 11));
  if (hundreds < 1 || hundreds > 5 || tens > 9 || ones > 9) return false;
  response.minor = <u8>minor;
  response.persistent = minor == 1; // RFC 9112 §9.3
  response.status = hundreds * 100 + tens * 10 + ones;
  response.state = HTTP_FIELDS;
  return true;
}

/** RFC 9112 §5: `token ":" OWS value OWS`. Takes the fields that decide the framing, skips others. */
function takeField(response: HttpResponse, line: usize, length: u32): bool {
  const name = nameLength(line, length);
  if (name == 0) return false;
  let value = line + <usize>name + 1;
  let end = line + <usize>length;
  while (value < end && blank(load<u8>(value))) value++;
  while (value < end && blank(load<u8>(end - 1))) end--;
  if (equals(line, name, "content-length")) return takeContentLength(response, value, end);
  if (equals(line, name, "transfer-encoding")) return takeTransferEncoding(response, value, end);
  if (equals(line, name, "content-encoding")) return equals(value, <u32>(end - value), "identity");
  if (equals(line, name, "connection")) takeConnection(response, value, end);
  return true;
}

/** Length of the field name that a line begins with, or 0 if it is not a field. */
function nameLength(line: usize, length: u32): u32 {
  for (let i: u32 = 0; i < length; i++) {
    const byte = load<u8>(line + <usize>i);
    if (byte == COLON) return i;
    if (!tokenByte(byte)) return 0;
  }
  return 0;
}

/** RFC 9110 §8.6. One field of one number: a list, even of equal numbers, is refused. */
function takeContentLength(response: HttpResponse, value: usize, end: usize): bool {
  if (response.framing != HTTP_UNTIL_CLOSE) return false; // twice, or beside chunked: RFC 9112 §6.3 rule 3
  if (value == end || end - value > 10) return false;
  let length: u64 = 0;
  for (let at = value; at < end; at++) {
    const decimal = digit(load<u8>(at));
    if (decimal > 9) return false;
    length = length * 10 + <u64>decimal;
  }
  if (length > <u64>HTTP_MAX_BODY) return false;
  response.framing = HTTP_LENGTH;
  response.contentLength = <u32>length;
  return true;
}

/** RFC 9112 §6.1. The one coding taken is `chunked`. */
function takeTransferEncoding(response: HttpResponse, value: usize, end: usize): bool {
  if (response.framing != HTTP_UNTIL_CLOSE || response.minor == 0) return false;
  response.framing = HTTP_CHUNKED;
  return equals(value, <u32>(end - value), "chunked");
}

/** RFC 9112 §9.3: a list of options. */
function takeConnection(response: HttpResponse, value: usize, end: usize): void {
  while (value < end) {
    let stop = value;
    while (stop < end && load<u8>(stop) != COMMA) stop++;
    let last = stop;
    while (value < last && blank(load<u8>(value))) value++;
    while (value < last && blank(load<u8>(last - 1))) last--;
    if (equals(value, <u32>(last - value), "close")) response.persistent = false;
    value = stop + 1;
  }
}

/** The empty line after the fields: RFC 9112 §6.3 says what follows. */
function takeHeadEnd(response: HttpResponse): bool {
  const status = response.status;
  if (status == 101) return false; // never asked for
  if (status < 200) {
    // RFC 9110 §15.2: an interim response; the real one follows. `overhead` goes on counting.
    resetMessage(response);
    response.state = HTTP_STATUS_LINE;
    return true;
  }
  response.overhead = 0;
  if (status == 204 || status == 304) {
    response.state = HTTP_DONE;
  } else if (response.framing == HTTP_CHUNKED) {
    response.state = HTTP_CHUNK_SIZE;
  } else if (response.framing == HTTP_LENGTH) {
    response.run = response.contentLength;
    response.state = response.run == 0 ? HTTP_DONE : HTTP_BODY;
  } else {
    response.run = HTTP_MAX_BODY;
    response.persistent = false;
    response.state = HTTP_BODY;
  }
  return true;
}

/** RFC 9112 §7.1: `1*HEXDIG [";" extensions]`. */
function takeChunkSize(response: HttpResponse, line: usize, length: u32): bool {
  let size: u32 = 0;
  let digits: u32 = 0;
  while (digits < length && digits <= 8) {
    const value = hexDigit(load<u8>(line + <usize>digits));
    if (value > 15) break;
    size = (size << 4) | value;
    digits++;
  }
  if (digits == 0 || digits > 8 || size > HTTP_MAX_BODY) return false;
  if (digits < length && !blankOrSemicolon(load<u8>(line + <usize>digits))) return false;
  response.run = size;
  response.state = size == 0 ? HTTP_TRAILERS : HTTP_BODY;
  return true;
}

/** Value of a decimal digit; above 9 if it is none. */
function digit(byte: u32): u32 {
  return byte - 48;
}

/** Value of a hexadecimal digit; above 15 if it is none. */
function hexDigit(byte: u32): u32 {
  const decimal = byte - 48;
  if (decimal <= 9) return decimal;
  const letter = (byte | 0x20) - 97;
  return letter < 6 ? letter + 10 : 16;
}

function blank(byte: u32): bool {
  return byte == SPACE || byte == TAB;
}

function blankOrSemicolon(byte: u32): bool {
  return byte == SEMICOLON || blank(byte);
}

// RFC 9110 §5.6.2: ! # $ % & ' * + - . ^ _ ` | ~ digits letters, as bits of the bytes 32..127
const TOKEN_LOW: u64 = 0x03ff6cfa; // 32..63
const TOKEN_MIDDLE: u64 = 0xc7fffffe; // 64..95
const TOKEN_HIGH: u64 = 0x57ffffff; // 96..127

function tokenByte(byte: u32): bool {
  if (byte < 32 || byte > 127) return false;
  const bits = byte < 64 ? TOKEN_LOW : byte < 96 ? TOKEN_MIDDLE : TOKEN_HIGH;
  return ((bits >> <u64>(byte & 31)) & 1) != 0;
}

/** True if the bytes begin with `text` exactly. The caller knows that there are so many. */
function startsWith(at: usize, text: string): bool {
  for (let i = 0; i < text.length; i++) {
    if (<i32>load<u8>(at + <usize>i) != text.charCodeAt(i)) return false;
  }
  return true;
}

/** True if the bytes are `text`, which is in lower case, in any case. */
function equals(at: usize, length: u32, text: string): bool {
  if (length != <u32>text.length) return false;
  for (let i = 0; i < text.length; i++) {
    const byte = <i32>load<u8>(at + <usize>i);
    const lower = byte >= 65 && byte <= 90 ? byte | 0x20 : byte;
    if (lower != text.charCodeAt(i)) return false;
  }
  return true;
}
