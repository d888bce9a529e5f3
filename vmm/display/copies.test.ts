// CopyRect: whatever moves, whenever viewers look and however slow they are, they end with what is on the screen.
import { beforeEach, describe, expect, test } from "vitest";
import type { Rect } from "../../devices/framebuffer/damage.ts";
import { FakeScreen } from "../../tests/support/fake-screen.ts";
import { RfbClient, says } from "../../tests/support/rfb-client.ts";
import { SeededRandom } from "../../tests/support/seeded-random.ts";
import { ViewerPicture } from "../../tests/support/viewer-picture.ts";
import * as p from "./rfb/protocol.ts";
import type { RfbSession } from "./rfb/session.ts";
import { ScreenShare } from "./screen.ts";

const [WIDTH, HEIGHT] = [480, 320]; // several bands

/** A viewer that asks for the next update when it has one whole. */
class Looker {
  readonly picture = new ViewerPicture();
  readonly client = new RfbClient();
  readonly session: RfbSession;
  updates = 0;
  rects: Rect[] = []; // of the last update
  #asks = true;

  constructor(share: ScreenShare, encodings: readonly number[]) {
    this.session = share.join(this.client, undefined);
    this.client.connect((bytes) => this.session.receive(bytes));
    this.picture.resize(this.client.width, this.client.height);
    this.session.receive(says.encodings(...encodings));
    void this.#look();
  }

  /** Whether it asks for more. */
  set asks(asks: boolean) {
    if (asks && !this.#asks) this.#ask();
    this.#asks = asks;
  }

  /** Whether it takes bytes. */
  set takes(takes: boolean) {
    this.client.accepts = takes;
    if (takes) this.session.drained();
  }

  #ask(): void {
    this.session.receive(
      says.request({ x: 0, y: 0, width: this.picture.width, height: this.picture.height }),
    );
  }

  async #look(): Promise<void> {
    this.session.receive(says.request({ x: 0, y: 0, width: WIDTH, height: HEIGHT }, false));
    for (;;) {
      const rects: Rect[] = [];
      for (let left = await this.client.read(() => this.client.readUpdateHead()); left > 0; left--) {
        const rect = await this.client.read(() => this.client.readRect());
        if (rect.encoding === p.ENCODING_LAST_RECT) break;
        this.picture.apply(rect);
        rects.push(rect);
      }
      this.rects = rects;
      this.updates++;
      if (this.#asks) this.#ask();
    }
  }
}

let guest: FakeScreen;
let share: ScreenShare;

beforeEach(() => {
  guest = new FakeScreen({ width: WIDTH, height: HEIGHT, scale: 100 });
  share = new ScreenShare(guest.device, guest);
  guest.setMode(WIDTH, HEIGHT);
  guest.draw(guest.whole, (x, y) => x * 1000 + y);
});

/** Lets everything happen that can. */
async function settle(): Promise<void> {
  for (let i = 0; i < 12; i++) await new Promise(setImmediate);
}

/** A rectangle that differs from what a viewer sees; undefined if all is the same. */
function difference(viewer: Looker): string | undefined {
  for (let y = 0; y < HEIGHT; y++) {
    const row = guest.row(0, y, WIDTH);
    for (const [x, pixel] of row.entries())
      if (viewer.picture.pixels[y * WIDTH + x] !== (pixel & 0xffffff)) return `${x},${y}`;
  }
  return undefined;
}

