// What each system call needs and how it can fail: one line for every call of abi/syscall-table.ts. Tests hold the
// kernel to the capabilities, and guest-kernel/README.md to all of it.

import {
  CAP_DESKTOP,
  CAP_FILES,
  CAP_NET,
  CAP_PACKAGES,
  CAP_POWER,
  CAP_PROCESSES,
  CAP_SERVICES,
  CAP_SURFACES,
} from "../abi/capabilities.ts";

/** What a system call needs, and its errors. */
export interface SyscallRule {
  /** CAP_* without which it returns -E_PERM; 0 if it needs none. */
  capability: number;
  /** Names of abi/errors.ts, without `E_`. What the arguments can be wrong in comes first. */
  errors: string[];
}

const DISK = ["IO", "NOMEM"];
const PATH = ["SCOPE", "FAULT", "INVAL", "NOENT", "NOTDIR", ...DISK];
const MAKE = [...PATH, "EXIST", "ROFS", "NOSPC", "LIMIT"];
const HANDLE = ["BADF", ...DISK];
const SOCKET = ["CONNRESET", "TIMEDOUT", "NETDOWN"];
const FETCH = ["PKG_SERVER", "PKG_HTTP", "PKG_TRUNCATED", "PKG_CATALOG"];
const RESOLVE = ["SCOPE", "INVAL", "FAULT", "NOENT", "NOTDIR", "ISDIR", "NOMEM", "LIMIT"];
const INSTALL = ["PKG_DIGEST", "PKG_BUNDLE", "PKG_MODULE", "PKG_LIBRARY", "PKG_CACHE_FULL"];

const SPAWN = ["INVAL", "FAULT", "NOENT", "NOMEM", "LIMIT", "MEMORY", "PKG_MODULE"];

function rule(capability: number, ...errors: string[]): SyscallRule {
  return { capability, errors: capability === 0 ? errors : ["PERM", ...errors] };
}

/** The rules, by the calls' names. */
export const SYSCALL_RULES: ReadonlyMap<string, SyscallRule> = new Map([
  ["null", rule(0)],
  ["getpid", rule(0)],
  ["exit", rule(0)],
  ["yield", rule(0)],
  ["sleep", rule(0)],
  ["clock_monotonic", rule(0)],
  ["clock_realtime", rule(0)],
  ["random", rule(0, "INVAL", "FAULT")],
  ["args", rule(0, "FAULT")],
  ["open", rule(CAP_FILES, ...MAKE, "ISDIR")],
  ["close", rule(0, "BADF")],
  ["read", rule(0, "INVAL", "FAULT", ...HANDLE, ...SOCKET)],
  ["write", rule(0, "INVAL", "FAULT", ...HANDLE, "NOSPC", "FBIG", "CLOSED", ...SOCKET)],
  ["readdir", rule(CAP_FILES, ...PATH)],
  ["seek", rule(0, "INVAL", ...HANDLE)],
  ["truncate", rule(0, "INVAL", ...HANDLE, "FBIG")],
  ["fsync", rule(0, "BADF", "IO")],
  ["fstat", rule(0, "FAULT", ...HANDLE)],
  ["stat", rule(CAP_FILES, ...PATH)],
  ["mkdir", rule(CAP_FILES, ...MAKE)],
  ["unlink", rule(CAP_FILES, ...PATH, "NOTEMPTY", "ROFS")],
  ["rename", rule(CAP_FILES, ...PATH, "NOTEMPTY", "ROFS", "NOSPC", "LIMIT", "XDEV", "ISDIR")],
  ["spawn", rule(CAP_PROCESSES, ...SPAWN)],
  ["wait", rule(0, "FAULT", "CHILD", "TIMEDOUT")],
  ["kill", rule(CAP_PROCESSES, "SRCH")],
  ["poweroff", rule(CAP_POWER)],
  ["tcp_connect", rule(CAP_NET, "SCOPE", "INVAL", "LIMIT", "NOMEM", "CONNREFUSED", "HOSTUNREACH", ...SOCKET)],
  ["pkg_resolve", rule(CAP_PACKAGES, ...RESOLVE, "PKG_UNKNOWN", ...FETCH, ...INSTALL)],
  ["pkg_catalog", rule(CAP_PACKAGES, "FAULT", "LIMIT", "NOMEM", ...FETCH)],
  ["pkg_set_server", rule(CAP_PACKAGES, "INVAL")],
  ["pkg_evict", rule(CAP_PACKAGES, "NOENT", "PKG_BUSY")],
  ["syscall", rule(0, "BADCALL")],
  ["poll", rule(0, "INVAL", "FAULT")],
  ["duplicate", rule(0, "BADF", "LIMIT")],
  ["port_pair", rule(0, "FAULT", "LIMIT")],
  ["port_send", rule(0, "INVAL", "FAULT", "BADF", "MSGSIZE", "BUSY", "CLOSED", "AGAIN", "NOMEM")],
  ["port_receive", rule(0, "INVAL", "FAULT", "BADF", "MSGSIZE", "LIMIT", "CLOSED", "AGAIN")],
  ["port_call", rule(0, "INVAL", "FAULT", "BADF", "MSGSIZE", "CLOSED", "NOMEM")],
  ["port_register", rule(CAP_SERVICES, "INVAL", "FAULT", "EXIST", "LIMIT")],
  ["port_connect", rule(CAP_SERVICES, "INVAL", "FAULT", "NOENT", "AGAIN", "LIMIT", "NOMEM")],
  ["window_create", rule(CAP_SURFACES, "INVAL", "NOSYS", "LIMIT")],
  ["window_title", rule(0, "BADF", "INVAL", "FAULT")],
  ["gpu_submit_strided", rule(0, "BADF", "INVAL", "FAULT", "LIMIT", "NOMEM")],
  ["window_describe", rule(0, "BADF", "INVAL", "FAULT", "NOMEM")],
  ["window_control", rule(0, "BADF", "INVAL", "PERM", "NOFOCUS")],
  ["window_list", rule(CAP_DESKTOP, "FAULT")],
  ["window_manage", rule(CAP_DESKTOP, "SRCH", "INVAL")],
  ["screen_info", rule(0, "FAULT")],
  ["screen_set_mode", rule(CAP_DESKTOP, "INVAL", "NOSYS", "NOMEM")],
  ["screen_set_theme", rule(CAP_DESKTOP, "INVAL", "NOSYS")],
  ["clipboard_set", rule(CAP_SURFACES, "NOFOCUS", "INVAL", "FAULT")],
  ["clipboard_get", rule(CAP_SURFACES, "NOFOCUS", "FAULT")],
  ["spawn_with", rule(CAP_PROCESSES, ...SPAWN, "BADF", "ABOVE")],
  ["env", rule(0, "FAULT")],
  ["kill_group", rule(CAP_PROCESSES, "SRCH")],
  ["set_priority", rule(CAP_PROCESSES, "INVAL", "SRCH", "ABOVE")],
]);
