/**
 * The middle of what has a role, or a role and a quoted name, among the lines of what a window shows, in its pixels.
 *
 * @throws Error with all lines if there is no such thing
 */
export function placeAmong(lines: readonly string[], what: string): [x: number, y: number] {
  const line = lines.find((entry) => entry.startsWith(`${what} `));
  const place = /(-?\d+) (-?\d+) (\d+) (\d+)$/.exec(line ?? "");
  if (place === null) throw new Error(`no ${what} among\n${lines.join("\n")}`);
  const [x = 0, y = 0, width = 0, height = 0] = place.slice(1).map(Number);
  return [x + width / 2, y + height / 2];
}
