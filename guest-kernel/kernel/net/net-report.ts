// /sys/net: the interface and its connections.

import { netDeviceMac, netDeviceUp } from "../drivers/virtio-net.ts";
import { textAddress } from "../caps/capability-text.ts";
import { sysfsRegister } from "../vfs/sysfs.ts";
import { textBegin, textByte, textEnd, textEntry, textHex, textNumber, textPut } from "../vfs/text.ts";
import { interfaceAddress, interfaceMtu } from "./interface.ts";
import {
  CLOSE_WAIT,
  CLOSED,
  CLOSING,
  ESTABLISHED,
  FAILED,
  FIN_WAIT_1,
  FIN_WAIT_2,
  LAST_ACK,
  SOCKET_COUNT,
  socketAt,
  SYN_RECEIVED,
  SYN_SENT,
  TcpSocket,
} from "./tcp-socket.ts";

/** Registers the file. Once, at boot. */
export function netReportInit(): void {
  sysfsRegister("net", netText);
}

function netText(buffer: usize, capacity: u32): u32 {
  textBegin(buffer, capacity);
  textEntry("up", netDeviceUp() ? 1 : 0);
  if (netDeviceUp()) {
    textPut("mac=");
    textHex(netDeviceMac(), 6);
    textPut("\naddress=");
    textAddress(interfaceAddress());
    textByte(10);
    textEntry("mtu", interfaceMtu());
  }
  for (let i: u32 = 0; i < SOCKET_COUNT; i++) if (socketAt(i).state != CLOSED) textSocket(socketAt(i));
  return textEnd();
}

/** `tcp=10.0.2.2:8080 local=49152 established send=0 receive=120` */
function textSocket(socket: TcpSocket): void {
  textPut("tcp=");
  textAddress(socket.remoteIp);
  textPut(":");
  textNumber(socket.remotePort);
  textPut(" local=");
  textNumber(socket.localPort);
  textPut(stateName(socket.state));
  textPut(" send=");
  textNumber(socket.send.used);
  textPut(" receive=");
  textNumber(socket.receive.used);
  textByte(10);
}

function stateName(state: u32): string {
  switch (state) {
    case SYN_SENT:
      return " syn-sent";
    case SYN_RECEIVED:
      return " syn-received";
    case ESTABLISHED:
      return " established";
    case FIN_WAIT_1:
      return " fin-wait-1";
    case FIN_WAIT_2:
      return " fin-wait-2";
    case CLOSE_WAIT:
      return " close-wait";
    case CLOSING:
      return " closing";
    case LAST_ACK:
      return " last-ack";
    case FAILED:
      return " failed";
    default:
      return " time-wait";
  }
}
