// The capabilities by the names that projects and reports spell: bit n of capabilities.ts is the n-th.

export const CAPABILITY_NAMES: string[] = [
  "files",
  "net",
  "packages",
  "processes",
  "power",
  "surfaces",
  "services",
  "desktop",
];
