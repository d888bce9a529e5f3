// The system calls by slot: `name parameters>result`, i = i32, I = i64. The kernel exports the handler of `tcp_connect`
// as `sysTcpConnect`; the linker joins it with a stub; the loader binds an app's import by name, if its type is equal.

export const SYSCALL_SLOTS: string[] = [
  "null >i",
  "getpid >i",
  "exit i>",
  "yield >i",
  "sleep I>i",
  "clock_monotonic >I",
  "clock_realtime >I",
  "random ii>i",
  "args ii>i",
  "open ii>i",
  "close i>i",
  "read iii>i",
  "write iii>i",
  "readdir iiii>i",
  "spawn iii>i",
  "wait iiI>i",
  "kill i>i",
  "poweroff i>",
  "tcp_connect ii>i",
  "pkg_resolve ii>i",
  "pkg_catalog ii>i",
  "pkg_set_server ii>i",
  "pkg_evict i>i",
  "syscall iIIIII>I",
];
