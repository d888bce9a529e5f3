// DHCP server, RFC 2131 §4.3, for a network with one client: whoever asks is leased `GUEST_IP`.
import type { FrameWriter } from "./frame-writer.ts";
import { GATEWAY_IP, GUEST_IP, PREFIX_LENGTH } from "./network.ts";
import { IPV4_BROADCAST, MAC_BROADCAST, prefixMask } from "./wire/address.ts";
import {
  DHCPACK,
  DHCPDISCOVER,
  DHCPINFORM,
  DHCPNAK,
  DHCPOFFER,
  DHCPREQUEST,
  DHCP_CLIENT_PORT,
  DHCP_SERVER_PORT,
  DhcpReplyRepr,
  type DhcpRequestRepr,
} from "./wire/dhcp.ts";
import { MTU } from "./wire/frame-buffer.ts";
import { UdpRepr } from "./wire/udp.ts";

const LEASE_SECONDS = 86_400;

/** Answers DISCOVER, REQUEST and INFORM. DECLINE and RELEASE change nothing: there is one address and one client. */
export class DhcpServer {
  readonly #writer: FrameWriter;
  readonly #reply = new DhcpReplyRepr();
  readonly #udp = new UdpRepr();

  constructor(writer: FrameWriter) {
    this.#writer = writer;
    this.#udp.srcPort = DHCP_SERVER_PORT;
    this.#udp.dstPort = DHCP_CLIENT_PORT;
  }

  /** Handles a request. True if it was answered. */
  receive(request: DhcpRequestRepr): boolean {
    switch (request.messageType) {
      case DHCPDISCOVER:
        return this.#grant(request, DHCPOFFER);
      case DHCPREQUEST:
        return this.#confirm(request);
      case DHCPINFORM:
        return this.#inform(request);
      default:
        return false;
    }
  }

  /** §4.3.2: SELECTING and INIT-REBOOT name the address in an option, RENEWING and REBINDING have it. */
  #confirm(request: DhcpRequestRepr): boolean {
    if (request.serverId !== 0 && request.serverId !== GATEWAY_IP) return false; // it has taken another's offer
    const wanted = request.requestedIp === 0 ? request.clientIp : request.requestedIp;
    return wanted === GUEST_IP ? this.#grant(request, DHCPACK) : this.#refuse(request);
  }

  #grant(request: DhcpRequestRepr, messageType: number): boolean {
    this.#begin(request, messageType);
    this.#reply.yourIp = GUEST_IP;
    this.#reply.leaseSeconds = LEASE_SECONDS;
    return this.#send(request);
  }

  /** §4.3.5: parameters without a lease. */
  #inform(request: DhcpRequestRepr): boolean {
    this.#begin(request, DHCPACK);
    return this.#send(request);
  }

  #refuse(request: DhcpRequestRepr): boolean {
    this.#begin(request, DHCPNAK);
    this.#reply.clientIp = 0;
    this.#reply.subnetMask = 0;
    this.#reply.router = 0;
    this.#reply.mtu = 0;
    return this.#writer.writeDhcp(this.#reply, this.#udp, IPV4_BROADCAST, MAC_BROADCAST); // §4.1
  }

  #begin(request: DhcpRequestRepr, messageType: number): void {
    const reply = this.#reply;
    reply.messageType = messageType;
    reply.xid = request.xid;
    reply.broadcast = request.broadcast;
    reply.clientIp = request.clientIp;
    reply.clientMac = request.clientMac;
    reply.serverId = GATEWAY_IP;
    reply.yourIp = 0;
    reply.leaseSeconds = 0;
    reply.subnetMask = prefixMask(PREFIX_LENGTH);
    reply.router = GATEWAY_IP;
    reply.mtu = MTU;
  }

  /** §4.1: to the client's address if it has one, to all if it asks for that, else to the address it is to have. */
  #send(request: DhcpRequestRepr): boolean {
    if (request.clientIp !== 0) {
      return this.#writer.writeDhcp(this.#reply, this.#udp, request.clientIp, request.clientMac);
    }
    if (request.broadcast) {
      return this.#writer.writeDhcp(this.#reply, this.#udp, IPV4_BROADCAST, MAC_BROADCAST);
    }
    return this.#writer.writeDhcp(this.#reply, this.#udp, GUEST_IP, request.clientMac);
  }
}
