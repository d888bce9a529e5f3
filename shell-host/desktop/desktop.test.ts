import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { CATALOG_FLAG_WINDOW } from "../../guest-kernel/abi/catalog.ts";
import { E_PKG_SERVER } from "../../guest-kernel/abi/errors.ts";
import { TRAP_OUT_OF_BOUNDS } from "../../guest-kernel/abi/instance.ts";
import { STATUS_TRAPPED } from "../../guest-kernel/abi/syscall.ts";
import { WINDOW_FOCUS, WINDOW_MINIMISE, WINDOW_STATE_FOCUSED } from "../../guest-kernel/abi/window.ts";
import { compileGuest } from "../../tests/support/asc.ts";
import { FakeDesktop } from "../../tests/support/fake-desktop.ts";
import { compareWithGolden } from "../../tests/support/golden.ts";
import { guestImports, guestMemory, guestText, pictureOf } from "../../tests/support/guest-pixels.ts";
import { placeAmong } from "../../tests/support/shown-place.ts";
import { TIME_FACTOR } from "../../tests/support/time-factor.ts";

interface Desktop {
  open(index: number, dark: boolean, state: number): void;
  openPage(page: number, dark: boolean): void;
  refreshCatalog(): void;
  ended(pid: number, status: number): void;
  failures(): number;
  feedTerminal(bytes: number, length: number): void;
  terminalText(): number;
  frame(now: number, pixels: number, width: number, height: number, scale: number): number;
  pointer(kind: number, x: number, y: number, buttons: number, time: number, wheel: number): void;
  leaveOther(): void;
  key(key: number, codePoint: number, modifiers: number): number;
  nextFrame(now: number): number;
  describe(): number;
  collect(): void;
}

const PIXELS = 160 << 20; // above the heap
const SCRATCH = PIXELS - (1 << 20);
const APPS = { clock: 0, files: 1, terminal: 2, monitor: 3, canvas: 4, settings: 5, desktop: 6 };
const SIZES: Record<keyof typeof APPS, [width: number, height: number]> = {
  clock: [340, 440],
  files: [780, 500],
  terminal: [720, 460],
  monitor: [800, 540],
  canvas: [900, 600],
  settings: [700, 480],
  desktop: [1280, 800],
};
const KEYS = { enter: 1, escape: 3, backspace: 4, down: 9, menu: 14 };
const [DOWN, MOVE, UP] = [0, 1, 2]; // PointerKind
const ICONS = "org.oscortex.calculator f2a65a d9682b M6 3h12v18H6zM9 7h6\n";

let module: WebAssembly.Module;
let memory: WebAssembly.Memory;
let kernel: FakeDesktop;
let ui: Desktop;
let now: number;
let size: [width: number, height: number];

beforeAll(async () => {
  module = await compileGuest("shell-host/desktop/desktop.exports.ts", { flags: ["--enable", "simd"] });
}, 120_000 * TIME_FACTOR);

beforeEach(() => {
  memory = guestMemory();
  memory.grow(4096);
  kernel = new FakeDesktop(memory);
  addFiles();
  const imports = { ...guestImports(memory), oscortex: kernel.imports(module) } as WebAssembly.Imports;
  ui = new WebAssembly.Instance(module, imports).exports as unknown as Desktop;
  now = 1000;
});

function addFiles(): void {
  kernel.addText("/sys/pkg/icons", ICONS);
  kernel.addText("/sys/pkg/cache", "slots=5/16\npinned=1\nephemeral=4\n");
  kernel.addText("/sys/mem", "total_kib=1048576\nfree_kib=812345\nreserved_kib=4096\n");
  kernel.addText("/sys/ui/frames", "frames=4211\nlate=3\n");
  kernel.addText("/sys/ui/frame-times", "900\n1200\n3120\n1100\n");
  kernel.addText(
    "/sys/proc/list",
    "  PID  PPID STATE   MEM/KiB  CPU/ms NAME\n    1     0 wait 512 20 org.oscortex.init\n    6     1 run 64 900 org.oscortex.spin\n",
  );
  kernel.addText("/data/Pictures/a.txt", "inside");
  kernel.addText("/data/notes.txt", "First line\nSecond line\n");
  kernel.files.set("/data/broken.png", Buffer.from("no picture"));
}

