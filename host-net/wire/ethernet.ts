// Ethernet II frame, IEEE 802.3 §3.1.1. Offsets in bytes; no VLAN tags.
import { isGroupMac } from "./address.ts";
import { Packet } from "./packet.ts";

const DST = 0; // u8[6]
const SRC = DST + 6; // u8[6]
const TYPE = SRC + 6; // u16
export const ETHERNET_HEADER_LEN = TYPE + 2;

export const ETHERTYPE_IPV4 = 0x0800;
export const ETHERTYPE_ARP = 0x0806;

/** A view of an Ethernet frame. */
export class EthernetPacket extends Packet {
  /** True if the frame holds a header. */
  check(): boolean {
    return this.length >= ETHERNET_HEADER_LEN;
  }

  get dst(): number {
    return this.u48(DST);
  }
  set dst(mac: number) {
    this.setU48(DST, mac);
  }

  get src(): number {
    return this.u48(SRC);
  }
  set src(mac: number) {
    this.setU48(SRC, mac);
  }

  get type(): number {
    return this.u16(TYPE);
  }
  set type(etherType: number) {
    this.setU16(TYPE, etherType);
  }
}

/** An Ethernet header whose fields make sense. */
export class EthernetRepr {
  dst = 0;
  src = 0;
  type = 0;

  /** Fills this from a checked packet; false if no station can have sent it. */
  parse(packet: EthernetPacket): boolean {
    this.dst = packet.dst;
    this.src = packet.src;
    this.type = packet.type;
    return this.src !== 0 && !isGroupMac(this.src);
  }

  emit(packet: EthernetPacket): void {
    packet.dst = this.dst;
    packet.src = this.src;
    packet.type = this.type;
  }
}