describe("a copy", () => {
  const from = { x: 100, y: 100, width: 60, height: 40 };

  test("goes as one, to those who know CopyRect; to others as pixels", async () => {
    const [knows, other] = [new Looker(share, [p.ENCODING_COPY_RECT, 0]), new Looker(share, [0])];
    await settle();
    expect(guest.wantsCopies).toBe(true);
    guest.begin();
    guest.move(from, 150, 120);
    guest.show();
    await settle();
    expect(knows.rects).toEqual([
      { x: 150, y: 120, width: 60, height: 40, encoding: p.ENCODING_COPY_RECT, from: { x: 100, y: 100 } },
    ]);
    expect(other.rects).toMatchObject([{ x: 150, y: 120, width: 60, height: 40, encoding: 0 }]);
    expect([difference(knows), difference(other)]).toEqual([undefined, undefined]);
    share.leave(knows.session);
    guest.draw({ x: 0, y: 0, width: 1, height: 1 }, 5);
    await settle();
    expect(guest.wantsCopies).toBe(false);
  });

  test("of what goes on and on is one, to a viewer that is slow", async () => {
    const viewer = new Looker(share, [p.ENCODING_COPY_RECT, 0]);
    await settle();
    viewer.asks = false;
    guest.draw({ x: 0, y: 0, width: 1, height: 1 }, 5); // takes the request that is there
    await settle();
    let at = from;
    for (let i = 1; i <= 5; i++) {
      guest.begin();
      guest.move(at, 100 + 10 * i, 100);
      guest.damage({ x: at.x, y: 100, width: 10, height: 40 });
      guest.show();
      at = { ...from, x: 100 + 10 * i };
    }
    viewer.asks = true;
    await settle();
    expect(viewer.rects[0]).toMatchObject({ x: 150, y: 100, from: { x: 100, y: 100 } });
    expect(viewer.rects.filter(({ x, y }) => x === 150 && y === 100)).toHaveLength(1);
    expect(difference(viewer)).toBeUndefined();
  });

  test("of pixels that were read too early is followed by what was right", async () => {
    const viewer = new Looker(share, [p.ENCODING_COPY_RECT, 0]);
    await settle();
    guest.begin();
    guest.move(from, 300, 200);
    guest.paint(from, 7); // what shows where it was; nothing of this frame is told yet
    viewer.session.receive(says.request(from, false));
    await settle();
    guest.damage(from);
    guest.show();
    await settle();
    expect(difference(viewer)).toBeUndefined();
  });

  test.each([
    ["off the screen", [(470 | 0x80000000) >>> 0, 0, 60, 40], [0x80000000, 0, 1, 0]],
    ["from off the screen", [0x80000000, 0, 60, 40], [(470 | 0x80000000) >>> 0, 0, 1, 0]],
    ["of nothing", [0x80000000, 0, 0, 40], [0x80000000, 0, 1, 0]],
    ["of more than there is", [0x80000000, 0, 0xffffffff, 40], [0x80000000, 0, 1, 0]],
    ["without where from", [0x80000000, 0, 60, 40], [5, 5, 5, 5]],
  ] as [string, [number, number, number, number], [number, number, number, number]][])(
    "%s is all of the screen",
    async (_, first, second) => {
      const viewer = new Looker(share, [p.ENCODING_COPY_RECT, 0]);
      await settle();
      guest.paint(guest.whole, 9);
      guest.entry(first);
      guest.entry(second);
      guest.show();
      await settle();
      expect(viewer.picture.seen.get(p.ENCODING_COPY_RECT)).toBeUndefined();
      expect(difference(viewer)).toBeUndefined();
    },
  );
});

test.each([1, 2, 3])("anything that moves, and viewers as slow as any: seed %d", async (seed) => {
  const random = new SeededRandom(seed);
  const viewers = [
    new Looker(share, [p.ENCODING_COPY_RECT, 0]),
    new Looker(share, [p.ENCODING_COPY_RECT, 0, p.ENCODING_LAST_RECT, p.ENCODING_EXTENDED_DESKTOP_SIZE]),
    new Looker(share, [p.ENCODING_COPY_RECT, p.ENCODING_ZLIB]),
    new Looker(share, [0]),
  ];
  viewers[2]!.client.near = false; // SAFETY: there are four
  await settle();
  const rect = (most: number): Rect => {
    const [width, height] = [1 + random.below(most), 1 + random.below(most)];
    return { x: random.below(WIDTH - width), y: random.below(HEIGHT - height), width, height };
  };
  let window = rect(150);
  const pause = async (): Promise<void> => {
    if (random.below(3) === 0) await new Promise(setImmediate);
    const viewer = viewers[random.below(viewers.length)]!;
    if (random.below(4) === 0) viewer.asks = random.below(2) === 0;
    if (random.below(4) === 0) viewer.takes = random.below(3) > 0;
  };
  for (let i = 0; i < 300; i++) {
    guest.begin();
    await pause();
    if (random.below(3) > 0 && guest.wantsCopies) {
      const before = window;
      if (random.below(6) === 0) window = rect(150);
      const x = Math.min(WIDTH - window.width, Math.max(0, window.x + random.below(41) - 20));
      const y = Math.min(HEIGHT - window.height, Math.max(0, window.y + random.below(41) - 20));
      guest.move(window, x, y);
      await pause();
      const uncovered = { ...before, height: Math.min(before.height, 8) };
      if (random.below(2) === 0) {
        guest.paint(uncovered, i);
        guest.damage(uncovered);
      }
      window = { ...window, x, y };
    }
    await pause();
    if (random.below(2) === 0) {
      const other = rect(random.below(8) === 0 ? 300 : 60);
      guest.paint(other, (x, y) => (i << 16) ^ (x * y));
      await pause();
      guest.damage(other);
    }
    guest.show();
    await pause();
  }
  for (const viewer of viewers) {
    viewer.takes = true;
    viewer.asks = true;
  }
  // One of them waits for zlib's threads.
  const [packed] = viewers.slice(2);
  for (let i = 0; i < 200 && difference(packed!) !== undefined; i++)
    await new Promise((resolve) => setTimeout(resolve, 10));
  expect(viewers.map(difference)).toEqual(viewers.map(() => undefined));
  expect(viewers[0]!.picture.seen.get(p.ENCODING_COPY_RECT)).toBeGreaterThan(20);
  share.close();
});
