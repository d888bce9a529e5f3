// /bin/desktop NAME [ARGUMENT...]: the desktop and the apps that come with it.
//
//   shell                 what is around all windows
//   files, terminal, …    an app of local-apps.ts
//   resolve PACKAGE       fetches a package into the cache; the status is the number of its E_*
//   catalog               fetches the catalog; likewise

import { runApp } from "../engine/app/run-app.ts";
import { WindowOptions } from "../engine/app/app-window.ts";
import { programArguments } from "../sdk/args.ts";
import { printError } from "../sdk/console.ts";
import { catalog, resolve } from "../sdk/packages.ts";
import { appNamed } from "./local-apps.ts";
import { runDesktop } from "./shell/desktop.ts";

const USAGE: i32 = 2;

export function main(): i32 {
  const words = programArguments();
  const name = words.length > 0 ? words[0] : "";
  if (name == "shell") return runDesktop();
  if (name == "catalog") return -min(0, catalog().error);
  if (name == "resolve" && words.length > 1) return -min(0, resolve(words[1]));
  const app = appNamed(name);
  if (app === null) {
    printError("usage: desktop shell | APP [ARGUMENT...]");
    return USAGE;
  }
  const options = new WindowOptions(app.title, app.width, app.height).withIcon(app.icon);
  return runApp(options, app.create(words.slice(1)));
}
