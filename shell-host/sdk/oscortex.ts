// The system calls, as the kernel offers them: imports of module `oscortex` (the name of this file). The typed
// wrappers beside it are what most apps want. Numbers and results: guest-kernel/abi/syscall.ts; a negative
// result is -E_* (guest-kernel/abi/errors.ts). `null` and `yield` are in reserved-names/.

/** The caller's process id. */
export declare function getpid(): i32;
/** Ends the process with `status & 255`. Does not return. */
export declare function exit(status: i32): void;
/** Sleeps for `ns` nanoseconds, at least. */
export declare function sleep(ns: i64): i32;
/** Nanoseconds since the machine was created. */
export declare function clock_monotonic(): i64;
/** Nanoseconds since 1970 UTC. */
export declare function clock_realtime(): i64;
/** Fills `len` bytes with random ones. */
export declare function random(buf: usize, len: u32): i32;
/** The process's arguments, NUL-terminated each: bytes in all; copied only if they fit. */
export declare function args(buf: usize, capacity: u32): i32;

/** Opens a file, `flags` OPEN_* of guest-kernel/abi/files.ts: a handle. Needs `files`, as all calls on paths. */
export declare function open(path: usize, len: u32, flags: u32): i32;
/** Closes a handle. */
export declare function close(handle: i32): i32;
/** Reads up to `len` bytes: how many; 0 at the end. Waits for the first. */
export declare function read(handle: i32, buf: usize, len: u32): i32;
/** Writes up to `len` bytes: how many. Waits for room. */
export declare function write(handle: i32, buf: usize, len: u32): i32;
/** The names in a folder, NUL-terminated each, folders with a `/` behind: bytes in all. Needs `files`. */
export declare function readdir(path: usize, len: u32, buf: usize, capacity: u32): i32;

/** Moves where a file stands, counted from SEEK_*: the position. */
export declare function seek(handle: i32, offset: i64, whence: u32): i64;
/** Sets a file's length. */
export declare function truncate(handle: i32, size: i64): i32;
/** Waits until what was written to the file system is safe on the disk. */
export declare function fsync(handle: i32): i32;
/** What is known of an open file: STAT_SIZE bytes. */
export declare function fstat(handle: i32, buf: usize): i32;
/** What is known of a file or folder: STAT_SIZE bytes. */
export declare function stat(path: usize, len: u32, buf: usize): i32;
/** Makes a folder. */
export declare function mkdir(path: usize, len: u32): i32;
/** Removes a file, or a folder that is empty. */
export declare function unlink(path: usize, len: u32): i32;
/** Gives a file or folder another path, replacing a file, or an empty folder by a folder. */
export declare function rename(from: usize, fromLen: u32, to: usize, toLen: u32): i32;

/** Starts an app that was resolved; arguments NUL-terminated each: its pid. Needs `processes`. */
export declare function spawn(appId: i32, args: usize, len: u32): i32;
/** Waits for a child (0: any): its pid, and its status at `statusPtr`. A negative timeout waits for ever. */
export declare function wait(pid: i32, statusPtr: usize, timeoutNs: i64): i32;
/** Starts an app with options (guest-kernel/abi/spawn.ts): its pid. Needs `processes`. */
export declare function spawn_with(appId: i32, options: usize, size: u32): i32;
/** The process's environment, NUL-terminated `NAME=VALUE` each: bytes in all; copied only if they fit. */
export declare function env(buf: usize, capacity: u32): i32;
/** Ends all processes of a group: how many. Needs `processes`. */
export declare function kill_group(group: i32): i32;
/** Sets a process's priority, at most the caller's own. Needs `processes`. */
export declare function set_priority(pid: i32, priority: u32): i32;
/** Ends another process. Needs `processes`. */
export declare function kill(pid: i32): i32;
/** Ends the machine with a status of 0..255. Needs `power`; returns only without it. */
export declare function poweroff(status: i32): void;

/** Connects to a TCP port; the address's first octet is its lowest byte: a handle. Needs `net`. */
export declare function tcp_connect(ip: u32, port: u32): i32;

