// syscall(number, a0..a4): every call by its number.

import { E_BADCALL, E_PERM } from "../../abi/errors.ts";
import {
  SYS_ARGS,
  SYS_CLOCK_MONOTONIC,
  SYS_CLOCK_REALTIME,
  SYS_CLOSE,
  SYS_DUPLICATE,
  SYS_ENV,
  SYS_EXIT,
  SYS_FSTAT,
  SYS_FSYNC,
  SYS_GETPID,
  SYS_KILL,
  SYS_KILL_GROUP,
  SYS_MKDIR,
  SYS_NULL,
  SYS_OPEN,
  SYS_PKG_CATALOG,
  SYS_PKG_EVICT,
  SYS_PKG_RESOLVE,
  SYS_PKG_SET_SERVER,
  SYS_POLL,
  SYS_PORT_CALL,
  SYS_PORT_CONNECT,
  SYS_PORT_PAIR,
  SYS_PORT_RECEIVE,
  SYS_PORT_REGISTER,
  SYS_PORT_SEND,
  SYS_POWEROFF,
  SYS_RANDOM,
  SYS_READ,
  SYS_READDIR,
  SYS_RENAME,
  SYS_SEEK,
  SYS_SET_PRIORITY,
  SYS_SLEEP,
  SYS_SPAWN,
  SYS_SPAWN_WITH,
  SYS_STAT,
  SYS_TCP_CONNECT,
  SYS_TRUNCATE,
  SYS_UNLINK,
  SYS_WAIT,
  SYS_WRITE,
  SYS_YIELD,
  SYS_WINDOW_CREATE,
  SYS_WINDOW_DESCRIBE,
  SYS_WINDOW_TITLE,
  SYS_GPU_SUBMIT_STRIDED,
  SYS_WINDOW_CONTROL,
  SYS_WINDOW_LIST,
  SYS_WINDOW_MANAGE,
  SYS_SCREEN_INFO,
  SYS_SCREEN_SET_MODE,
  SYS_SCREEN_SET_THEME,
  SYS_CLIPBOARD_SET,
  SYS_CLIPBOARD_GET,
} from "../../abi/syscall.ts";
import {
  sysClockMonotonic,
  sysClockRealtime,
  sysGetpid,
  sysNull,
  sysRandom,
  sysSleep,
  sysYield,
} from "./clock-calls.ts";
import {
  sysClose,
  sysDuplicate,
  sysFstat,
  sysFsync,
  sysRead,
  sysSeek,
  sysTcpConnect,
  sysTruncate,
  sysWrite,
} from "./file-calls.ts";
import { sysPkgCatalog, sysPkgEvict, sysPkgResolve, sysPkgSetServer } from "./package-calls.ts";
import { sysMkdir, sysOpen, sysReaddir, sysRename, sysStat, sysUnlink } from "./path-calls.ts";
import { sysPoll } from "./poll-calls.ts";
import { sysPortConnect, sysPortPair, sysPortReceive, sysPortRegister, sysPortSend } from "./port-calls.ts";
import { sysPortCall } from "./port-exchange.ts";
import {
  sysClipboardGet,
  sysClipboardSet,
  sysScreenInfo,
  sysScreenSetMode,
  sysScreenSetTheme,
  sysWindowList,
  sysWindowManage,
} from "./screen-calls.ts";
import {
  sysGpuSubmitStrided,
  sysWindowControl,
  sysWindowCreate,
  sysWindowDescribe,
  sysWindowTitle,
} from "./window-calls.ts";
import { sysExit, sysKill, sysKillGroup, sysPoweroff, sysSetPriority, sysWait } from "./process-calls.ts";
import { sysArgs, sysEnv, sysSpawn, sysSpawnWith } from "./spawn-calls.ts";

