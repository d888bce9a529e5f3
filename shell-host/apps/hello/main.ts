// org.oscortex.hello [--exit N] [WORD...]: says hello, then its arguments on one line; ends with status N.

import { parseCount, programArguments } from "../../sdk/args.ts";
import { print, printError } from "../../sdk/console.ts";

const USAGE: i32 = 2;

export function main(): i32 {
  const words = programArguments();
  const rest = new Array<string>();
  let status = 0;
  for (let i = 0; i < words.length; i++) {
    if (words[i] != "--exit") {
      rest.push(words[i]);
      continue;
    }
    status = ++i < words.length ? parseCount(words[i]) : -1;
    if (status < 0 || status > 255) {
      printError("hello: --exit: expected a number of 0..255");
      return USAGE;
    }
  }
  print("Hello from Oscortex");
  if (rest.length > 0) print(rest.join(" "));
  return status;
}
