// A debugger follows which processes there are.

import { CONTROL_DEBUG, DEBUG_PROCESSES } from "../../abi/control.ts";
import { EVENT_DEBUGGED } from "../../abi/event-page.ts";
import { CONTROL_GPA, EVENT_PAGE_GPA } from "../../abi/memory-map.ts";
import { mmioWrite32 } from "../drivers/mmio.ts";

/** Tells a debugger, if there is one, that the process table has changed. It may hold the machine meanwhile. */
export function processesChanged(): void {
  if (atomic.load<u32>(EVENT_PAGE_GPA + EVENT_DEBUGGED))
    mmioWrite32(CONTROL_GPA + CONTROL_DEBUG, DEBUG_PROCESSES);
}
