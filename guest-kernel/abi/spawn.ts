// What `spawn_with` takes, and limits of processes. Little-endian u32 each; offsets in bytes. Zero is always the default,
// and a caller may pass fewer bytes than SPAWN_OPTIONS_SIZE: what it does not know is zero.

export const SPAWN_ARGS: usize = 0; // NUL-terminated arguments
export const SPAWN_ARGS_LEN: usize = SPAWN_ARGS + 4; // bytes, at most SPAWN_WORDS_MAX
export const SPAWN_ENV: usize = SPAWN_ARGS_LEN + 4; // NUL-terminated NAME=VALUE; 0: what the spawner was given
export const SPAWN_ENV_LEN: usize = SPAWN_ENV + 4; // bytes, at most SPAWN_WORDS_MAX
export const SPAWN_HANDLES: usize = SPAWN_ENV_LEN + 4; // i32 each: the child's handle i is a duplicate of this one, -1 none; 0: of 0, 1, 2
export const SPAWN_HANDLE_COUNT: usize = SPAWN_HANDLES + 4;
export const SPAWN_FLAGS: usize = SPAWN_HANDLE_COUNT + 4; // SPAWN_NEW_GROUP
export const SPAWN_WITHHOLD: usize = SPAWN_FLAGS + 4; // CAP_* that the child does not get
export const SPAWN_PRIORITY: usize = SPAWN_WITHHOLD + 4; // 1..PRIORITY_MAX, at most the spawner's; 0: the spawner's
export const SPAWN_MEMORY_PAGES: usize = SPAWN_PRIORITY + 4; // linear memory at most, 64 KiB each; 0: as the spawner
export const SPAWN_HANDLE_LIMIT: usize = SPAWN_MEMORY_PAGES + 4; // handles at most, 1..64; 0: as the spawner
export const SPAWN_CPU_PERCENT: usize = SPAWN_HANDLE_LIMIT + 4; // of the processor's time at most, 1..100; 0: as the spawner
export const SPAWN_OPTIONS_SIZE: usize = SPAWN_CPU_PERCENT + 4;

export const SPAWN_NEW_GROUP: u32 = 1 << 0; // the child leads a group of its own, whose number is its PID

export const SPAWN_WORDS_MAX: u32 = 4096;

// Of those that can run, the highest runs. Whoever init starts has what it has: PRIORITY_MAX.
export const PRIORITY_MAX: u32 = 8;
export const PRIORITY_NORMAL: u32 = 4; // what a shell gives to what it runs