/** Waits for any of `count` entries of guest-kernel/abi/poll.ts: how many are ready, 0 at the timeout (negative: none). */
export declare function poll(list: usize, count: u32, timeoutNs: i64): i32;
/** A second handle for what a handle stands for. */
export declare function duplicate(handle: i32): i32;

/** Makes a port: writes the handles of its two ends. Limits and flags of ports: guest-kernel/abi/port.ts. */
export declare function port_pair(handles: usize): i32;
/** Sends a message with `count` handles, which the caller has no more then. Waits for room, unless PORT_NOWAIT is set. */
export declare function port_send(handle: i32, buf: usize, len: u32, handles: usize, count: u32): i32;
/** Receives a message: its length. Writes `count` handles that came along, -1 behind the last. */
export declare function port_receive(handle: i32, buf: usize, capacity: u32, handles: usize, count: u32): i32;
/** Sends a message and receives the next one that comes to the same end, both without handles: its length. */
export declare function port_call(handle: i32, buf: usize, len: u32, reply: usize, capacity: u32): i32;
/** Offers connections under a name. Needs `services`. */
export declare function port_register(name: usize, len: u32): i32;
/** Connects to who registered a name: a handle of a port to them. Needs `services`. */
export declare function port_connect(name: usize, len: u32): i32;

/** Finds a package by name, fetching it if need be: its app id. Needs `packages`. */
export declare function pkg_resolve(name: usize, len: u32): i32;
/** Copies as many catalog entries as fit: how many there are. Needs `packages`. */
export declare function pkg_catalog(buf: usize, len: u32): i32;
/** Takes packages from another server from here on. Needs `packages`. */
export declare function pkg_set_server(ip: u32, port: u32): i32;
/** Drops a package from the cache. Needs `packages`. */
export declare function pkg_evict(appId: i32): i32;

/** Opens a window, `flags` WINDOW_* of guest-kernel/abi/window.ts: a handle, whose reads give events. Needs `surfaces`. */
export declare function window_create(width: u32, height: u32, flags: u32): i32;
/** Sets a window's title. */
export declare function window_title(handle: i32, text: usize, len: u32): i32;
/** Says what a window shows, in words, for /sys/ui/tree: at most WINDOW_DESCRIPTION_MAX bytes of UTF-8. */
export declare function window_describe(handle: i32, text: usize, len: u32): i32;
/** Shows what has changed of a window's picture. `layout`: stride in bytes << 32 | width << 16 | height; `rects`: i32 x, y, width, height each. */
export declare function gpu_submit_strided(
  handle: i32,
  pixels: usize,
  layout: i64,
  rects: usize,
  count: u32,
): i32;
/** Acts on a window of one's own: WINDOW_SET_SIZE and so on. */
export declare function window_control(handle: i32, action: u32, a: i32, b: i32): i32;
/** Every window, WINDOW_INFO_SIZE bytes each, the topmost first, as many as fit: bytes in all. Needs `desktop`. */
export declare function window_list(buf: usize, capacity: u32): i32;
/** Acts on any window, by its id: WINDOW_MINIMISE and so on. Needs `desktop`. */
export declare function window_manage(id: u32, action: u32): i32;
/** What the screen is like: SCREEN_INFO_SIZE bytes. */
export declare function screen_info(buf: usize): i32;
/** Sets the screen's size in pixels and its scale in percent. Needs `desktop`. */
export declare function screen_set_mode(width: u32, height: u32, scale: u32): i32;
/** Sets THEME_*. Needs `desktop`. */
export declare function screen_set_theme(theme: u32): i32;
/** Sets the clipboard's text. Only who has the focus. */
export declare function clipboard_set(text: usize, len: u32): i32;
/** The clipboard's text: bytes in all; copied only if they fit. Only who has the focus. */
export declare function clipboard_get(buf: usize, capacity: u32): i32;

/** Any system call by its number. */
export declare function syscall(number: i32, a0: i64, a1: i64, a2: i64, a3: i64, a4: i64): i64;
