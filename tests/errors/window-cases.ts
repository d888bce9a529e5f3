// Errors of calls on windows, the clipboard and the screen.
import { CAP_ALL, CAP_DESKTOP } from "../../guest-kernel/abi/capabilities.ts";
import {
  CLIPBOARD_MAX,
  THEME_DARK,
  WINDOW_DESCRIPTION_MAX,
  WINDOW_FOCUS,
  WINDOW_MAX_SIDE,
  WINDOW_MINIMISE,
  WINDOW_PANEL,
  WINDOW_SET_PLACE,
  WINDOW_SET_SIZE,
} from "../../guest-kernel/abi/window.ts";
import { allHandles, type Argument, BUFFER, type ErrorCase, exhaust, must, OUTSIDE } from "./cases.ts";
import type { WorldOptions } from "./world.ts";

const screen = { screen: true };
const SIDE = 16; // of small pictures
const LAYOUT = layout(SIDE, SIDE);
const RECTS = BUFFER + 0x8000;
const LARGE = 2048; // the side of a picture
const LARGE_PAGES = 300; // of 64 KiB that have room for it, and more
const PICTURES = 4; // of those that a process can show: 64 MiB
const NO_WINDOW = 77;

/** The argument of gpu_submit_strided for a picture without gaps. */
function layout(width: number, height: number): bigint {
  return (BigInt(width * 4) << 32n) | BigInt((width << 16) | height);
}

/** A call on a window of the caller's own. */
function onWindow(call: string, error: string, args: Argument[], world: WorldOptions = screen): ErrorCase {
  return [
    call,
    error,
    function* (p, inside) {
      p.write(RECTS, new Uint8Array(Int32Array.of(0, 0, SIDE, SIDE).buffer));
      return [yield* must(p, inside, "window_create", SIDE, SIDE, 0), ...args];
    },
    world,
  ];
}

/** As onWindow, when there is no more memory. */
function withoutMemory(call: string, args: Argument[]): ErrorCase {
  return [
    call,
    "NOMEM",
    function* (p, world) {
      const window = yield* must(p, world, "window_create", SIDE, SIDE, 0);
      world.exhaust();
      return [window, ...args];
    },
    screen,
  ];
}

/** A call of a process that has no window, while another has the focus or nobody. */
function unfocused(call: string, args: Argument[]): ErrorCase {
  return [call, "NOFOCUS", args, screen];
}

/** A call of a process whose window has the focus. */
function focused(call: string, error: string, args: Argument[]): ErrorCase {
  return [
    call,
    error,
    function* (p, world) {
      const window = yield* must(p, world, "window_create", SIDE, SIDE, 0);
      p.write(RECTS, new Uint8Array(Int32Array.of(0, 0, SIDE, SIDE).buffer));
      yield* must(p, world, "gpu_submit_strided", window, BUFFER, LAYOUT, RECTS, 1);
      yield* must(p, world, "window_control", window, WINDOW_FOCUS, 0, 0);
      return args;
    },
    screen,
  ];
}