function open(app: keyof typeof APPS, dark = true, scale = 1): void {
  size = SIZES[app];
  ui.open(APPS[app], dark, WINDOW_STATE_FOCUSED);
  frame(scale);
}

function frame(scale = 1): void {
  ui.frame(now, PIXELS, size[0] * scale, size[1] * scale, scale);
  ui.collect();
}

/** Frames of 16 ms until nothing moves any more, at most a hundred of them: something may move for ever. */
function settle(): void {
  for (let i = 0; i < 100 && ui.nextFrame(now) <= now; i++) {
    now += 16;
    frame();
  }
}

/** The lines of what the window shows. */
function shown(): string[] {
  return guestText(memory, ui.describe())
    .split("\n")
    .map((line) => line.trim());
}

/** The middle of what has a role and a name. */
function placeOf(what: string): [x: number, y: number] {
  return placeAmong(shown(), what);
}

function click(what: string, times = 1): void {
  const [x, y] = placeOf(what);
  ui.pointer(MOVE ?? 0, x, y, 0, now, 0);
  for (let i = 0; i < times; i++) {
    ui.pointer(DOWN ?? 0, x, y, 1, now, 0);
    ui.pointer(UP ?? 0, x, y, 1, now, 0);
  }
  settle();
}

function type(text: string): void {
  for (const character of text) ui.key(0, character.codePointAt(0) ?? 0, 0);
  settle();
}

function press(key: number): void {
  ui.key(key, 0, 0);
  settle();
}

function expectPicture(name: string, scale = 1): void {
  const [width, height] = size;
  const { rgba } = pictureOf(memory, PIXELS, width * scale, height * scale);
  compareWithGolden(name, { width: width * scale, height: height * scale, rgba });
}

function offerPackages(): void {
  kernel.packages.push(
    { name: "org.oscortex.mines", version: "1.0.0", sizeBytes: 210_000, flags: CATALOG_FLAG_WINDOW },
    { name: "org.oscortex.calculator", version: "1.0.0", sizeBytes: 190_000, flags: CATALOG_FLAG_WINDOW },
    { name: "org.oscortex.hello", version: "1.0.0", sizeBytes: 9000, flags: 0 },
  );
  ui.refreshCatalog();
  ui.ended(100, 0);
}

describe("the apps", () => {
  test.each([
    ["clock", true, 1],
    ["clock", false, 2],
    ["files", false, 1],
    ["monitor", true, 1],
    ["settings", false, 1],
    ["canvas", true, 1],
  ] as const)("%s looks as it should: dark %s, at %ix", (app, dark, scale) => {
    open(app, dark, scale);
    expectPicture(`desktop-${app}-${dark ? "dark" : "light"}-${scale}x`, scale);
  });

  test("sleep when nothing changes", () => {
    for (const app of ["files", "settings", "canvas"] as const) {
      open(app);
      settle();
      expect(ui.nextFrame(now)).toBe(Infinity);
    }
  });
});

