// Apps that do what they should not, in V8: each costs only itself.
import { beforeAll, describe, expect, test } from "vitest";
import { Desk } from "../../../tests/support/desk.ts";
import { compileKernel, type ScriptedProcess } from "../../../tests/support/kernel-machine.ts";
import { forever, rest, type Steps } from "../../../tests/support/kernel-world.ts";
import { layoutOf, ScreenWorld, ScriptedWindow } from "../../../tests/support/screen-world.ts";
import { CAP_ALL, CAP_DESKTOP, CAP_SURFACES } from "../../abi/capabilities.ts";
import { E_BADF, E_FAULT, E_INVAL, E_LIMIT, E_NOFOCUS, E_PERM, E_SRCH } from "../../abi/errors.ts";
import { BTN_LEFT } from "../../abi/virtio-input.ts";
import { STATUS_KILLED } from "../../abi/syscall.ts";
import * as w from "../../abi/window.ts";

beforeAll(compileKernel, 60_000);

const PAGES = 64; // of 64 KiB: a process's memory
const MEMORY = PAGES * 65536;
const RED = 0xffd04040;
const SECOND = 1_000_000_000n;

/** Lets init make calls on a machine with a screen; what they returned. */
async function results(
  steps: (p: ScriptedProcess) => Steps<number[]>,
  capabilities = CAP_ALL,
): Promise<number[]> {
  let found: number[] = [];
  const world = await ScreenWorld.load(
    {},
    {
      capabilities,
      *init(p) {
        found = yield* steps(p);
        yield* rest(p);
      },
    },
  );
  world.machine.until = SECOND;
  world.boot();
  return found;
}

describe("arguments of gpu_submit_strided", () => {
  const RECTS = 0x100;
  type Submit = {
    pixels?: number;
    stride?: number;
    width?: number;
    height?: number;
    rects?: number;
    count?: number;
  };
  const GOOD = { pixels: 0x10000, stride: 400, width: 100, height: 50, rects: RECTS, count: 1 };

  function submit(changes: Submit, rect: number[] = [0, 0, 100, 50]): Promise<number[]> {
    const { pixels, stride, width, height, rects, count } = { ...GOOD, ...changes };
    return results(function* (p) {
      const handle = yield* p.call("sysWindowCreate", 100, 50, 0);
      p.write(RECTS, new Uint8Array(Int32Array.from(rect).buffer));
      return [
        yield* p.call("sysGpuSubmitStrided", handle, pixels, layoutOf(stride, width, height), rects, count),
      ];
    });
  }

  test("that are right are taken", async () => {
    expect(await submit({})).toEqual([0]);
    expect(await submit({ pixels: MEMORY - 400 * 50 })).toEqual([0]);
    expect(await submit({}, [100, 50, 0, 0])).toEqual([0]);
  });

  test.each<[Submit, number]>([
    [{ pixels: 0x10002 }, E_INVAL],
    [{ pixels: MEMORY - 400 * 50 + 4 }, E_FAULT],
    [{ pixels: MEMORY }, E_FAULT],
    [{ pixels: 0xffff_fff0 }, E_FAULT],
    [{ stride: 396 }, E_INVAL],
    [{ stride: 401 }, E_INVAL],
    [{ stride: 0xffff_fffc }, E_FAULT],
    [{ stride: 0x7fff_fffc }, E_FAULT],
    [{ stride: MEMORY }, E_FAULT],
    [{ width: 0 }, E_INVAL],
    [{ height: 0 }, E_INVAL],
    [{ width: 4097, stride: 65536 }, E_INVAL],
    [{ height: 65535 }, E_INVAL],
    [{ count: 0 }, E_INVAL],
    [{ count: 65 }, E_INVAL],
    [{ count: -1 }, E_INVAL],
    [{ rects: MEMORY - 15 }, E_FAULT],
    [{ rects: 0xffff_fff8 }, E_FAULT],
  ])("%j is refused", async (changes, error) => {
    expect(await submit(changes)).toEqual([-error]);
  });

  test.each([
    [[-1, 0, 10, 10]],
    [[0, -1, 10, 10]],
    [[0, 0, 101, 50]],
    [[0, 0, 100, 51]],
    [[1, 0, 100, 50]],
    [[0x7fff_ffff, 0, 2, 2]],
    [[0, 0, -1, -1]],
    [[0, 0, 10, -2147483648]],
  ])("the rectangle %j is refused", async (rect) => {
    expect(await submit({}, rect)).toEqual([-E_INVAL]);
  });
});

