// A screen with windows of one colour each, which answer: what most tests of the window manager begin with.
import { BTN_LEFT } from "../../guest-kernel/abi/virtio-input.ts";
import type { Script } from "./kernel-machine.ts";
import { rest } from "./kernel-world.ts";
import { ScreenWorld, ScriptedWindow, type ScreenOptions, type ShownWindow } from "./screen-world.ts";

/** A window of a Desk. */
export interface DeskWindow {
  /** Its title. */
  title: string;
  colour: number;
  width?: number;
  height?: number;
  flags?: number;
}

/** A machine with a window for each of a list, opened in this order, each in a process of its own. */
export class Desk {
  readonly world: ScreenWorld;
  readonly #windows: Map<string, ScriptedWindow>;

  private constructor(world: ScreenWorld, windows: Map<string, ScriptedWindow>) {
    this.world = world;
    this.#windows = windows;
  }

  /** Boots; every window is on the screen then, and its events are forgotten. */
  static async open(
    list: DeskWindow[],
    options: ScreenOptions = {},
    more: { other?: Script; untilNs?: bigint } = {},
  ): Promise<Desk> {
    const windows = new Map<string, ScriptedWindow>();
    let next = 0;
    const world = await ScreenWorld.load(options, {
      ...(more.other === undefined ? {} : { other: more.other }),
      *init(p) {
        for (let i = 0; i < list.length; i++) yield* p.spawn("/bin/child");
        if (more.other !== undefined) yield* p.spawn("/bin/other");
        yield* rest(p);
      },
      *child(p) {
        const { title, colour, width = 200, height = 150, flags = 0 } = list[next++]!;
        const window = yield* ScriptedWindow.open(p, width, height, flags);
        windows.set(title, window);
        yield* window.setTitle(title);
        yield* window.live(colour);
      },
    });
    if (more.untilNs !== undefined) world.machine.until = more.untilNs;
    world.boot();
    const desk = new Desk(world, windows);
    desk.forget();
    return desk;
  }

  /** The script's side of a window. */
  window(title: string): ScriptedWindow {
    return this.#windows.get(title)!;
  }

  /** Forgets the events that windows have read. */
  forget(): void {
    for (const window of this.#windows.values()) window.take();
  }

  /** What the screen says of a window. */
  shown(title: string): ShownWindow | undefined {
    return this.world.windows().find((window) => window.title === title);
  }

  /** The titles from the top of the stack down. */
  get titles(): string {
    return this.world
      .windows()
      .map(({ title }) => title)
      .join(" ");
  }

  /** The title of the window with the focus. */
  get focus(): string | undefined {
    return this.world.windows().find(({ states }) => states.includes("focused"))?.title;
  }

  /** Lets what was sent happen. */
  run(): void {
    this.world.run();
  }

  /** Presses the left button at a pixel of the screen, and lets it go. */
  click(x: number, y: number): void {
    this.world.click(x, y);
    this.run();
  }

  /** Drags with the left button from one pixel to another. `hold`: it stays down. */
  drag(from: [number, number], to: [number, number], hold = false): void {
    const steps = 8;
    this.world.move(...from);
    this.world.key(BTN_LEFT, true);
    this.run();
    for (let i = 1; i <= steps; i++) {
      const at = (axis: 0 | 1): number => Math.round(from[axis] + ((to[axis] - from[axis]) * i) / steps);
      this.world.move(at(0), at(1));
      this.run();
    }
    if (hold) return;
    this.world.key(BTN_LEFT, false);
    this.run();
  }

  /** Presses keys one after the other, then lets them go, the last first. */
  chord(...codes: number[]): void {
    for (const code of codes) this.world.key(code, true);
    for (const code of codes.toReversed()) this.world.key(code, false);
    this.run();
  }
}