/** syscall(number, a0..a4) -> the call's result. Arguments narrower than i64 are taken modulo 2^32. */
export function sysSyscall(number: i32, a0: i64, a1: i64, a2: i64, a3: i64, a4: i64): i64 {
  switch (number) {
    case SYS_NULL:
      return sysNull();
    case SYS_GETPID:
      return sysGetpid();
    case SYS_EXIT:
      sysExit(<i32>a0);
      return 0;
    case SYS_YIELD:
      return sysYield();
    case SYS_SLEEP:
      return sysSleep(a0);
    case SYS_CLOCK_MONOTONIC:
      return sysClockMonotonic();
    case SYS_CLOCK_REALTIME:
      return sysClockRealtime();
    case SYS_RANDOM:
      return sysRandom(<u32>a0, <u32>a1);
    case SYS_ARGS:
      return sysArgs(<u32>a0, <u32>a1);
    case SYS_OPEN:
      return sysOpen(<u32>a0, <u32>a1, <u32>a2);
    case SYS_CLOSE:
      return sysClose(<i32>a0);
    case SYS_READ:
      return sysRead(<i32>a0, <u32>a1, <u32>a2);
    case SYS_WRITE:
      return sysWrite(<i32>a0, <u32>a1, <u32>a2);
    case SYS_READDIR:
      return sysReaddir(<u32>a0, <u32>a1, <u32>a2, <u32>a3);
    case SYS_SEEK:
      return sysSeek(<i32>a0, a1, <u32>a2);
    case SYS_TRUNCATE:
      return sysTruncate(<i32>a0, a1);
    case SYS_FSYNC:
      return sysFsync(<i32>a0);
    case SYS_FSTAT:
      return sysFstat(<i32>a0, <u32>a1);
    case SYS_STAT:
      return sysStat(<u32>a0, <u32>a1, <u32>a2);
    case SYS_MKDIR:
      return sysMkdir(<u32>a0, <u32>a1);
    case SYS_UNLINK:
      return sysUnlink(<u32>a0, <u32>a1);
    case SYS_RENAME:
      return sysRename(<u32>a0, <u32>a1, <u32>a2, <u32>a3);
    case SYS_SPAWN:
      return sysSpawn(<i32>a0, <u32>a1, <u32>a2);
    case SYS_WAIT:
      return sysWait(<i32>a0, <u32>a1, a2);
    case SYS_KILL:
      return sysKill(<i32>a0);
    case SYS_POWEROFF:
      sysPoweroff(<i32>a0);
      return -E_PERM; // it has come back
    case SYS_TCP_CONNECT:
      return sysTcpConnect(<u32>a0, <u32>a1);
    case SYS_PKG_RESOLVE:
      return sysPkgResolve(<u32>a0, <u32>a1);
    case SYS_PKG_CATALOG:
      return sysPkgCatalog(<u32>a0, <u32>a1);
    case SYS_PKG_SET_SERVER:
      return sysPkgSetServer(<u32>a0, <u32>a1);
    case SYS_PKG_EVICT:
      return sysPkgEvict(<i32>a0);
    case SYS_POLL:
      return sysPoll(<u32>a0, <u32>a1, a2);
    case SYS_DUPLICATE:
      return sysDuplicate(<i32>a0);
    case SYS_PORT_PAIR:
      return sysPortPair(<u32>a0);
    case SYS_PORT_SEND:
      return sysPortSend(<i32>a0, <u32>a1, <u32>a2, <u32>a3, <u32>a4);
    case SYS_PORT_RECEIVE:
      return sysPortReceive(<i32>a0, <u32>a1, <u32>a2, <u32>a3, <u32>a4);
    case SYS_PORT_CALL:
      return sysPortCall(<i32>a0, <u32>a1, <u32>a2, <u32>a3, <u32>a4);
    case SYS_PORT_REGISTER:
      return sysPortRegister(<u32>a0, <u32>a1);
    case SYS_PORT_CONNECT:
      return sysPortConnect(<u32>a0, <u32>a1);
    case SYS_WINDOW_CREATE:
      return sysWindowCreate(<u32>a0, <u32>a1, <u32>a2);
    case SYS_WINDOW_DESCRIBE:
      return sysWindowDescribe(<i32>a0, <u32>a1, <u32>a2);
    case SYS_WINDOW_TITLE:
      return sysWindowTitle(<i32>a0, <u32>a1, <u32>a2);
    case SYS_GPU_SUBMIT_STRIDED:
      return sysGpuSubmitStrided(<i32>a0, <u32>a1, a2, <u32>a3, <u32>a4);
    case SYS_WINDOW_CONTROL:
      return sysWindowControl(<i32>a0, <u32>a1, <i32>a2, <i32>a3);
    case SYS_WINDOW_LIST:
      return sysWindowList(<u32>a0, <u32>a1);
    case SYS_WINDOW_MANAGE:
      return sysWindowManage(<u32>a0, <u32>a1);
    case SYS_SCREEN_INFO:
      return sysScreenInfo(<u32>a0);
    case SYS_SCREEN_SET_MODE:
      return sysScreenSetMode(<u32>a0, <u32>a1, <u32>a2);
    case SYS_SCREEN_SET_THEME:
      return sysScreenSetTheme(<u32>a0);
    case SYS_CLIPBOARD_SET:
      return sysClipboardSet(<u32>a0, <u32>a1);
    case SYS_CLIPBOARD_GET:
      return sysClipboardGet(<u32>a0, <u32>a1);
    case SYS_SPAWN_WITH:
      return sysSpawnWith(<i32>a0, <u32>a1, <u32>a2);
    case SYS_ENV:
      return sysEnv(<u32>a0, <u32>a1);
    case SYS_KILL_GROUP:
      return sysKillGroup(<i32>a0);
    case SYS_SET_PRIORITY:
      return sysSetPriority(<i32>a0, <u32>a1);
    default:
      return -E_BADCALL;
  }
}
