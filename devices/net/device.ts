// virtio-net, virtio 1.2 §5.1: one queue pair, mergeable receive buffers, checksum offload both ways.
import { VIRTIO_ID_NET } from "../../guest-kernel/abi/virtio-mmio.ts";
import {
  NET_CONFIG_MAC,
  NET_CONFIG_MAX_VIRTQUEUE_PAIRS,
  NET_CONFIG_MTU,
  NET_CONFIG_SIZE,
  NET_CONFIG_STATUS,
  VIRTIO_NET_F_CSUM,
  VIRTIO_NET_F_GUEST_CSUM,
  VIRTIO_NET_F_MAC,
  VIRTIO_NET_F_MRG_RXBUF,
  VIRTIO_NET_F_MTU,
  VIRTIO_NET_F_STATUS,
  VIRTIO_NET_RX_QUEUE,
  VIRTIO_NET_S_LINK_UP,
  VIRTIO_NET_TX_QUEUE,
} from "../../guest-kernel/abi/virtio-net.ts";
import { type DeviceHost, featureMask, MAX_CHAINS_PER_TURN, type VirtioDevice } from "../virtio/device.ts";
import { QueueError } from "../virtio/errors.ts";
import type { Virtqueue } from "../virtio/queue.ts";
import type { NetBackend } from "./backend.ts";
import { type Delivery, FrameWriter } from "./receive.ts";
import { FrameReader } from "./transmit.ts";

const QUEUE_SIZE_MAX = 1024;
const MAC_SIZE = 6;
const ETHERNET_HEADER_SIZE = 14;
const VLAN_TAG_SIZE = 4;
const MTU_MIN = 68; // RFC 791
const MTU_MAX = 65535;

const FEATURES = [
  VIRTIO_NET_F_CSUM,
  VIRTIO_NET_F_GUEST_CSUM,
  VIRTIO_NET_F_MTU,
  VIRTIO_NET_F_MAC,
  VIRTIO_NET_F_MRG_RXBUF,
  VIRTIO_NET_F_STATUS,
];

/** What a net device is configured with. */
export interface NetOptions {
  /** The guest's address on the link, 6 bytes. */
  readonly mac: Uint8Array;
  /** The largest IP packet on the link, in bytes, both ways: 68..65535. */
  readonly mtu: number;
}

/** Frames since the device was made. */
export interface NetCounters {
  sent: number;
  received: number;
  /** Sent by the guest but no frame: too short, too long, or with a bad header. */
  refused: number;
  /** For the guest, but too long for the buffers that it uses. */
  oversized: number;
}

/** A network card: the network's frames go in by `send`, the guest's come out at `backend.receive`. */
export class NetDevice implements VirtioDevice {
  readonly id = VIRTIO_ID_NET;
  readonly features = FEATURES.reduce((mask, bit) => mask | featureMask(bit), 0n);
  readonly queueSizes = [QUEUE_SIZE_MAX, QUEUE_SIZE_MAX];
  readonly config = new Uint8Array(NET_CONFIG_SIZE);
  readonly counters: NetCounters = { sent: 0, received: 0, refused: 0, oversized: 0 };

  /** Takes the guest's frames; without one they are lost. */
  backend: NetBackend | undefined;
  /** Called once there is room again after `send` has returned false. May call `send`. */
  onWritable: (() => void) | undefined;

  readonly #frameMax: number;
  #reader: FrameReader | undefined;
  #writer: FrameWriter | undefined;
  #host: DeviceHost | undefined;
  #starved = false; // a frame was refused, the backend waits
  #offload = false;

  constructor(options: NetOptions) {
    const { mac, mtu } = options;
    if (mac.length !== MAC_SIZE) throw new RangeError(`MAC address of ${mac.length} bytes`);
    if (!Number.isInteger(mtu) || mtu < MTU_MIN || mtu > MTU_MAX) throw new RangeError(`MTU ${mtu}`);
    this.#frameMax = ETHERNET_HEADER_SIZE + VLAN_TAG_SIZE + mtu;
    const config = new DataView(this.config.buffer);
    this.config.set(mac, NET_CONFIG_MAC);
    config.setUint16(NET_CONFIG_STATUS, VIRTIO_NET_S_LINK_UP, true);
    config.setUint16(NET_CONFIG_MAX_VIRTQUEUE_PAIRS, 1, true);
    config.setUint16(NET_CONFIG_MTU, mtu, true);
  }

