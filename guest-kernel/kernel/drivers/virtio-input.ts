// virtio-input, the driver's side, virtio 1.2 §5.8: the keyboard and tablet. Events stay in the device's queue until
// they are asked for, so that a slow reader makes the host join moves of the pointer instead of losing keys.

import {
  INPUT_EVENT_CODE,
  INPUT_EVENT_SIZE,
  INPUT_EVENT_TYPE,
  INPUT_EVENT_VALUE,
  VIRTIO_INPUT_QUEUE_EVENTS,
} from "../../abi/virtio-input.ts";
import { framesAlloc } from "../mm/frames.ts";
import { transportGiveUp, transportNegotiate, transportQueue, transportStart } from "./virtio-mmio.ts";
import { Virtq, VIRTQ_STRUCT_SIZE, virtqHasUsed, virtqKick, virtqPop, virtqPush } from "./virtq.ts";

const EVENT_QUEUE_SIZE: u32 = 128;

const events = changetype<Virtq>(memory.data(VIRTQ_STRUCT_SIZE));

let type: u32 = 0;
let code: u32 = 0;
let value: i32 = 0;

/** Starts the input device at `base`. False if it is unusable, or not the first: there is one keyboard. */
export function inputStart(base: usize): bool {
  if (events.size != 0 || !transportNegotiate(base, 0)) return false;
  if (!transportQueue(base, events, VIRTIO_INPUT_QUEUE_EVENTS, EVENT_QUEUE_SIZE)) return false;
  const buffers = framesAlloc(1); // EVENT_QUEUE_SIZE events and more
  if (buffers == 0) return transportGiveUp(base);
  for (let i: u32 = 0; i < events.size; i++) {
    virtqPush(events, buffers + INPUT_EVENT_SIZE * <usize>i, <u32>INPUT_EVENT_SIZE, true);
  }
  transportStart(base);
  return true;
}

/** True if inputNext has an event. One load. */
export function inputPending(): bool {
  return events.size != 0 && virtqHasUsed(events);
}

/**
 * Takes the next event: inputType, inputCode and inputValue tell which. False if there is none. Take all that there
 * are: the last call gives the buffers back to the device. Events belong together up to one of type EV_SYN.
 */
export function inputNext(): bool {
  if (events.size == 0) return false;
  const buffer = virtqPop(events);
  if (buffer == 0) {
    virtqKick(events);
    return false;
  }
  const whole = events.usedLen >= <u32>INPUT_EVENT_SIZE; // else nothing that could be meant
  type = whole ? load<u16>(buffer, INPUT_EVENT_TYPE) : 0;
  code = whole ? load<u16>(buffer, INPUT_EVENT_CODE) : 0;
  value = whole ? load<i32>(buffer, INPUT_EVENT_VALUE) : 0;
  virtqPush(events, buffer, <u32>INPUT_EVENT_SIZE, true);
  return true;
}

/** EV_* of the event that inputNext took. */
export function inputType(): u32 {
  return type;
}

/** Its code: of a key or button (EV_KEY), an axis (EV_ABS, EV_REL). */
export function inputCode(): u32 {
  return code;
}

/** Its value: 0 up or 1 down, 0..ABS_MAX_VALUE, or notches. Not checked: the host is trusted to say anything. */
export function inputValue(): i32 {
  return value;
}
