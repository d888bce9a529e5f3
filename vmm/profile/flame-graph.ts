// A flame graph as an SVG picture that needs nothing else: a box a function, as wide as its share, the callers below.

import type { StackNode } from "./stack-tree.ts";

const WIDTH = 1200;
const ROW = 18;
const MARGIN = 10;
const HEADER = 32;
const CHARACTER = 6.6; // pixels, about
const MIN_WIDTH = 0.3; // narrower boxes cannot be seen

/** Draws a tree of stacks. */
export function flameGraph(root: StackNode, title: string): string {
  const depth = depthOf(root);
  const height = HEADER + (depth + 1) * ROW + MARGIN;
  const boxes: string[] = [];
  const scale = (WIDTH - 2 * MARGIN) / Math.max(root.count, 1);
  const visit = (node: StackNode, x: number, level: number): void => {
    const width = node.count * scale;
    if (width < MIN_WIDTH) return;
    boxes.push(box(node, root.count, x, height - MARGIN - (level + 1) * ROW, width));
    let at = x;
    for (const child of [...node.children.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      visit(child, at, level + 1);
      at += child.count * scale;
    }
  };
  visit(root, MARGIN, 0);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="ui-monospace, monospace" font-size="11">
<rect width="100%" height="100%" fill="#fbfaf8"/>
<text x="${MARGIN}" y="21" font-size="14" fill="#222">${escape(title)}</text>
${boxes.join("\n")}
</svg>
`;
}

function box({ name, count }: StackNode, total: number, x: number, y: number, width: number): string {
  const share = `${((100 * count) / Math.max(total, 1)).toFixed(1)} %`;
  const room = Math.floor((width - 6) / CHARACTER);
  const label = room < 3 ? "" : name.length <= room ? name : `${name.slice(0, room - 1)}…`;
  return (
    `<g><title>${escape(name)}: ${count} samples, ${share}</title>` +
    `<rect x="${x.toFixed(1)}" y="${y}" width="${Math.max(width - 0.5, MIN_WIDTH).toFixed(1)}" height="${ROW - 1}" rx="2" fill="${colour(name)}"/>` +
    `${label === "" ? "" : `<text x="${(x + 4).toFixed(1)}" y="${y + 13}" fill="#222">${escape(label)}</text>`}</g>`
  );
}

function depthOf(node: StackNode): number {
  return 1 + Math.max(0, ...[...node.children.values()].map(depthOf));
}

/** A warm colour that a name always gets. */
function colour(name: string): string {
  let hash = 0;
  for (let i = 0; i < name.length; i++) hash = (Math.imul(hash, 31) + name.charCodeAt(i)) >>> 0;
  return `hsl(${15 + (hash % 40)} ${70 + ((hash >>> 8) % 20)}% ${66 + ((hash >>> 16) % 12)}%)`;
}

function escape(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
