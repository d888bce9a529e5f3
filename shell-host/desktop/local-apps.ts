// The apps of this module, by name.

import { IconLook } from "../engine/widgets/app-icon.ts";
import { Widget } from "../engine/widgets/framework.ts";
import { Icons } from "../engine/widgets/icons.ts";
import { CanvasApp } from "./canvas/canvas-app.ts";
import { ClockApp } from "./clock/clock-app.ts";
import { FilesApp } from "./files/files-app.ts";
import { MonitorApp } from "./monitor/monitor-app.ts";
import { SettingsApp } from "./settings/settings-app.ts";
import { TerminalApp } from "./terminal/terminal-app.ts";

/** An app of this module. */
export abstract class LocalApp {
  constructor(
    /** Its argument: `desktop NAME`. */
    readonly name: string,
    readonly title: string,
    readonly icon: IconLook,
    /** Size of the window at first, in logical pixels, its title bar included. */
    readonly width: i32,
    readonly height: i32,
  ) {}

  /** The content of its window; `words` are the arguments behind its name. */
  abstract create(words: string[]): Widget;
}

class Files extends LocalApp {
  create(words: string[]): Widget {
    return new FilesApp(words.length > 0 ? words[0] : "");
  }
}

class Terminal extends LocalApp {
  create(words: string[]): Widget {
    return new TerminalApp(words.join(" "));
  }
}

class Monitor extends LocalApp {
  create(_words: string[]): Widget {
    return new MonitorApp();
  }
}

class Drawing extends LocalApp {
  create(_words: string[]): Widget {
    return new CanvasApp();
  }
}

class Settings extends LocalApp {
  create(_words: string[]): Widget {
    return new SettingsApp();
  }
}

class Clock extends LocalApp {
  create(_words: string[]): Widget {
    return new ClockApp();
  }
}

let known: LocalApp[] = [];

/** All of them, in the order in which the launcher shows them. */
export function localApps(): LocalApp[] {
  if (known.length == 0)
    known = [
      new Files("files", "Files", new IconLook(0xff5fa8f5, 0xff2f6fd6, Icons.folder), 780, 500),
      new Terminal("terminal", "Terminal", new IconLook(0xff4b5263, 0xff1d2129, Icons.terminal), 720, 460),
      new Monitor(
        "monitor",
        "System Monitor",
        new IconLook(0xff4cc79a, 0xff1f8f6c, Icons.activity),
        800,
        540,
      ),
      new Drawing("canvas", "Canvas", new IconLook(0xfff08a5d, 0xffd6455f, Icons.brush), 900, 600),
      new Clock("clock", "Clock", new IconLook(0xff5d6880, 0xff333a4b, Icons.clock), 340, 440),
      new Settings("settings", "Settings", new IconLook(0xff97a1b3, 0xff5a6478, Icons.settings), 700, 480),
    ];
  return known;
}

/** The app of a name; null if there is none. */
export function appNamed(name: string): LocalApp | null {
  const apps = localApps();
  for (let i = 0; i < apps.length; i++) if (apps[i].name == name) return apps[i];
  return null;
}
