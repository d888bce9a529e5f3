// `oscortex completion`: a script for the shell, made from the tables of commands and options.

import { COMMANDS } from "../commands.ts";
import { onePositional, parseCommandLine, print } from "../command-line.ts";
import { HELP } from "../options.ts";
import { UsageError } from "../usage-error.ts";

const USAGE = `Usage: oscortex completion bash|zsh

Prints a completion script. For this shell session:

  source <(oscortex completion bash)
`;

/** Runs the command. @throws UsageError */
export async function completion(args: string[]): Promise<number> {
  const { values, positionals } = parseCommandLine(args, {});
  if (values.help) return print(USAGE);
  const shell = onePositional(positionals, "bash or zsh");
  switch (shell) {
    case "bash":
      return print(bashScript());
    case "zsh":
      return print(`autoload -U bashcompinit && bashcompinit\n${bashScript()}`);
    default:
      throw new UsageError(`expected bash or zsh, got ${JSON.stringify(shell)}`);
  }
}

function bashScript(): string {
  const cases = [...COMMANDS].map(
    ([name, { usage }]) => `    ${name}) words="${optionsIn(name === "run" ? HELP : usage)} --help" ;;`,
  );
  return `_oscortex() {
  local words current="\${COMP_WORDS[COMP_CWORD]}"
  case "\${COMP_WORDS[1]}" in
${cases.join("\n")}
    *) words="" ;;
  esac
  if [ "$COMP_CWORD" -eq 1 ]; then words="${[...COMMANDS.keys()].join(" ")}"; fi
  COMPREPLY=( $(compgen -W "$words" -- "$current") $(compgen -f -- "$current") )
}
complete -o filenames -F _oscortex oscortex
`;
}

/** The long options that a text names, once each. */
function optionsIn(text: string): string {
  return [...new Set(text.match(/(?<![\w-])--[a-z][a-z-]*/g) ?? [])]
    .filter((option) => option !== "--help")
    .join(" ");
}
