// The machine's one network interface: its address and what it may reach directly. Written by dhcp.ts.

import { netDeviceMtu } from "../drivers/virtio-net.ts";

/** 255.255.255.255: everybody on the link. */
export const IP_BROADCAST: u32 = 0xffffffff;

let address: u32 = 0;
let mask: u32 = 0;
let router: u32 = 0;
let mtu: u32 = 0;

/** Sets what DHCP found out. `router` is 0 if there is none, `mtu` if the server did not say. */
export function interfaceConfigure(newAddress: u32, newMask: u32, newRouter: u32, newMtu: u32): void {
  address = newAddress;
  mask = newMask;
  router = newRouter;
  mtu = newMtu;
}

/** Gives the address up: nothing but DHCP works until the next interfaceConfigure. */
export function interfaceClear(): void {
  interfaceConfigure(0, 0, 0, 0);
}

/** Our address, 0 while there is none. */
export function interfaceAddress(): u32 {
  return address;
}

/** The longest packet to send or to ask for. */
export function interfaceMtu(): u32 {
  const deviceMtu = netDeviceMtu();
  return mtu == 0 ? deviceMtu : min(mtu, deviceMtu);
}

/** The neighbour through which `target` is reached: itself, the router, or 0 if there is no way. */
export function interfaceNextHop(target: u32): u32 {
  if (address == 0) return 0;
  return ((target ^ address) & mask) == 0 ? target : router;
}

/** True if one host can have this address: not 0/8, 127/8, multicast, reserved or broadcast. */
export function addressIsUnicast(ip: u32): bool {
  const first = ip & 0xff;
  return first != 0 && first != 127 && first < 224;
}

/** True if packets to `target` are for us while we have an address: to it, or to everybody on the link. */
export function interfaceOwns(target: u32): bool {
  return address != 0 && (target == address || interfaceIsBroadcast(target));
}

/** True for the broadcast addresses, limited and of our network. */
export function interfaceIsBroadcast(target: u32): bool {
  return target == IP_BROADCAST || (address != 0 && target == (address | ~mask));
}
