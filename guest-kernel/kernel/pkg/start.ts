// Joins the resolver with the rest of the kernel.

import { E_NOTCONN } from "../../abi/errors.ts";
import { EVENT_PACKAGES_GPA } from "../../abi/event-page.ts";
import { EVENT_PAGE_GPA } from "../../abi/memory-map.ts";
import { installBegin, installFree, installStep } from "../app-registry/install.ts";
import {
  TCP_CONNECTING,
  TCP_FAILED,
  TCP_OPEN,
  tcpAbort,
  tcpClose,
  tcpConnect,
  tcpError,
  tcpRead,
  tcpState,
  tcpWrite,
} from "../net/tcp.ts";
import { cacheSlots } from "./cache.ts";
import { bindInstall, bindTcp } from "./ports.ts";
import { registerSysFiles } from "./sys-files.ts";

/** Binds TCP and the app registry to the resolver, and shows it in /sys and to debuggers. Call once, at boot. */
export function resolverInit(): void {
  bindTcp(tcpConnect, socketStatus, tcpRead, tcpWrite, tcpClose, tcpAbort);
  bindInstall(installBegin, installStep, installFree);
  registerSysFiles();
  atomic.store<u32>(EVENT_PAGE_GPA + EVENT_PACKAGES_GPA, <u32>cacheSlots());
}

/** A socket's state as the resolver's ports want it. */
function socketStatus(socket: i32): i32 {
  switch (tcpState(socket)) {
    case TCP_CONNECTING:
      return 0;
    case TCP_OPEN:
      return 1;
    case TCP_FAILED:
      return tcpError(socket);
    default:
      return -E_NOTCONN;
  }
}
