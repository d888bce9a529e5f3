/** Sorts `count` u32s at `at`, the lowest first, in place: heapsort, whose worst case is its usual one. */
export function sortWords(at: usize, count: u32): void {
  for (let i = count / 2; i > 0; i--) sink(at, i - 1, count);
  for (let end = count; end > 1; end--) {
    const top = load<u32>(at);
    store<u32>(at, load<u32>(at + 4 * <usize>(end - 1)));
    store<u32>(at + 4 * <usize>(end - 1), top);
    sink(at, 0, end - 1);
  }
}

function sink(at: usize, from: u32, count: u32): void {
  const value = load<u32>(at + 4 * <usize>from);
  for (let child: u32 = 2 * from + 1; child < count; child = 2 * from + 1) {
    if (child + 1 < count && word(at, child) < word(at, child + 1)) child++;
    if (word(at, child) <= value) break;
    store<u32>(at + 4 * <usize>from, word(at, child));
    from = child;
  }
  store<u32>(at + 4 * <usize>from, value);
}

function word(at: usize, i: u32): u32 {
  return load<u32>(at + 4 * <usize>i);
}