export const WINDOW_CASES: ErrorCase[] = [
  ["window_create", "NOSYS", [SIDE, SIDE, 0]],
  ["window_create", "INVAL", [WINDOW_MAX_SIDE + 1, SIDE, 0], screen],
  ["window_create", "PERM", [SIDE, SIDE, WINDOW_PANEL], { ...screen, capabilities: CAP_ALL & ~CAP_DESKTOP }],
  [
    "window_create",
    "LIMIT",
    function* (p, world) {
      yield* allHandles(p, world);
      return [SIDE, SIDE, 0];
    },
    screen,
  ],
  ["window_title", "BADF", [NO_WINDOW, "title"], screen],
  onWindow("window_title", "INVAL", [BUFFER, 257]),
  onWindow("window_title", "FAULT", [OUTSIDE, 4]),
  ["window_describe", "BADF", [NO_WINDOW, "words"], screen],
  onWindow("window_describe", "INVAL", [BUFFER, WINDOW_DESCRIPTION_MAX + 1]),
  onWindow("window_describe", "FAULT", [OUTSIDE, 4]),
  withoutMemory("window_describe", ["words"]),
  ["gpu_submit_strided", "BADF", [NO_WINDOW, BUFFER, LAYOUT, RECTS, 1], screen],
  onWindow("gpu_submit_strided", "INVAL", [BUFFER + 1, LAYOUT, RECTS, 1]),
  onWindow("gpu_submit_strided", "FAULT", [OUTSIDE, LAYOUT, RECTS, 1]),
  [
    "gpu_submit_strided",
    "LIMIT",
    function* (p, world) {
      p.write(RECTS, new Uint8Array(Int32Array.of(0, 0, 1, 1).buffer));
      const picture: Argument[] = [0, layout(LARGE, LARGE), RECTS, 1];
      for (let i = 0; i < PICTURES; i++) {
        const window = yield* must(p, world, "window_create", LARGE, LARGE, 0);
        yield* must(p, world, "gpu_submit_strided", window, ...picture);
      }
      return [yield* must(p, world, "window_create", LARGE, LARGE, 0), ...picture];
    },
    { ...screen, ramBytes: 0x10000000, memoryPages: LARGE_PAGES },
  ],
  withoutMemory("gpu_submit_strided", [BUFFER, LAYOUT, RECTS, 1]),
  ["window_control", "BADF", [NO_WINDOW, WINDOW_MINIMISE, 0, 0], screen],
  onWindow("window_control", "INVAL", [WINDOW_SET_SIZE, 0, 0]),
  onWindow("window_control", "PERM", [WINDOW_SET_PLACE, 0, 0], {
    ...screen,
    capabilities: CAP_ALL & ~CAP_DESKTOP,
  }),
  [
    "window_control",
    "NOFOCUS",
    function* (p, world) {
      yield* p.spawn("/bin/child"); // shows a window, which has the focus then
      yield* must(p, world, "sleep", 1_000_000_000n);
      return [yield* must(p, world, "window_create", SIDE, SIDE, 0), WINDOW_FOCUS, 0, 0];
    },
    {
      ...screen,
      capabilities: CAP_ALL & ~CAP_DESKTOP,
      *child(p, world) {
        const window = yield* must(p, world, "window_create", SIDE, SIDE, 0);
        p.write(RECTS, new Uint8Array(Int32Array.of(0, 0, SIDE, SIDE).buffer));
        yield* must(p, world, "gpu_submit_strided", window, BUFFER, LAYOUT, RECTS, 1);
        yield* must(p, world, "window_control", window, WINDOW_FOCUS, 0, 0);
        yield* must(p, world, "sleep", 10_000_000_000n);
      },
    },
  ],
  [
    "read",
    "INVAL",
    function* (p, world) {
      // Less than an event.
      return [yield* must(p, world, "window_create", SIDE, SIDE, 0), BUFFER, 1];
    },
    screen,
  ],
  ["window_list", "FAULT", [OUTSIDE, 100], screen],
  ["window_manage", "SRCH", [NO_WINDOW, WINDOW_MINIMISE], screen],
  [
    "window_manage",
    "INVAL",
    function* (p, world) {
      yield* must(p, world, "window_create", SIDE, SIDE, 0);
      return [1, 999];
    },
    screen,
  ],
  ["screen_info", "FAULT", [OUTSIDE]],
  ["screen_set_mode", "INVAL", [1, 1, 100], screen],
  ["screen_set_mode", "NOSYS", [640, 480, 100]],
  [
    "screen_set_mode",
    "NOMEM",
    function* (p, world) {
      yield* exhaust(p, world);
      return [1024, 768, 100];
    },
    screen,
  ],
  ["screen_set_theme", "INVAL", [99], screen],
  ["screen_set_theme", "NOSYS", [THEME_DARK]],
  unfocused("clipboard_set", ["text"]),
  unfocused("clipboard_get", [BUFFER, 100]),
  focused("clipboard_set", "INVAL", [BUFFER, CLIPBOARD_MAX + 1]),
  focused("clipboard_set", "FAULT", [OUTSIDE, 4]),
  focused("clipboard_get", "FAULT", [OUTSIDE, 4]),
];
