// The apps of this module, by name.

import { IconLook } from "../engine/widgets/app-icon.ts";
import { Widget } from "../engine/widgets/framework.ts";
import { Icons } from "../engine/widgets/icons.ts";
import { ClockApp } from "./clock/clock-app.ts";

/** An app of this module. */
export abstract class LocalApp {
  constructor(
    /** Its argument: `oscortex-host NAME`. */
    readonly name: string,
    readonly title: string,
    readonly icon: IconLook,
    /** Size of the content and the title bar at first, in logical pixels. */
    readonly width: i32,
    readonly height: i32,
  ) {}

  /** The content of its window. */
  abstract create(): Widget;
}

class Clock extends LocalApp {
  create(): Widget {
    return new ClockApp();
  }
}

let known: LocalApp[] = [];

/** All of them, in the order in which the launcher shows them. */
export function localApps(): LocalApp[] {
  if (known.length == 0)
    known = [new Clock("clock", "Clock", new IconLook(0xff4b5468, 0xff272c38, Icons.clock), 340, 440)];
  return known;
}

/** The app of a name; null if there is none. */
export function appNamed(name: string): LocalApp | null {
  const apps = localApps();
  for (let i = 0; i < apps.length; i++) if (apps[i].name == name) return apps[i];
  return null;
}
