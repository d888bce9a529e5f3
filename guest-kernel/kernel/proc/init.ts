// PID 1.

import { E_AGAIN } from "../../abi/errors.ts";
import { programResolve, programsStep, programTry } from "../app-registry/programs.ts";
import { initArgs, initArgsLength } from "../command-line.ts";
import { framesAlloc } from "../mm/frames.ts";
import { panic } from "../panic.ts";
import { wordsPages } from "./process.ts";
import { requestFrom } from "./spawn-request.ts";
import { spawn } from "./spawn.ts";

const INIT_LENGTH: u32 = 5;

/** Compiles and starts /init, with every capability that its manifest asks for. */
export function startInit(): void {
  const path = memory.data<u8>([47, 105, 110, 105, 116]); // "/init"
  const program = programResolve(path, INIT_LENGTH);
  if (program < 0) panic("no /init in the initramfs: error " + program.toString());
  while (programTry(program) == -E_AGAIN) programsStep();
  const appId = programTry(program);
  if (appId < 0) panic("/init cannot be loaded: error " + appId.toString());
  const request = requestFrom(null);
  if (initArgsLength() != 0) {
    request.words = framesAlloc(wordsPages(initArgsLength(), 0));
    if (request.words == 0) panic("no memory for the arguments of /init");
    memory.copy(request.words, initArgs(), initArgsLength());
    request.argsLength = initArgsLength();
  }
  const pid = spawn(appId, request);
  if (pid < 0) panic("/init cannot be started: error " + pid.toString());
}
