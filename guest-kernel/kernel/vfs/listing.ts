// The listing of a folder as readdir gives it: NUL-terminated names, folders ending in `/`. One at a time.

let at: usize = 0;
let end: usize = 0;
let total: u32 = 0;

/** Begins a listing in `capacity` bytes at `buffer`. */
export function listingBegin(buffer: usize, capacity: u32): void {
  at = buffer;
  end = buffer + <usize>capacity;
  total = 0;
}

/** Adds a name. Once one does not fit, it and all that follow only count. */
export function listingAdd(name: usize, length: u32, isFolder: bool): void {
  const size = length + (isFolder ? 2 : 1);
  total += size;
  if (<usize>size > end - at) {
    end = at;
    return;
  }
  memory.copy(at, name, <usize>length);
  at += <usize>length;
  if (isFolder) store<u8>(at++, 47);
  store<u8>(at++, 0);
}

/** Ends the listing; returns the bytes that all names take. */
export function listingEnd(): i32 {
  return <i32>total;
}
