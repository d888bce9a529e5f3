// ARP for IPv4 over Ethernet, RFC 826. Offsets in bytes.
import { isGroupMac } from "./address.ts";
import { ETHERTYPE_IPV4 } from "./ethernet.ts";
import { Packet } from "./packet.ts";

const HRD = 0; // u16, hardware type
const PRO = HRD + 2; // u16, protocol type
const HLN = PRO + 2; // u8
const PLN = HLN + 1; // u8
const OP = PLN + 1; // u16
const SHA = OP + 2; // u8[6], sender's hardware address
const SPA = SHA + 6; // u8[4], sender's protocol address
const THA = SPA + 4; // u8[6], target's
const TPA = THA + 6; // u8[4]
export const ARP_LEN = TPA + 4;

const HRD_ETHERNET = 1;

export const ARP_REQUEST = 1;
export const ARP_REPLY = 2;

/** A view of an ARP packet. */
export class ArpPacket extends Packet {
  /** True if it is complete and about IPv4 over Ethernet. */
  check(): boolean {
    if (this.length < ARP_LEN) return false;
    if (this.u16(HRD) !== HRD_ETHERNET || this.u16(PRO) !== ETHERTYPE_IPV4) return false;
    return this.u8(HLN) === 6 && this.u8(PLN) === 4;
  }

  get op(): number {
    return this.u16(OP);
  }
  get senderMac(): number {
    return this.u48(SHA);
  }
  get senderIp(): number {
    return this.u32(SPA);
  }
  get targetMac(): number {
    return this.u48(THA);
  }
  get targetIp(): number {
    return this.u32(TPA);
  }

  fill(op: number, senderMac: number, senderIp: number, targetMac: number, targetIp: number): void {
    this.setU16(HRD, HRD_ETHERNET);
    this.setU16(PRO, ETHERTYPE_IPV4);
    this.setU8(HLN, 6);
    this.setU8(PLN, 4);
    this.setU16(OP, op);
    this.setU48(SHA, senderMac);
    this.setU32(SPA, senderIp);
    this.setU48(THA, targetMac);
    this.setU32(TPA, targetIp);
  }
}

/** An ARP request or reply. */
export class ArpRepr {
  op = ARP_REQUEST;
  senderMac = 0;
  senderIp = 0;
  targetMac = 0;
  targetIp = 0;

  /** Fills this from a checked packet; false if the operation or the sender is nonsense. */
  parse(packet: ArpPacket): boolean {
    this.op = packet.op;
    this.senderMac = packet.senderMac;
    this.senderIp = packet.senderIp;
    this.targetMac = packet.targetMac;
    this.targetIp = packet.targetIp;
    return (this.op === ARP_REQUEST || this.op === ARP_REPLY) && !isGroupMac(this.senderMac);
  }

  emit(packet: ArpPacket): void {
    packet.fill(this.op, this.senderMac, this.senderIp, this.targetMac, this.targetIp);
  }
}