describe("arguments", () => {
  test("that make no window are refused", async () => {
    const found = await results(function* (p) {
      const list: number[] = [];
      for (const [width, height, flags] of [
        [4097, 1, 0],
        [1, -1, 0],
        [10, 10, 16],
        [10, 10, -1],
      ] as const)
        list.push(yield* p.call("sysWindowCreate", width, height, flags));
      return list;
    });
    expect(found).toEqual([-E_INVAL, -E_INVAL, -E_INVAL, -E_INVAL]);
  });

  test("of calls on other handles than windows are refused", async () => {
    const found = await results(function* (p) {
      const list: number[] = [];
      for (const handle of [0, 2, 9, 99, -1]) {
        list.push(yield* p.call("sysWindowTitle", handle, 0, 0));
        list.push(yield* p.call("sysGpuSubmitStrided", handle, 0x10000, layoutOf(400, 100, 50), 0, 1));
        list.push(yield* p.call("sysWindowControl", handle, w.WINDOW_MINIMISE, 0, 0));
      }
      return list;
    });
    expect(new Set(found)).toEqual(new Set([-E_BADF]));
  });

  test.each([
    [w.WINDOW_SET_SIZE, 0, 10, E_INVAL],
    [w.WINDOW_SET_SIZE, 10, 4097, E_INVAL],
    [w.WINDOW_SET_SIZE, -5, 10, E_INVAL],
    [w.WINDOW_SET_MIN_SIZE, -1, 0, E_INVAL],
    [w.WINDOW_SET_CURSOR, 5, 0, E_INVAL],
    [w.WINDOW_SET_CURSOR, -1, 0, E_INVAL],
    [w.WINDOW_SET_PLACE, 0, 0, E_INVAL],
    [w.WINDOW_SET_RESERVED, 0, 40, E_INVAL],
    [w.WINDOW_END, 0, 0, E_INVAL],
    [99, 0, 0, E_INVAL],
  ])("window_control(%i, %i, %i) is refused", async (action, a, b, error) => {
    const found = await results(function* (p) {
      const window = yield* ScriptedWindow.show(p, 100, 100, RED);
      return [yield* window.control(action, a, b)];
    });
    expect(found).toEqual([-error]);
  });

  test("of a title: UTF-8, cut at a character, without control characters", async () => {
    let shown = "";
    const found: number[] = [];
    const world = await ScreenWorld.load(
      {},
      {
        *init(p) {
          const window = yield* ScriptedWindow.show(p, 100, 100, RED);
          found.push(yield* window.setTitle(`a\n1 1 0 0 9 9 normal x\u007f${"ü".repeat(40)}`));
          shown = world.windows()[0]!.title;
          p.write(0x100, Uint8Array.of(0xc3, 0x28));
          found.push(yield* p.call("sysWindowTitle", window.handle, 0x100, 2));
          found.push(yield* p.call("sysWindowTitle", window.handle, 0x100, 257));
          found.push(yield* p.call("sysWindowTitle", window.handle, MEMORY - 1, 2));
          yield* rest(p);
        },
      },
    );
    world.machine.until = SECOND;
    world.boot();
    expect(shown).toBe(`a 1 1 0 0 9 9 normal x ${"ü".repeat(20)}`);
    expect(found).toEqual([0, -E_INVAL, -E_INVAL, -E_FAULT]);
  });

  test("of reads: whole events only", async () => {
    const found = await results(function* (p) {
      const window = yield* p.call("sysWindowCreate", 100, 100, 0);
      return [
        yield* p.call("sysRead", window, 0x100, 31),
        yield* p.call("sysRead", window, 0x100, 63),
        yield* p.call("sysRead", window, MEMORY - 32, 33),
        yield* p.call("sysRead", window, MEMORY - 32, 32),
        yield* p.call("sysWrite", window, 0x100, 32),
      ];
    });
    expect(found).toEqual([-E_INVAL, 32, -E_FAULT, 32, -E_BADF]);
  });
});

