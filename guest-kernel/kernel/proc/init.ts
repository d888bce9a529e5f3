// PID 1.

import { CAP_ALL } from "../../abi/capabilities.ts";
import { E_AGAIN } from "../../abi/errors.ts";
import { programResolve, programsStep, programTry } from "../app-registry/programs.ts";
import { initArgs, initArgsLength } from "../command-line.ts";
import { panic } from "../panic.ts";
import { spawn } from "./spawn.ts";

const NO_PARENT: i32 = 0;
const INIT_LENGTH: u32 = 5;

/** Compiles and starts /init, with every capability that its manifest asks for. */
export function startInit(): void {
  const path = memory.data<u8>([47, 105, 110, 105, 116]); // "/init"
  const program = programResolve(path, INIT_LENGTH);
  if (program < 0) panic("no /init in the initramfs: error " + program.toString());
  while (programTry(program) == -E_AGAIN) programsStep();
  const appId = programTry(program);
  if (appId < 0) panic("/init cannot be loaded: error " + appId.toString());
  const args = heap.alloc(max<u32>(initArgsLength(), 1));
  memory.copy(args, initArgs(), initArgsLength());
  const pid = spawn(appId, NO_PARENT, CAP_ALL, args, initArgsLength());
  if (pid < 0) panic("/init cannot be started: error " + pid.toString());
}
