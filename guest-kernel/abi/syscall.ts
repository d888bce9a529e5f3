// System call numbers. An app imports a call by name from module `oscortex`; `syscall(number, ...)` reaches any
// of them. Numbers are append-only. A negative result is -E_* (errors.ts).

export const SYS_NULL: u32 = 0x000; // null() -> 0
export const SYS_GETPID: u32 = 0x001; // getpid() -> pid
export const SYS_EXIT: u32 = 0x002; // exit(status i32); does not return
export const SYS_YIELD: u32 = 0x003; // yield() -> 0
export const SYS_SLEEP: u32 = 0x004; // sleep(ns i64) -> 0
export const SYS_CLOCK_MONOTONIC: u32 = 0x005; // clock_monotonic() -> i64 ns since the VM was created
export const SYS_CLOCK_REALTIME: u32 = 0x006; // clock_realtime() -> i64 ns since 1970 UTC
export const SYS_RANDOM: u32 = 0x007; // random(buf, len) -> 0
export const SYS_ARGS: u32 = 0x008; // args(buf, capacity) -> bytes in all; NUL-terminated arguments, without the name

export const SYS_OPEN: u32 = 0x010; // open(path, len, flags OPEN_*) -> handle; files.ts; waits for the disk, as all calls on files
export const SYS_CLOSE: u32 = 0x011; // close(handle) -> 0
export const SYS_READ: u32 = 0x012; // read(handle, buf, len) -> bytes, 0 at the end; waits
export const SYS_WRITE: u32 = 0x013; // write(handle, buf, len) -> bytes; waits
export const SYS_READDIR: u32 = 0x014; // readdir(path, len, buf, capacity) -> bytes in all; NUL-terminated names, folders end in '/'
export const SYS_SEEK: u32 = 0x015; // seek(handle, offset i64, whence SEEK_*) -> i64 position
export const SYS_TRUNCATE: u32 = 0x016; // truncate(handle, size i64) -> 0
export const SYS_FSYNC: u32 = 0x017; // fsync(handle) -> 0 once all that was written to the file system is safe on the disk
export const SYS_FSTAT: u32 = 0x018; // fstat(handle, buf) -> 0; STAT_* of files.ts
export const SYS_STAT: u32 = 0x019; // stat(path, len, buf) -> 0
export const SYS_MKDIR: u32 = 0x01a; // mkdir(path, len) -> 0
export const SYS_UNLINK: u32 = 0x01b; // unlink(path, len) -> 0; a file, or a folder that is empty
export const SYS_RENAME: u32 = 0x01c; // rename(from, from_len, to, to_len) -> 0; replaces a file, or an empty folder by a folder

export const SYS_SPAWN: u32 = 0x020; // spawn(app_id, args, len) -> pid; NUL-terminated arguments
export const SYS_WAIT: u32 = 0x021; // wait(pid, 0 for any child or -group for any of a group, status_ptr, timeout_ns i64, < 0 for none) -> pid
export const SYS_KILL: u32 = 0x022; // kill(pid) -> 0 once it has ended
export const SYS_SPAWN_WITH: u32 = 0x024; // spawn_with(app_id, options, size) -> pid; spawn.ts
export const SYS_ENV: u32 = 0x025; // env(buf, capacity) -> bytes in all; NUL-terminated NAME=VALUE
export const SYS_KILL_GROUP: u32 = 0x026; // kill_group(group) -> processes that it ended
export const SYS_SET_PRIORITY: u32 = 0x027; // set_priority(pid, priority 1..8, at most the caller's own) -> 0
export const SYS_POWEROFF: u32 = 0x023; // poweroff(status 0..255); does not return

export const SYS_TCP_CONNECT: u32 = 0x030; // tcp_connect(ip_be, port) -> handle for read, write, close; waits

export const SYS_POLL: u32 = 0x040; // poll(list, count, timeout_ns i64, < 0 for none) -> entries ready, 0 at the timeout; poll.ts; waits
export const SYS_DUPLICATE: u32 = 0x041; // duplicate(handle) -> a second handle for the same file, connection or port

