// What the shell prints when it waits for a line: for people, or for a program at the other end of the console, a record
// of RFC 7464 (a record separator, JSON, a line feed):
//
//   {"token":"4f1a","status":0,"ended":[[7,137]]}
//
// The token was given on the command line: no app that prints can pass its output for a record. `status` is the last
// command's exit status, `ended` has pid and exit status of background apps that have ended since.

import { HANDLE_STDOUT } from "../../guest-kernel/abi/syscall.ts";
import { writeText } from "../sdk/console.ts";
import { exitStatus } from "../sdk/exit-status.ts";
import { waitFor } from "../sdk/process.ts";
import { reportEnded } from "./jobs.ts";

const PROMPT = "oscortex$ ";
const RECORD_SEPARATOR = "\x1e";

let recordToken: string = "";

/** From here on, prompts are records with this token. */
export function promptForProgram(token: string): void {
  recordToken = token;
}

/** Asks for the next line. `status` is the last command's. */
export function prompt(status: i32): void {
  if (recordToken.length > 0) {
    const fields =
      '{"token":"' + recordToken + '","status":' + status.toString() + ',"ended":[' + ended() + "]}";
    writeText(HANDLE_STDOUT, RECORD_SEPARATOR + fields + "\n");
  } else {
    reportEnded();
    writeText(HANDLE_STDOUT, PROMPT);
  }
}

function ended(): string {
  let list = "";
  for (let child = waitFor(0, 0); child.pid > 0; child = waitFor(0, 0)) {
    if (list.length > 0) list += ",";
    list += "[" + child.pid.toString() + "," + exitStatus(child.status).toString() + "]";
  }
  return list;
}
