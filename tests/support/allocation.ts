const WINDOWS = 9;

/**
 * Bytes that one call of `round` leaves on the JavaScript heap, once it has been compiled.
 *
 * The median of several windows: a collection in one of them does not hide what the others show.
 */
export function allocatedPerRound(round: () => void, roundsPerWindow = 20_000): number {
  for (let i = 0; i < WINDOWS * roundsPerWindow; i++) round(); // let V8 settle
  const windows: number[] = [];
  for (let window = 0; window < WINDOWS; window++) {
    const before = process.memoryUsage().heapUsed;
    for (let i = 0; i < roundsPerWindow; i++) round();
    windows.push((process.memoryUsage().heapUsed - before) / roundsPerWindow);
  }
  return windows.toSorted((a, b) => a - b)[WINDOWS >> 1]!;
}
