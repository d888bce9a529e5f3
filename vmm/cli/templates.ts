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

const WINDOW_MAIN = `import { WindowOptions } from "oscortex-host/app/app-window";
import { runApp } from "oscortex-host/app/run-app";
import { Counter } from "./counter";

export function main(): i32 {
  return runApp(new WindowOptions("Counter", 320, 240).atLeast(200, 160), new Counter());
}
`;

const WINDOW_COUNTER = `import { on } from "oscortex-host/foundation/action";
import { Text } from "oscortex-host/widgets/basic";
import { Button } from "oscortex-host/widgets/button";
import { BuildContext, State, StatefulWidget, Widget } from "oscortex-host/widgets/framework";
import { Center, Column } from "oscortex-host/widgets/layout";
import { Theme } from "oscortex-host/widgets/theme";

export class Counter extends StatefulWidget {
  createState(): State {
    return new CounterState();
  }
}

class CounterState extends State {
  count: i32 = 0;

  increment(): void {
    this.count++;
    this.setState();
  }

  build(context: BuildContext): Widget {
    const theme = Theme.of(context);
    const add = Button.primary(
      "Add",
      on<CounterState>(this, (self) => self.increment()),
    );
    return new Center(new Column([new Text(this.count.toString(), theme.headline), add]).spaced(12).shrunk());
  }
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
  [
    "window",
    (name) =>
      new Map([
        ["oscortex.json", projectFile(name, ["surfaces"], 64)],
        ["main.ts", WINDOW_MAIN],
        ["counter.ts", WINDOW_COUNTER],
        ["tsconfig.json", TSCONFIG],
      ]),
  ],
]);

// For editors: AssemblyScript's types.
const TSCONFIG = `${JSON.stringify({ extends: "assemblyscript/std/assembly.json", include: ["./**/*.ts"] }, undefined, 2)}\n`;

function projectFile(name: string, capabilities: readonly string[], memory = 16): string {
  return `${JSON.stringify({ name, version: "0.1.0", capabilities, memory }, undefined, 2)}\n`;
}