describe("without the desktop's capability", () => {
  test("there are no layers, no list, no other windows", async () => {
    const found = await results(function* (p) {
      const list: number[] = [];
      for (const layer of [w.WINDOW_BACKGROUND, w.WINDOW_PANEL, w.WINDOW_OVERLAY])
        list.push(yield* p.call("sysWindowCreate", 10, 10, layer));
      list.push(yield* p.call("sysWindowList", 0, 0));
      list.push(yield* p.call("sysWindowManage", 1, w.WINDOW_END));
      list.push(yield* p.call("sysScreenSetMode", 800, 600, 100));
      return list;
    }, CAP_ALL & ~CAP_DESKTOP);
    expect(new Set(found)).toEqual(new Set([-E_PERM]));
  });

  test("nobody takes the focus or the clipboard from another", async () => {
    const found: number[] = [];
    const world = await ScreenWorld.load(
      {},
      {
        capabilities: CAP_ALL & ~CAP_DESKTOP,
        *init(p) {
          const window = yield* ScriptedWindow.show(p, 100, 100, RED);
          found.push(yield* p.call("sysClipboardSet", 0x100, p.write(0x100, "secret")));
          yield* p.spawn("/bin/child");
          yield* p.call("sysSleep", SECOND);
          found.push(yield* window.control(w.WINDOW_FOCUS));
          found.push(yield* p.call("sysClipboardSet", 0x100, 4));
          found.push(yield* p.call("sysClipboardGet", 0x100, 64));
          yield* rest(p);
        },
        *child(p) {
          yield* ScriptedWindow.show(p, 100, 100, RED);
          found.push(yield* p.call("sysClipboardGet", 0x100, 5), yield* p.call("sysClipboardGet", 0x100, 64));
          expect(p.text(0x100, 6)).toBe("secret");
          found.push(
            yield* p.call("sysClipboardSet", 0x100, 65537),
            yield* p.call("sysClipboardSet", 0x100, 0),
          );
          found.push(yield* p.call("sysClipboardGet", 0x100, 64));
          yield* rest(p);
        },
      },
    );
    world.machine.until = 3n * SECOND;
    world.boot();
    expect(found).toEqual([0, 6, 6, -E_INVAL, 0, 0, -E_NOFOCUS, -E_NOFOCUS, -E_NOFOCUS]);
  });
});

describe("an app that does not read", () => {
  const KEYS = [30, 31, 32, 33, 34];

  /** A machine with an app that sleeps, and then tells all that it reads at once. */
  async function sleeper(sleepNs: bigint): Promise<{ desk: Desk; read: () => number[][] }> {
    let read: number[][] = [];
    const desk = await Desk.open(
      [{ title: "desktop", colour: 0xff20507c, flags: w.WINDOW_BACKGROUND }],
      {},
      {
        *other(p) {
          const window = yield* ScriptedWindow.show(p, 200, 150, RED);
          yield* window.setTitle("sleeper");
          while (!(yield* window.read()).some(({ type }) => type === w.WINDOW_EVENT_FRAME));
          yield* p.call("sysSleep", sleepNs);
          read = (yield* window.read()).map(({ type, code }) => [type, code]);
          yield* forever(p);
        },
        untilNs: SECOND / 4n, // it has opened
      },
    );
    return { desk, read: () => read };
  }

  test("loses moves and keys that go down, but no key that goes up", async () => {
    const { desk, read } = await sleeper(3n * SECOND);
    const { world } = desk;
    world.machine.until = world.machine.now + SECOND;
    for (let i = 0; i < 400; i++) {
      world.move(200 + (i % 100), 200);
      if (i % 2 === 0) world.wheel(1);
      const key = KEYS[i % KEYS.length]!;
      world.key(key, true);
      if (i % 7 !== 0) world.key(key, false);
      if (i % 20 === 0) world.run();
    }
    for (const key of KEYS) world.key(key, false);
    world.machine.until = world.machine.now + 4n * SECOND;
    world.run();
    const events = read();
    expect(events.length).toBeGreaterThan(90);
    expect(events.length).toBeLessThanOrEqual(128);
    for (const key of KEYS) {
      const own = events.filter(([type, code]) => code === key && type! >= w.WINDOW_EVENT_KEY_DOWN);
      expect(own.at(-1)).toEqual([w.WINDOW_EVENT_KEY_UP, key]);
      const pairs = own.filter(([type]) => type !== w.WINDOW_EVENT_KEY_REPEAT);
      pairs.forEach(([type], i) =>
        expect(type).toBe(i % 2 === 0 ? w.WINDOW_EVENT_KEY_DOWN : w.WINDOW_EVENT_KEY_UP),
      );
    }
  });

  test("is marked after 4 s, until it reads", async () => {
    const { desk, read } = await sleeper(8n * SECOND);
    const { world } = desk;
    const bright = world.pixel(320, 220);
    desk.forget();
    world.move(320, 220);
    world.machine.until = world.machine.now + 5n * SECOND;
    world.run();
    expect(desk.shown("sleeper")!.states).toEqual(["focused", "hung"]);
    expect(world.pixel(320, 220)).toBeLessThan(bright);
    expect(desk.window("desktop").takeTypes()).toContain(w.WINDOW_EVENT_WINDOWS);
    world.machine.until = world.machine.now + 5n * SECOND;
    world.run();
    expect(read().length).toBeGreaterThan(0);
    expect(desk.shown("sleeper")!.states).toEqual(["focused"]);
    expect(world.pixel(320, 220)).toBe(bright);
  });

  test("can still be moved, and the desktop hears that it should close", async () => {
    const { desk } = await sleeper(100n * SECOND);
    const { world } = desk;
    const [left, top] = desk.shown("sleeper")!.place as [number, number];
    world.machine.until = world.machine.now + SECOND;
    desk.drag([left + 20, top + 10], [left + 70, top + 60]);
    expect(desk.shown("sleeper")!.place).toEqual([left + 50, top + 50, 200, 150]);
    desk.click(left + 50 + 190, top + 60);
    desk.forget();
    world.machine.until = world.machine.now + 5n * SECOND;
    world.run();
    const { id } = desk.shown("sleeper")!;
    const asked = desk
      .window("desktop")
      .take()
      .filter(({ type }) => type === w.WINDOW_EVENT_HUNG);
    expect(asked).toMatchObject([{ code: id }]);
  });
});

