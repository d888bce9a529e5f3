// Precedence of versions, Semantic Versioning 2.0.0 §11.

/** Negative, 0 or positive as `a` comes before, with or after `b`; both as `checkPackageVersion` accepts them. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [parse(a), parse(b)];
  for (let i = 0; i < 3; i++) {
    const order = left.numbers[i]! - right.numbers[i]!;
    if (order !== 0) return order;
  }
  if (left.pre.length === 0 || right.pre.length === 0) return right.pre.length - left.pre.length;
  return comparePreRelease(left.pre, right.pre);
}

interface Version {
  numbers: number[];
  /** Pre-release identifiers; none comes after any. */
  pre: string[];
}

function parse(version: string): Version {
  const [release = ""] = version.split("+", 1); // build metadata has no precedence
  const dash = release.indexOf("-");
  const numbers = (dash < 0 ? release : release.slice(0, dash)).split(".").map(Number);
  return { numbers, pre: dash < 0 ? [] : release.slice(dash + 1).split(".") };
}

function comparePreRelease(a: readonly string[], b: readonly string[]): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const order = compareIdentifiers(a[i]!, b[i]!);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

/** Numbers by value and before all others, which go by their ASCII. */
function compareIdentifiers(a: string, b: string): number {
  const [aIsNumber, bIsNumber] = [/^[0-9]+$/.test(a), /^[0-9]+$/.test(b)];
  if (aIsNumber && bIsNumber) return Number(a) - Number(b);
  if (aIsNumber !== bIsNumber) return aIsNumber ? -1 : 1;
  return a === b ? 0 : a < b ? -1 : 1;
}
