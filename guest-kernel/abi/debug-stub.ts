// What the host tells the #DB stub (arch/debug-trap.ts): which single steps are not worth an exit. The host writes it
// while the guest is held. Behind the words of event-page.ts; offsets in bytes.

import { EVENT_PAGE_GPA } from "./memory-map.ts";

export const STEP_GPA: usize = EVENT_PAGE_GPA + 0x800;
export const STEP_ON: usize = 0; // u32: 1 = go on stepping while the instruction pointer is in the range
export const STEP_START: usize = STEP_ON + 8; // u64: guest-virtual
export const STEP_LENGTH: usize = STEP_START + 8; // u64
