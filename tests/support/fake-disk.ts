// A disk in memory for a KernelMachine: a virtio block device that answers at once, and fails when the test says so.
import * as blk from "../../guest-kernel/abi/virtio-blk.ts";
import {
  VIRTIO_ID_BLOCK,
  VIRTIO_MMIO_QUEUE_NOTIFY,
  VIRTIO_RING_F_INDIRECT_DESC,
} from "../../guest-kernel/abi/virtio-mmio.ts";
import * as q from "../../guest-kernel/abi/virtq.ts";
import { FakeVirtio } from "./fake-virtio.ts";

const SECTOR = 512;

export class FakeDisk extends FakeVirtio {
  readonly image: Uint8Array;
  /** From here on every request is answered with an error. */
  failing = false;
  /** Tells the kernel that requests were answered. */
  raise: () => void = () => undefined;
  readonly #memory: Uint8Array;
  readonly #view: DataView;

  /** The image is the disk's from here on. */
  constructor(view: DataView, image: Uint8Array, readOnly = false) {
    super(VIRTIO_ID_BLOCK, view, 1);
    this.#view = view;
    this.#memory = new Uint8Array(view.buffer);
    this.image = image;
    this.features =
      (1 << VIRTIO_RING_F_INDIRECT_DESC) |
      (1 << blk.VIRTIO_BLK_F_FLUSH) |
      (readOnly ? 1 << blk.VIRTIO_BLK_F_RO : 0);
    new DataView(this.config.buffer).setUint32(blk.BLK_CONFIG_CAPACITY, image.length / SECTOR, true);
  }

  override write(offset: number, value: number): void {
    super.write(offset, value);
    if (offset === VIRTIO_MMIO_QUEUE_NOTIFY) this.#serve();
  }

  #serve(): void {
    const queue = this.queues[0]!; // SAFETY: made with one
    while (queue.available > 0) {
      const { id, address, len } = queue.take();
      this.#perform(address, len / q.DESC_SIZE);
      queue.use(id, 1);
    }
    this.raise();
  }

  /** Performs the request whose `count` descriptors are at `table`: a header, data, a status. */
  #perform(table: number, count: number): void {
    const at = (i: number): number => this.#view.getUint32(table + i * q.DESC_SIZE + q.DESC_ADDR, true);
    const length = (i: number): number => this.#view.getUint32(table + i * q.DESC_SIZE + q.DESC_LEN, true);
    const kind = this.#view.getUint32(at(0) + blk.BLK_REQ_TYPE, true);
    let position = Number(this.#view.getBigUint64(at(0) + blk.BLK_REQ_SECTOR, true)) * SECTOR;
    this.#memory[at(count - 1)] = this.failing ? blk.VIRTIO_BLK_S_IOERR : blk.VIRTIO_BLK_S_OK;
    if (this.failing) return;
    for (let i = 1; i < count - 1; position += length(i++)) {
      const bytes = this.#memory.subarray(at(i), at(i) + length(i));
      if (kind === blk.VIRTIO_BLK_T_IN) bytes.set(this.image.subarray(position, position + bytes.length));
      if (kind === blk.VIRTIO_BLK_T_OUT) this.image.set(bytes, position);
    }
  }
}