describe("the launcher and the dock", () => {
  test("show local apps and those of the package server, with marks for what has to be fetched", () => {
    offerPackages();
    kernel.windows.push({ id: 5, pid: 102, state: 0, title: "Clock", app: "org.oscortex.host" });
    open("desktop");
    expect(shown()).toEqual(expect.arrayContaining([expect.stringMatching(/^app "Mines"/)]));
    expectPicture("desktop-scene-dark-1x");
  });

  test("find apps by what is typed, and start the first by Enter", () => {
    offerPackages();
    open("desktop");
    type("clo");
    expect(shown().filter((line) => line.startsWith("app "))).toEqual([
      expect.stringMatching(/^app "Clock"/),
    ]);
    press(KEYS.enter);
    expect(kernel.started.at(-1)).toEqual(["clock"]);
  });

  test("fetch a remote app without waiting, and start it when it is there", () => {
    offerPackages();
    open("desktop");
    click('app "Mines"');
    expect(kernel.started.at(-1)).toEqual(["resolve", "org.oscortex.mines"]);
    kernel.addText("/sys/pkg/progress", "org.oscortex.mines fetch 105000 210000\n");
    now += 100;
    frame();
    frame();
    expect(shown()).toEqual(expect.arrayContaining([expect.stringMatching(/^app "Mines"/)]));
    ui.ended(101, 0);
    settle();
    expect(kernel.started.at(-1)).toEqual([]); // the app itself, without arguments
  });

  test("say why a fetch failed, and try again when asked", () => {
    offerPackages();
    open("desktop");
    click('app "Mines"');
    ui.ended(101, E_PKG_SERVER);
    settle();
    expectPicture("desktop-fetch-failed-1x");
    click('app "Mines"');
    expect(kernel.started.filter(([word]) => word === "resolve").length).toBe(2);
  });

  test("say when there is no catalog, and fetch it again when asked", () => {
    ui.refreshCatalog();
    ui.ended(100, E_PKG_SERVER);
    open("desktop");
    click('button "Try again"');
    expect(kernel.started).toEqual([["catalog"], ["catalog"]]);
  });

  test("note an app that traps, but not one that exits or is killed", () => {
    open("desktop");
    click('app "Clock"');
    ui.ended(100, STATUS_TRAPPED | TRAP_OUT_OF_BOUNDS);
    expect(ui.failures()).toBe(1);
    click('app "Clock"');
    ui.ended(101, 0);
    expect(ui.failures()).toBe(1);
  });

  test("are pressed though the pointer is late to leave another window of the desktop", () => {
    open("settings");
    const [x, y] = placeOf('place "Screen"');
    ui.pointer(DOWN ?? 0, x, y, 1, now, 0);
    ui.leaveOther();
    ui.pointer(UP ?? 0, x, y, 1, now, 0);
    settle();
    expect(shown().some((line) => line.startsWith('place-selected "Screen"'))).toBe(true);
  });

  test("bring windows to the front, and put the focused one away", () => {
    kernel.windows.push({ id: 5, pid: 100, state: 0, title: "Clock", app: "" });
    open("desktop");
    click('app "Clock"'); // pid 100 is the clock from here on
    open("desktop");
    click('button "Clock"');
    kernel.windows[0]!.state = WINDOW_STATE_FOCUSED;
    open("desktop");
    click('button "Clock"');
    expect(kernel.managed).toEqual([`5 ${WINDOW_FOCUS}`, `5 ${WINDOW_MINIMISE}`]);
  });
});

describe("the desktop's own windows", () => {
  test.each([
    ["crash", 0, 560, 380],
    ["hung", 1, 400, 184],
    ["notification", 2, 380, 124],
  ])("say what happened: %s", (name, page, width, height) => {
    kernel.addText(
      "/sys/proc/last-crash",
      "org.oscortex.host (pid 9): memory access out of bounds at shell-host/desktop/clock/clock-face.ts:48\n    called from shell-host/engine/rendering/picture-boxes.ts:112\n",
    );
    size = [width, height];
    ui.openPage(page, page === 0);
    frame();
    expectPicture(`desktop-${name}-1x`);
  });
});

describe("files", () => {
  beforeEach(() => open("files"));

  test("open folders and texts, and say what is no picture", () => {
    click('folder "Pictures"', 2);
    expect(shown()).toEqual(expect.arrayContaining([expect.stringMatching(/^file "a.txt"/)]));
    press(KEYS.backspace);
    click('file "notes.txt"', 2);
    expect(shown().some((line) => line.startsWith('textarea "First line\\nSecond line'))).toBe(true);
    press(KEYS.escape);
    click('file "broken.png"', 2);
    expect(shown().some((line) => line.includes("not a picture"))).toBe(true);
  });

  test("make, rename and delete, asking first", () => {
    click('button "New folder"');
    type("Music");
    press(KEYS.enter);
    expect(kernel.files.has("/data/Music/")).toBe(true);
    click('folder "Pictures"');
    press(5); // the delete key
    click('button "Delete"');
    expect(shown().some((line) => line.includes("That did not work"))).toBe(true); // it is not empty
    press(KEYS.escape);
    click('file "notes.txt"');
    press(5);
    press(KEYS.escape);
    expect(kernel.files.has("/data/notes.txt")).toBe(true);
  });

  test("show the menu of what is chosen, or of the folder, by a key", () => {
    const commands = (): string[] => shown().flatMap((line) => /^menuitem "(.*?)"/.exec(line)?.[1] ?? []);
    press(KEYS.menu);
    expect(commands()).toEqual(["New folder"]);
    press(KEYS.escape);
    press(KEYS.down);
    press(KEYS.down);
    press(KEYS.menu);
    expect(commands()).toEqual(["Open", "Rename", "Delete", "New folder"]);
    press(KEYS.down);
    press(KEYS.enter); // opens it
    expect(commands()).toEqual([]);
  });
});