describe("the end of a process", () => {
  test("takes its windows away, tells the desktop, and frees every frame", async () => {
    let pid = 0;
    const desk = await Desk.open(
      [{ title: "desktop", colour: 0xff20507c, flags: w.WINDOW_BACKGROUND }],
      {},
      {
        *other(p) {
          pid = p.pid;
          for (let i = 0; i < 5; i++) yield* ScriptedWindow.show(p, 300 + i, 200, RED);
          yield* p.call("sysSleep", SECOND);
          yield* p.call("sysKill", p.pid);
        },
        untilNs: SECOND / 2n,
      },
    );
    const { world } = desk;
    const count = (): number => world.machine.call("framesFreeCount");
    world.move(300, 200);
    world.key(BTN_LEFT, true);
    world.key(30, true);
    world.machine.until = world.machine.now + SECOND / 10n;
    world.run();
    expect(world.windows()).toHaveLength(6);
    const before = count();
    world.machine.until = world.machine.now + SECOND;
    world.run();
    expect(count() - before).toBeGreaterThan(5 * 59);
    expect(desk.titles).toBe("desktop");
    const told = desk
      .window("desktop")
      .take()
      .filter(({ type }) => type === w.WINDOW_EVENT_CRASHED);
    expect(told).toMatchObject([{ code: pid, text: STATUS_KILLED }]);
    world.key(BTN_LEFT, false);
    world.key(30, false);
    world.move(10, 10);
    desk.run();
    expect(world.pixel(300, 200)).toBe(0x20507c);
  });

  test("leaves as many frames free as that of a process without windows", async () => {
    const free: number[] = [];
    const world = await ScreenWorld.load(
      {},
      {
        *init(p) {
          for (let round = 0; round < 6; round++) {
            const pid = yield* p.spawn(round % 2 === 0 ? "/bin/other" : "/bin/child");
            yield* p.wait(pid);
            free.push(world.machine.call("framesFreeCount"));
          }
          yield* rest(p);
        },
        *child(p) {
          const windows: ScriptedWindow[] = [];
          for (let i = 0; i < 4; i++) windows.push(yield* ScriptedWindow.show(p, 100 + i, 90, RED));
          for (const size of [10, 400, 399, 120]) yield* windows[1]!.fill(RED, size, size);
          yield* windows[2]!.control(w.WINDOW_MAXIMISE);
          yield* p.call("sysClose", windows[0]!.handle);
          return 3;
        },
      },
    );
    world.machine.until = SECOND;
    world.boot();
    // What a process takes for good, page tables of its place in memory, one with windows takes too, and no more.
    const taken = free.slice(2).map((count, i) => free[i + 1]! - count);
    expect(taken).toHaveLength(4);
    expect(new Set(taken).size).toBe(1);
  });

  test("can be asked for by the desktop", async () => {
    const found: number[] = [];
    const world = await ScreenWorld.load(
      {},
      {
        *init(p) {
          const pid = yield* p.spawn("/bin/child");
          yield* p.call("sysSleep", SECOND / 10n);
          const [{ id } = { id: 0 }] = world.windows();
          found.push(yield* p.call("sysWindowManage", id + 1, w.WINDOW_END));
          found.push(yield* p.call("sysWindowManage", id, 99));
          found.push(yield* p.call("sysWindowManage", id, w.WINDOW_END));
          found.push(...(yield* p.wait(pid)).slice(1));
          yield* rest(p);
        },
        *child(p) {
          yield* ScriptedWindow.show(p, 100, 100, RED);
          yield* forever(p);
        },
      },
    );
    world.machine.until = SECOND;
    world.boot();
    expect(found).toEqual([-E_SRCH, -E_INVAL, 0, STATUS_KILLED]);
    expect(world.windows()).toEqual([]);
  });
});