export const SYS_PORT_PAIR: u32 = 0x050; // port_pair(handles) -> 0; writes two handles, i32 each, for the ends of a new port; port.ts
export const SYS_PORT_SEND: u32 = 0x051; // port_send(handle, buf, len, handles, count | PORT_NOWAIT) -> 0; the handles go along: the caller has them no more; waits for room
export const SYS_PORT_RECEIVE: u32 = 0x052; // port_receive(handle, buf, capacity, handles, count | PORT_NOWAIT) -> bytes; new handles are written, -1 behind the last; waits
export const SYS_PORT_REGISTER: u32 = 0x053; // port_register(name, len) -> handle: port_receive gives a handle for each connection, and no bytes
export const SYS_PORT_CONNECT: u32 = 0x054; // port_connect(name, len) -> handle of a new port, whose other end goes to who registered the name
export const SYS_PORT_CALL: u32 = 0x055; // port_call(handle, buf, len, reply, capacity) -> bytes of the reply; port_send and port_receive in one, without handles; waits

export const SYS_WINDOW_CREATE: u32 = 0x060; // window_create(width, height, flags WINDOW_*) -> handle; window.ts; 0, 0: as large as fits
export const SYS_WINDOW_TITLE: u32 = 0x061; // window_title(handle, text, len) -> 0; UTF-8, cut to 63 bytes
export const SYS_GPU_SUBMIT_STRIDED: u32 = 0x062; // gpu_submit_strided(handle, pixels, layout i64, rects, count) -> 0; layout: stride in bytes << 32 | width << 16 | height; rects: i32 x, y, width, height each, what changed
export const SYS_WINDOW_CONTROL: u32 = 0x063; // window_control(handle, action WINDOW_*, a, b) -> 0
export const SYS_WINDOW_LIST: u32 = 0x064; // window_list(buf, capacity) -> bytes in all; WINDOW_INFO_* each, as many as fit, the topmost first
export const SYS_WINDOW_MANAGE: u32 = 0x065; // window_manage(window id, action WINDOW_*) -> 0
export const SYS_SCREEN_INFO: u32 = 0x066; // screen_info(buf) -> 0; SCREEN_* of window.ts
export const SYS_SCREEN_SET_MODE: u32 = 0x067; // screen_set_mode(width, height, scale in percent) -> 0
export const SYS_SCREEN_SET_THEME: u32 = 0x068; // screen_set_theme(THEME_*) -> 0
export const SYS_CLIPBOARD_SET: u32 = 0x069; // clipboard_set(text, len) -> 0; UTF-8; only who has the focus
export const SYS_CLIPBOARD_GET: u32 = 0x06a; // clipboard_get(buf, capacity) -> bytes in all; copied only if they fit; only who has the focus
export const SYS_WINDOW_DESCRIBE: u32 = 0x06b; // window_describe(handle, text, len) -> 0; what the window shows, in words, for /sys/ui/tree; UTF-8
export const SYS_PKG_RESOLVE: u32 = 0x390; // pkg_resolve(name, len) -> app_id; waits
export const SYS_PKG_CATALOG: u32 = 0x391; // pkg_catalog(buf, len) -> count in all; entries as in catalog.ts, as many as fit; waits
export const SYS_PKG_SET_SERVER: u32 = 0x392; // pkg_set_server(ip_be, port) -> 0
export const SYS_PKG_EVICT: u32 = 0x393; // pkg_evict(app_id) -> 0

export const SYS_SYSCALL: u32 = 0x3ff; // syscall(number, a0..a4 i64) -> i64: any other call by number

// Handles that every process starts with.
export const HANDLE_STDIN: i32 = 0; // console input, by lines
export const HANDLE_STDOUT: i32 = 1; // console output
export const HANDLE_STDERR: i32 = 2; // the log

// Bits of the i32 that wait stores: the exit status 0..255, or STATUS_TRAPPED | TRAP_* (instance.ts), or STATUS_KILLED.
export const STATUS_TRAPPED: i32 = 0x100;
export const STATUS_KILLED: i32 = 0x200;
export const STATUS_NO_MEMORY: i32 = 0x400; // with STATUS_KILLED: it had most of the memory when there was none left