  attach(host: DeviceHost): void {
    this.#host = host;
  }

  start(): void {
    const host = this.#host!; // SAFETY: the transport attaches itself before anything else
    const receiveQueue = host.queues[VIRTIO_NET_RX_QUEUE]!; // SAFETY: one per entry of queueSizes
    const sends = host.hasFeature(VIRTIO_NET_F_CSUM);
    this.#offload = sends && host.hasFeature(VIRTIO_NET_F_GUEST_CSUM);
    const checksums = this.#offload ? "leave" : "complete";
    this.#reader = new FrameReader(host.memory, this.#frameMax, sends ? checksums : "refuse");
    this.#writer = new FrameWriter(host.memory, receiveQueue, host.hasFeature(VIRTIO_NET_F_MRG_RXBUF));
  }

  stop(): void {
    this.#reader = undefined;
    this.#writer = undefined;
  }

  /**
   * Whether nobody computes TCP and UDP checksums on this link, which is memory: the driver agreed to it both ways.
   * Then the fields hold the pseudo-header's sum at most. Final while the driver uses the device.
   */
  get offload(): boolean {
    return this.#offload;
  }

  /** Whether the link is up; the driver hears of a change. */
  get linkUp(): boolean {
    return (this.config[NET_CONFIG_STATUS]! & VIRTIO_NET_S_LINK_UP) !== 0;
  }

  set linkUp(up: boolean) {
    if (up === this.linkUp) return;
    this.config[NET_CONFIG_STATUS] = up ? VIRTIO_NET_S_LINK_UP : 0;
    this.#host?.configChanged();
  }

  serve(index: number): boolean {
    const queue = this.#host!.queues[index]!; // SAFETY: the transport serves its own queues only
    return index === VIRTIO_NET_TX_QUEUE ? this.#serveTransmit(queue) : this.#serveReceive(queue);
  }

  /**
   * Copies a frame, Ethernet without the frame check sequence, into the guest's buffers. False: it has none, keep the
   * frame and wait for `onWritable`. True: it is delivered, or no buffers of this guest could hold it, which is
   * counted. TCP and UDP checksums must be complete unless `offload` is set.
   *
   * A frame that starts 4 bytes past a multiple of 8 in its buffer is copied fastest.
   */
  send(frame: Uint8Array): boolean {
    const host = this.#host;
    if (host === undefined || this.#writer === undefined) return this.#starve();
    const queue = host.queues[VIRTIO_NET_RX_QUEUE]!; // SAFETY: one per entry of queueSizes
    try {
      const delivery = this.#writer.write(frame, this.#offload);
      host.signal(queue);
      return this.#account(delivery);
    } catch (error) {
      if (!(error instanceof QueueError)) throw error;
      host.fail(error);
      return this.#starve();
    }
  }

  #account(delivery: Delivery): boolean {
    if (delivery === "no-buffers") return this.#starve();
    if (delivery === "delivered") this.counters.received++;
    else this.counters.oversized++;
    return true;
  }

  #starve(): boolean {
    this.#starved = true;
    return false;
  }

  /** The guest has posted buffers, or may have. Listens to it only while a frame waits for them. */
  #serveReceive(queue: Virtqueue): boolean {
    queue.stopListening();
    if (!this.#starved) return false;
    this.#starved = false;
    this.onWritable?.(); // may call send, which listens again if it is refused
    return false;
  }

  #serveTransmit(queue: Virtqueue): boolean {
    for (let chains = 0; chains < MAX_CHAINS_PER_TURN; chains++) {
      const reader = this.#reader; // gone if an answer of the backend failed the device
      if (reader === undefined || !queue.popChainOrListen()) return false;
      const frame = reader.read(queue);
      queue.pushUsed(0);
      if (frame === undefined) {
        this.counters.refused++;
      } else {
        this.counters.sent++;
        this.backend?.receive(frame);
      }
    }
    return true;
  }
}