describe("limits", () => {
  test("64 windows on the screen, and 64 MiB of pictures a process", async () => {
    const found = await results(function* (p) {
      const list: number[] = [];
      const handles: number[] = [];
      for (;;) {
        const handle = yield* p.call("sysWindowCreate", 10, 10, 0);
        if (handle < 0) {
          list.push(handle);
          break;
        }
        handles.push(handle);
      }
      list.push(handles.length);
      return list;
    }, CAP_SURFACES);
    expect(found).toEqual([-E_LIMIT, 61]); // 64 handles, three of them taken

    const pictures = await results(function* (p) {
      p.write(0x100, new Uint8Array(16));
      const list: number[] = [];
      for (let i = 0; i < 3; i++) {
        const handle = yield* p.call("sysWindowCreate", 10, 10, 0);
        list.push(yield* p.call("sysGpuSubmitStrided", handle, 0, layoutOf(1024 * 4, 1024, 1000), 0x100, 1));
        list.push(yield* p.call("sysGpuSubmitStrided", handle, 0, layoutOf(512 * 4, 512, 512), 0x100, 1));
        yield* p.call("sysClose", handle);
      }
      return list;
    });
    expect(pictures).toEqual([0, 0, 0, 0, 0, 0]);
  });

  test("a large picture takes several turns, in which others run", async () => {
    const [width, height] = [1600, 1500]; // 2.4 million pixels
    let others = 0;
    const found: number[][] = [];
    const world = await ScreenWorld.load(
      {},
      {
        memoryPages: 256,
        *init(p) {
          yield* p.spawn("/bin/child");
          yield* p.call("sysYield");
          const window = yield* ScriptedWindow.open(p, 640, 480);
          const colour = (x: number, y: number): number => 0xff000000 + ((y & 255) << 8) + (x & 255);
          const all = [0, 0, width, height];
          for (const rects of [[all], [all, all, all, all], [[5, 5, 10, 10]]]) {
            const before = others;
            const result = yield* window.draw(colour, width, height, rects);
            found.push([result, others - before]);
          }
          yield* rest(p);
        },
        *child(p) {
          for (; others < 100; others++) yield* p.call("sysYield");
          return 0;
        },
      },
    );
    world.machine.until = SECOND;
    world.boot();
    expect(found).toEqual([
      [0, 2],
      [0, 2],
      [0, 0],
    ]);
    const [{ place } = { place: [] }] = world.windows();
    expect(place.slice(2)).toEqual([width, height]);
    expect(world.pixel(300, 400)).toBe((((400 - place[1]!) & 255) << 8) + ((300 - place[0]!) & 255));
  });

  test("a flood of submits makes no more frames than the clock has", async () => {
    let frames = 0;
    const world = await ScreenWorld.load(
      {},
      {
        *init(p) {
          const window = yield* ScriptedWindow.show(p, 200, 100, RED);
          const begin = world.machine.now;
          for (let i = 0; i < 500; i++) {
            yield* window.draw(() => RED, 200, 100, [[i % 200, 0, 1, 1]]);
            world.machine.now += 1_000_000n;
            yield* p.preempted();
          }
          frames = world.framebuffer.frames;
          expect(world.machine.now - begin).toBeGreaterThan(490_000_000n);
          yield* rest(p);
        },
      },
    );
    world.machine.until = 2n * SECOND;
    world.boot();
    expect(frames).toBeGreaterThan(20);
    expect(frames).toBeLessThanOrEqual(35);
  });
});
