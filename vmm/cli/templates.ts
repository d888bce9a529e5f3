// What `oscortex new` writes.

/** The files of a new project by name. */
type Template = (name: string) => ReadonlyMap<string, string>;

const CONSOLE_MAIN = `import { programArguments } from "oscortex/args";
import { print } from "oscortex/console";

export function main(): i32 {
  const words = programArguments();
  print("Hello, " + (words.length == 0 ? "world" : words.join(" ")));
  return 0; // the exit status
}
`;

/** By name. */
export const TEMPLATES: ReadonlyMap<string, Template> = new Map([
  [
    "console",
    (name) =>
      new Map([
        ["oscortex.json", projectFile(name, [])],
        ["main.ts", CONSOLE_MAIN],
        ["tsconfig.json", TSCONFIG],
      ]),
  ],
]);

// For editors: AssemblyScript's types.
const TSCONFIG = `${JSON.stringify({ extends: "assemblyscript/std/assembly.json", include: ["./**/*.ts"] }, undefined, 2)}\n`;

function projectFile(name: string, capabilities: readonly string[]): string {
  return `${JSON.stringify({ name, version: "0.1.0", capabilities, memory: 16 }, undefined, 2)}\n`;
}