describe("the monitor", () => {
  test("ends a process, asking first", () => {
    open("monitor");
    click('row "org.oscortex.spin 6"');
    click('button "End process"');
    expect(kernel.killed).toEqual([]);
    const buttons = shown().filter((line) => line.startsWith('button "End process"'));
    expect(buttons.length).toBe(2);
    press(KEYS.escape);
    expect(kernel.killed).toEqual([]);
  });
});

describe("the terminal", () => {
  /** What a terminal shows of this output. */
  function shownBy(output: string): string {
    const bytes = Buffer.from(output);
    new Uint8Array(memory.buffer, SCRATCH, bytes.length).set(bytes);
    ui.feedTerminal(SCRATCH, bytes.length);
    return guestText(memory, ui.terminalText());
  }

  test.each([
    ["text", "one\ntwo", "one\ntwo"],
    ["UTF-8", "Grüße €", "Grüße €"],
    ["a carriage return", "abc\rX", "Xbc"],
    ["colours, which are no text", "\u001b[1;31mred\u001b[0m!", "red!"],
    ["moves", "\u001b[2;3HX\u001b[1;1HY", "Y\n  X"],
    ["erasing", "hello\u001b[3D\u001b[K", "he"],
    ["clearing", "a\nb\u001b[2J\u001b[HZ", "Z\n"],
    ["titles, which are skipped", "\u001b]0;title\u0007text", "text"],
    ["what is cut off", "\u001b[", ""],
    ["broken UTF-8", "a\u001b[0mb", "ab"],
  ])("shows %s", (_, output, expected) => {
    expect(shownBy(output)).toBe(expected);
  });

  test("bears any bytes", () => {
    let seed = 1;
    const bytes = Buffer.alloc(20_000);
    for (let i = 0; i < bytes.length; i++) {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
      bytes[i] = seed >>> 24 > 200 ? 0x1b : seed >>> 24 > 150 ? 0x5b : (seed >>> 16) & 0xff;
    }
    expect(() => shownBy(bytes.toString("latin1"))).not.toThrow();
  });

  test("edits a line before the shell gets it", () => {
    open("terminal");
    type("lx");
    press(KEYS.backspace);
    type("s");
    expect(shown().some((line) => line.startsWith('terminal "ls"'))).toBe(true);
  });

  test("shows its menu by a key", () => {
    open("terminal");
    press(KEYS.menu);
    expect(shown().some((line) => line.startsWith('menuitem "Paste"'))).toBe(true);
  });
});

describe("the canvas", () => {
  test("draws where the pointer drags, and takes it back", () => {
    open("canvas");
    const before = pictureOf(memory, PIXELS, ...size).rgba;
    ui.pointer(MOVE ?? 0, 200, 200, 0, now, 0);
    ui.pointer(DOWN ?? 0, 200, 200, 1, now, 0);
    for (let x = 210; x <= 300; x += 10) ui.pointer(MOVE ?? 0, x, 200 + x / 10, 1, now, 0);
    ui.pointer(UP ?? 0, 300, 230, 1, now, 0);
    settle();
    expect(Buffer.compare(before, pictureOf(memory, PIXELS, ...size).rgba)).not.toBe(0);
    click('button "Undo"');
    ui.pointer(MOVE ?? 0, 5, 5, 0, now, 0);
    settle();
    const at = (200 * size[0] + 250) * 4;
    expect([...pictureOf(memory, PIXELS, ...size).rgba.subarray(at, at + 3)]).toEqual([255, 255, 255]);
  });
});
