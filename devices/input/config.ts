// The configuration space of virtio-input, virtio 1.2 §5.8.5: the driver selects what it shows.
import * as v from "../../guest-kernel/abi/virtio-input.ts";

const NAME = "Oscortex keyboard and tablet";
const BUS_VIRTUAL = 0x06; // <linux/input.h>
const VENDOR = 0x4f53;
const INPUT_PROP_POINTER = 0;
const KEY_MAX = 0xff; // keys of a keyboard: 1..KEY_MAX
const FIRST_KEY = 1;

/** What can be selected, and its data. */
export class ConfigSpace {
  /** As the driver reads it. */
  readonly bytes = new Uint8Array(v.VIRTIO_INPUT_CFG_TOTAL);

  get selected(): number {
    return this.bytes[v.VIRTIO_INPUT_CFG_SELECT] ?? 0;
  }

  get subselected(): number {
    return this.bytes[v.VIRTIO_INPUT_CFG_SUBSEL] ?? 0;
  }

  /** Shows something; a size of 0 says that there is nothing of the kind. */
  select(select: number, subselect: number): void {
    this.bytes.fill(0);
    this.bytes[v.VIRTIO_INPUT_CFG_SELECT] = select;
    this.bytes[v.VIRTIO_INPUT_CFG_SUBSEL] = subselect;
    const data = dataOf(select, subselect);
    this.bytes[v.VIRTIO_INPUT_CFG_SIZE] = data.length;
    this.bytes.set(data, v.VIRTIO_INPUT_CFG_DATA);
  }
}

function dataOf(select: number, subselect: number): Uint8Array {
  switch (select) {
    case v.VIRTIO_INPUT_CFG_ID_NAME:
      return new TextEncoder().encode(NAME);
    case v.VIRTIO_INPUT_CFG_ID_DEVIDS:
      return new Uint8Array(Uint16Array.of(BUS_VIRTUAL, VENDOR, 1, 1).buffer);
    case v.VIRTIO_INPUT_CFG_PROP_BITS:
      return bitmap([INPUT_PROP_POINTER]);
    case v.VIRTIO_INPUT_CFG_EV_BITS:
      return bitmap(codesOf(subselect));
    case v.VIRTIO_INPUT_CFG_ABS_INFO:
      // struct virtio_input_absinfo: min, max, fuzz, flat, res
      return subselect === v.ABS_X || subselect === v.ABS_Y
        ? new Uint8Array(Uint32Array.of(0, v.ABS_MAX_VALUE, 0, 0, 0).buffer)
        : new Uint8Array();
    default:
      return new Uint8Array();
  }
}

/** The codes that the device sends of an event type. */
function codesOf(type: number): number[] {
  switch (type) {
    case v.EV_KEY: {
      const keys = Array.from({ length: KEY_MAX }, (_, i) => FIRST_KEY + i);
      return [...keys, v.BTN_LEFT, v.BTN_RIGHT, v.BTN_MIDDLE];
    }
    case v.EV_REL:
      return [v.REL_WHEEL, v.REL_HWHEEL];
    case v.EV_MSC:
      return [v.MSC_TEXT];
    case v.EV_ABS:
      return [v.ABS_X, v.ABS_Y];
    default:
      return [];
  }
}

function bitmap(bits: number[]): Uint8Array {
  if (bits.length === 0) return new Uint8Array();
  const bytes = new Uint8Array((Math.max(...bits) >> 3) + 1);
  for (const bit of bits) bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) | (1 << (bit & 7));
  return bytes;
}
