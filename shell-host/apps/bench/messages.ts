// Messages of every length to another process and back, by all ways there are, and whether they come back as they should. For
// tests, which look at what is printed.

import { PORT_MESSAGE_MAX } from "../../../guest-kernel/abi/port.ts";
import { print } from "../../sdk/console.ts";
import { launch, LaunchOptions } from "../../sdk/launch.ts";
import { call, close, makePort, receiveInto, send } from "../../sdk/ports.ts";
import { NO_TIMEOUT, waitFor } from "../../sdk/process.ts";

/** With this as what to do, the peer answers with every byte's complement. */
export const COMPLEMENT = "complement";

const LENGTHS: i32[] = [0, 1, 7, 8, 100, 4095, 4096, 4097, 8191, 8192];
const ROOM: u32 = 3 * PORT_MESSAGE_MAX;
const question = memory.data(24576); // ROOM
const answer = memory.data(24576);
if (ROOM != 24576) ERROR("ROOM");

/** Asks `rounds` times, each with another length at another place in a page; prints how many answers were right. */
export function checkMessages(self: i32, peer: string, rounds: i32): i32 {
  const ends = makePort();
  const options = new LaunchOptions();
  options.args = [peer, COMPLEMENT];
  options.handles = [ends.second];
  const pid = launch(self, options);
  close(ends.second);
  let right = 0;
  for (let round = 0; round < rounds; round++) if (ask(ends.first, round)) right++;
  close(ends.first);
  waitFor(pid, NO_TIMEOUT);
  print("messages " + rounds.toString() + " right " + right.toString());
  return 0;
}

function ask(port: i32, round: i32): bool {
  const length: u32 = LENGTHS[round % LENGTHS.length];
  const bytes = question + <usize>((round * 37) % 8192);
  const reply = answer + <usize>((round * 91) % 8192);
  for (let i: usize = 0; i < length; i++) store<u8>(bytes + i, <u8>(round + i * 7));
  memory.fill(reply, 0, <usize>length + 1);
  const came =
    round % 2 == 0 ? call(port, bytes, length, reply, PORT_MESSAGE_MAX) : apart(port, bytes, length, reply);
  if (came != <i32>length || load<u8>(reply + length) != 0) return false;
  for (let i: usize = 0; i < length; i++) if (load<u8>(reply + i) != ~load<u8>(bytes + i)) return false;
  return true;
}

function apart(port: i32, bytes: usize, length: u32, reply: usize): i32 {
  const error = send(port, bytes, length);
  return error < 0 ? error : receiveInto(port, reply, PORT_MESSAGE_MAX);
}

/** The peer: answers at handle 0, by turns with one call and with two, until nobody asks. */
export function serveComplement(): i32 {
  let length = receiveInto(0, question, PORT_MESSAGE_MAX);
  for (let round = 0; length >= 0; round++) {
    for (let i: usize = 0; i < <usize>length; i++) store<u8>(question + i, ~load<u8>(question + i));
    length =
      round % 3 == 0
        ? call(0, question, length, question, PORT_MESSAGE_MAX)
        : apart(0, question, length, question);
  }
  return 0;
}
