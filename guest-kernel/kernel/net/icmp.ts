// ICMP, RFC 792: answers echo requests, and hears that a host or port cannot be reached.

import { E_CONNREFUSED, E_HOSTUNREACH } from "../../abi/errors.ts";
import { load16, load32 } from "./byte-order.ts";
import { checksumAdd, checksumFinish, checksumFold } from "./checksum.ts";
import { interfaceAddress } from "./interface.ts";
import {
  IPV4_HEADER_LEN,
  ipv4HeaderLen,
  ipv4Protocol,
  ipv4Source,
  ipv4Target,
  PROTOCOL_ICMP,
  PROTOCOL_TCP,
} from "./ipv4.ts";
import { OUTPUT_BUSY, OUTPUT_UNREACHABLE, outputBegin, outputCommit, outputPayloadMax } from "./output.ts";
import { tcpUnreachable } from "./tcp.ts";

const TYPE: usize = 0; // u8
const CODE: usize = 1; // u8
const CHECKSUM: usize = 2; // u16
const HEADER_LEN: u32 = 8;

const ECHO_REPLY: u32 = 0;
const UNREACHABLE: u32 = 3;
const ECHO_REQUEST: u32 = 8;
const CODE_PORT: u32 = 3;
const CODE_FRAGMENTATION: u32 = 4;
const QUOTED_TCP: u32 = 8; // bytes of TCP header that are quoted at least: ports and sequence number

/** Takes a received message of `len` bytes. True if a socket has failed. */
export function icmpReceive(message: usize, len: u32, source: u32, now: i64): bool {
  if (len < HEADER_LEN || checksumFold(checksumAdd(0, message, len)) != 0xffff) return false;
  const type = <u32>load<u8>(message, TYPE);
  if (type == ECHO_REQUEST && load<u8>(message, CODE) == 0) echo(message, len, source, now);
  if (type == UNREACHABLE) return unreachable(message, len);
  return false;
}

/** Sends the message back. One that cannot go now is lost, as it might be on the way. */
function echo(message: usize, len: u32, source: u32, now: i64): void {
  if (len > outputPayloadMax()) return;
  const reply = outputBegin(source, now);
  if (reply == OUTPUT_BUSY || reply == OUTPUT_UNREACHABLE) return;
  memory.copy(reply, message, len);
  store<u8>(reply, <u8>ECHO_REPLY, TYPE);
  store<u16>(reply, 0, CHECKSUM);
  store<u16>(reply, checksumFinish(checksumAdd(0, reply, len)), CHECKSUM);
  outputCommit(reply, PROTOCOL_ICMP, len);
}

/** The quoted packet must be a TCP segment of ours. */
function unreachable(message: usize, len: u32): bool {
  const code = <u32>load<u8>(message, CODE);
  if (code == CODE_FRAGMENTATION || len < HEADER_LEN + IPV4_HEADER_LEN + QUOTED_TCP) return false;
  const packet = message + HEADER_LEN;
  const headerLen = ipv4HeaderLen(packet);
  if (headerLen < IPV4_HEADER_LEN || len < HEADER_LEN + headerLen + QUOTED_TCP) return false;
  if (ipv4Protocol(packet) != PROTOCOL_TCP || ipv4Source(packet) != interfaceAddress()) return false;
  const segment = packet + headerLen;
  const error = code == CODE_PORT ? -E_CONNREFUSED : -E_HOSTUNREACH;
  return tcpUnreachable(ipv4Target(packet), load16(segment + 2), load16(segment), load32(segment + 4), error);
}
