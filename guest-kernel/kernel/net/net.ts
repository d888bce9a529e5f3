// The network, seen from the kernel's loop: what came is handed up, what is due goes out.

import { E_NETDOWN } from "../../abi/errors.ts";
import {
  frameChecksumValid,
  frameLen,
  framePieceAddress,
  framePieceLen,
  netDeviceCheck,
  netDeviceKick,
  netDeviceReceive,
  netDeviceRecycle,
} from "../drivers/virtio-net.ts";
import { arpNextDeadline, arpPoll, arpReceive } from "./arp.ts";
import { DHCP_CLIENT_PORT, dhcpNextDeadline, dhcpPoll, dhcpReceive } from "./dhcp.ts";
import {
  ETHERNET_HEADER_LEN,
  ETHERTYPE_ARP,
  ETHERTYPE_IPV4,
  ethernetCheck,
  ethernetType,
  ethernetUnicast,
} from "./ethernet.ts";
import { icmpReceive } from "./icmp.ts";
import { addressIsUnicast, interfaceAddress, interfaceOwns } from "./interface.ts";
import {
  ipv4Check,
  ipv4HeaderLen,
  ipv4Protocol,
  ipv4Source,
  ipv4Target,
  ipv4TotalLen,
  PROTOCOL_ICMP,
  PROTOCOL_TCP,
  PROTOCOL_UDP,
} from "./ipv4.ts";
import { tcpFailAll, tcpNextDeadline, tcpPoll } from "./tcp.ts";
import { tcpReceive } from "./tcp-receive.ts";
import { tcpParse } from "./tcp-segment.ts";
import { UDP_HEADER_LEN, udpCheck, udpPayloadLen, udpTargetPort } from "./udp.ts";

/** Frames taken in one poll, so that a flood leaves time for everybody else. */
const FRAMES_PER_POLL: u32 = 64;

let framesLeft: bool = false; // the last poll stopped at FRAMES_PER_POLL

/** Brings the network up: DHCP begins with the next netPoll. After the devices were probed. */
export function netInit(): void {
  netDeviceKick();
}

/**
 * Takes what the device has received, runs the timers that are due at `now`, and sends. True if anything changed
 * that somebody may be waiting for. Call it when the device has raised an event or netNextDeadline has come.
 */
export function netPoll(now: i64): bool {
  netDeviceCheck(now);
  let changed = false;
  let frames: u32 = 0;
  while (frames < FRAMES_PER_POLL && netDeviceReceive()) {
    if (receive(now)) changed = true;
    netDeviceRecycle();
    frames++;
  }
  framesLeft = frames == FRAMES_PER_POLL;
  if (arpPoll(now)) changed = true;
  if (dhcpPoll(now)) addressChanged();
  if (tcpPoll(now)) changed = true;
  netDeviceKick();
  return changed || frames > 0;
}

/** When netPoll next has something to do, in ns; i64.MAX_VALUE if only an event can bring it. */
export function netNextDeadline(): i64 {
  if (framesLeft) return 0;
  return min(tcpNextDeadline(), min(arpNextDeadline(), dhcpNextDeadline()));
}

/** True while we have an address. */
export function netReady(): bool {
  return interfaceAddress() != 0;
}

/** Connections belong to the address that they were made from. */
function addressChanged(): void {
  tcpFailAll(-E_NETDOWN);
}

/** Takes the received frame. Headers must lie in its first piece; only TCP's payload may go on in others. */
function receive(now: i64): bool {
  const len = frameLen();
  if (len < ETHERNET_HEADER_LEN) return false;
  const frame = framePieceAddress(0);
  const head = framePieceLen(0);
  if (!ethernetCheck(frame, head)) return false;
  const type = ethernetType(frame);
  const packet = frame + ETHERNET_HEADER_LEN;
  if (type == ETHERTYPE_IPV4)
    return receiveIpv4(packet, head - ETHERNET_HEADER_LEN, len - ETHERNET_HEADER_LEN, now);
  if (type == ETHERTYPE_ARP) arpReceive(packet, head - ETHERNET_HEADER_LEN, now);
  return false;
}

/** `head` bytes of the packet lie at `packet`, `len` are in the frame. */
function receiveIpv4(packet: usize, head: u32, len: u32, now: i64): bool {
  if (!ipv4Check(packet, head, len) || !addressIsUnicast(ipv4Source(packet))) return false;
  const offset = ipv4HeaderLen(packet);
  const payloadLen = ipv4TotalLen(packet) - offset;
  const protocol = ipv4Protocol(packet);
  const whole = offset + payloadLen <= head; // in one piece
  if (protocol == PROTOCOL_UDP) return whole && receiveUdp(packet, offset, payloadLen, now);
  // Nothing else works before there is an address, or is meant for everybody.
  const source = ipv4Source(packet);
  if (ipv4Target(packet) != interfaceAddress() || !ethernetUnicast(packet - ETHERNET_HEADER_LEN))
    return false;
  if (protocol == PROTOCOL_ICMP) return whole && icmpReceive(packet + offset, payloadLen, source, now);
  if (protocol != PROTOCOL_TCP) return false;
  const verified = frameChecksumValid();
  if (!tcpParse(ETHERNET_HEADER_LEN + offset, payloadLen, source, ipv4Target(packet), verified)) return false;
  return tcpReceive(source, now);
}

/** Only DHCP: before we have an address it may be sent to the one that we are to get. */
function receiveUdp(packet: usize, offset: u32, len: u32, now: i64): bool {
  const datagram = packet + offset;
  const target = ipv4Target(packet);
  if (interfaceAddress() != 0 && !interfaceOwns(target)) return false;
  if (!udpCheck(datagram, len, ipv4Source(packet), target, frameChecksumValid())) return false;
  if (udpTargetPort(datagram) != DHCP_CLIENT_PORT) return false;
  const had = interfaceAddress();
  if (!dhcpReceive(datagram + UDP_HEADER_LEN, udpPayloadLen(datagram), now)) return false;
  if (had != 0) addressChanged();
  return true;
}
