// DHCP, RFC 2131 §2 and the options of RFC 2132. Offsets in bytes.
import { Packet } from "./packet.ts";

const OP = 0; // u8
const HTYPE = OP + 1; // u8
const HLEN = HTYPE + 1; // u8
const XID = 4; // u32, after hops
const FLAGS = 10; // u16, after secs
const CIADDR = FLAGS + 2; // u32, the client's address if it has one
const YIADDR = CIADDR + 4; // u32, the client's address-to-be
const SIADDR = YIADDR + 4; // u32, next server of a bootstrap
const CHADDR = 28; // u8[16], after giaddr
const MAGIC = 236; // u32, after sname and file
export const DHCP_OPTIONS = MAGIC + 4;

/** Bytes of every reply: BOOTP's minimum (RFC 1542 §2.1), enough for each option that a server here sends. */
export const DHCP_REPLY_LEN = 300;

export const DHCP_SERVER_PORT = 67;
export const DHCP_CLIENT_PORT = 68;

const BOOTREQUEST = 1;
const BOOTREPLY = 2;
const HTYPE_ETHERNET = 1;
const BROADCAST_FLAG = 0x8000;
const MAGIC_COOKIE = 0x63825363;

const OPTION_PAD = 0;
const OPTION_SUBNET_MASK = 1;
const OPTION_ROUTER = 3;
const OPTION_MTU = 26;
const OPTION_REQUESTED_IP = 50;
const OPTION_LEASE_TIME = 51;
const OPTION_MESSAGE_TYPE = 53;
const OPTION_SERVER_ID = 54;
const OPTION_END = 255;

// Message types, RFC 2132 §9.6
export const DHCPDISCOVER = 1;
export const DHCPOFFER = 2;
export const DHCPREQUEST = 3;
export const DHCPDECLINE = 4;
export const DHCPACK = 5;
export const DHCPNAK = 6;
export const DHCPRELEASE = 7;
export const DHCPINFORM = 8;

/** A view of a DHCP message. */
export class DhcpPacket extends Packet {
  /** True if the fixed part and the magic cookie are there. */
  check(): boolean {
    return this.length >= DHCP_OPTIONS && this.u32(MAGIC) === MAGIC_COOKIE;
  }

  get isEthernet(): boolean {
    return this.u8(HTYPE) === HTYPE_ETHERNET && this.u8(HLEN) === 6;
  }
  get isRequest(): boolean {
    return this.u8(OP) === BOOTREQUEST;
  }
  get isReply(): boolean {
    return this.u8(OP) === BOOTREPLY;
  }
  get xid(): number {
    return this.u32(XID);
  }
  get broadcast(): boolean {
    return (this.u16(FLAGS) & BROADCAST_FLAG) !== 0;
  }
  get clientIp(): number {
    return this.u32(CIADDR);
  }
  get yourIp(): number {
    return this.u32(YIADDR);
  }
  get clientMac(): number {
    return this.u48(CHADDR);
  }

  /** The value of a one-byte option, or 0. */
  optionU8(kind: number): number {
    const at = this.#findOption(kind, 1);
    return at < 0 ? 0 : this.u8(at);
  }

  /** The value of a two-byte option, or 0. */
  optionU16(kind: number): number {
    const at = this.#findOption(kind, 2);
    return at < 0 ? 0 : this.u16(at);
  }

  /** The value of a four-byte option (the first, if it lists several), or 0. */
  optionU32(kind: number): number {
    const at = this.#findOption(kind, 4);
    return at < 0 ? 0 : this.u32(at);
  }

  /** The offset of an option's value of at least `minLength` bytes, or -1. */
  #findOption(kind: number, minLength: number): number {
    for (let at = DHCP_OPTIONS; at < this.length;) {
      const found = this.u8(at);
      if (found === OPTION_END) return -1;
      if (found === OPTION_PAD) {
        at++;
        continue;
      }
      if (at + 1 >= this.length) return -1;
      const length = this.u8(at + 1);
      if (at + 2 + length > this.length) return -1;
      if (found === kind) return length >= minLength ? at + 2 : -1;
      at += 2 + length;
    }
    return -1;
  }

  /** Clears the message and writes its fixed part. */
  fillFixed(op: number, xid: number, broadcast: boolean, mac: number): void {
    this.bytes.fill(0, this.start, this.end);
    this.setU8(OP, op);
    this.setU8(HTYPE, HTYPE_ETHERNET);
    this.setU8(HLEN, 6);
    this.setU32(XID, xid);
    this.setU16(FLAGS, broadcast ? BROADCAST_FLAG : 0);
    this.setU48(CHADDR, mac);
    this.setU32(MAGIC, MAGIC_COOKIE);
  }

  fillAddresses(clientIp: number, yourIp: number, serverIp: number): void {
    this.setU32(CIADDR, clientIp);
    this.setU32(YIADDR, yourIp);
    this.setU32(SIADDR, serverIp);
  }

  /** Writes an option of `width` 1, 2 or 4 bytes at an offset; returns the offset behind it. */
  fillOption(at: number, kind: number, width: 1 | 2 | 4, value: number): number {
    this.setU8(at, kind);
    this.setU8(at + 1, width);
    if (width === 1) this.setU8(at + 2, value);
    else if (width === 2) this.setU16(at + 2, value);
    else this.setU32(at + 2, value);
    return at + 2 + width;
  }

  fillEnd(at: number): void {
    this.setU8(at, OPTION_END);
  }
}

