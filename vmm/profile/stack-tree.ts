/** Stacks, merged from the outermost function in. */
export interface StackNode {
  name: string;
  /** Samples in it or in what it called. */
  count: number;
  children: Map<string, StackNode>;
}

/** Counts stacks. */
export class StackTree {
  readonly root: StackNode = { name: "all", count: 0, children: new Map() };

  /** Adds a stack, the outermost function first. */
  add(names: readonly string[]): void {
    let node = this.root;
    node.count++;
    for (const name of names) {
      let child = node.children.get(name);
      if (child === undefined) {
        child = { name, count: 0, children: new Map() };
        node.children.set(name, child);
      }
      child.count++;
      node = child;
    }
  }

  /** One line a stack, `outer;inner count`, as flame graph tools read it. */
  folded(): string {
    const lines: string[] = [];
    const visit = (node: StackNode, path: readonly string[]): void => {
      const children = [...node.children.values()];
      const own = node.count - children.reduce((sum, child) => sum + child.count, 0);
      if (own > 0 && path.length > 0) lines.push(`${path.join(";")} ${own}\n`);
      for (const child of children) visit(child, [...path, child.name.replaceAll(";", ":")]);
    };
    visit(this.root, []);
    return lines.join("");
  }
}