/** What a client asks. Absent addresses are 0. */
export class DhcpRequestRepr {
  messageType = 0;
  xid = 0;
  broadcast = false;
  clientIp = 0;
  clientMac = 0;
  requestedIp = 0;
  serverId = 0;

  /** Fills this from a checked packet; false if it is no DHCP request of an Ethernet client. */
  parse(packet: DhcpPacket): boolean {
    if (!packet.isRequest || !packet.isEthernet) return false;
    this.messageType = packet.optionU8(OPTION_MESSAGE_TYPE);
    this.xid = packet.xid;
    this.broadcast = packet.broadcast;
    this.clientIp = packet.clientIp;
    this.clientMac = packet.clientMac;
    this.requestedIp = packet.optionU32(OPTION_REQUESTED_IP);
    this.serverId = packet.optionU32(OPTION_SERVER_ID);
    return this.messageType >= DHCPDISCOVER && this.messageType <= DHCPINFORM;
  }

  /** Emits the request, as a client does. The packet may be of any length from `DHCP_OPTIONS + 16`. */
  emit(packet: DhcpPacket): void {
    packet.fillFixed(BOOTREQUEST, this.xid, this.broadcast, this.clientMac);
    packet.fillAddresses(this.clientIp, 0, 0);
    let at = packet.fillOption(DHCP_OPTIONS, OPTION_MESSAGE_TYPE, 1, this.messageType);
    if (this.requestedIp !== 0) at = packet.fillOption(at, OPTION_REQUESTED_IP, 4, this.requestedIp);
    if (this.serverId !== 0) at = packet.fillOption(at, OPTION_SERVER_ID, 4, this.serverId);
    packet.fillEnd(at);
  }
}

/** What a server answers. Options with value 0 are left out. */
export class DhcpReplyRepr {
  messageType = 0;
  xid = 0;
  broadcast = false;
  clientIp = 0;
  yourIp = 0;
  clientMac = 0;
  serverId = 0;
  leaseSeconds = 0;
  subnetMask = 0;
  router = 0;
  mtu = 0;

  /** Fills this from a checked packet; false if it is no DHCP reply to an Ethernet client. */
  parse(packet: DhcpPacket): boolean {
    if (!packet.isReply || !packet.isEthernet) return false;
    this.messageType = packet.optionU8(OPTION_MESSAGE_TYPE);
    this.xid = packet.xid;
    this.broadcast = packet.broadcast;
    this.clientIp = packet.clientIp;
    this.yourIp = packet.yourIp;
    this.clientMac = packet.clientMac;
    this.serverId = packet.optionU32(OPTION_SERVER_ID);
    this.leaseSeconds = packet.optionU32(OPTION_LEASE_TIME);
    this.subnetMask = packet.optionU32(OPTION_SUBNET_MASK);
    this.router = packet.optionU32(OPTION_ROUTER);
    this.mtu = packet.optionU16(OPTION_MTU);
    return this.messageType === DHCPOFFER || this.messageType === DHCPACK || this.messageType === DHCPNAK;
  }

  /** Emits the reply. The packet must have `DHCP_REPLY_LEN` bytes. */
  emit(packet: DhcpPacket): void {
    packet.fillFixed(BOOTREPLY, this.xid, this.broadcast, this.clientMac);
    packet.fillAddresses(this.clientIp, this.yourIp, 0);
    let at = packet.fillOption(DHCP_OPTIONS, OPTION_MESSAGE_TYPE, 1, this.messageType);
    at = packet.fillOption(at, OPTION_SERVER_ID, 4, this.serverId);
    if (this.leaseSeconds !== 0) at = packet.fillOption(at, OPTION_LEASE_TIME, 4, this.leaseSeconds);
    if (this.subnetMask !== 0) at = packet.fillOption(at, OPTION_SUBNET_MASK, 4, this.subnetMask);
    if (this.router !== 0) at = packet.fillOption(at, OPTION_ROUTER, 4, this.router);
    if (this.mtu !== 0) at = packet.fillOption(at, OPTION_MTU, 2, this.mtu);
    packet.fillEnd(at);
  }
}
