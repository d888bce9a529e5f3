// Viewers of a fake guest's screen, by their bytes.
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Rect } from "../../devices/framebuffer/damage.ts";
import { FakeScreen } from "../../tests/support/fake-screen.ts";
import { RfbClient, says, type SeenRect, type ViewerFormat } from "../../tests/support/rfb-client.ts";
import { SeededRandom } from "../../tests/support/seeded-random.ts";
import * as p from "./rfb/protocol.ts";
import type { RfbSession } from "./rfb/session.ts";
import { ScreenShare } from "./screen.ts";

let guest: FakeScreen;
let share: ScreenShare;

beforeEach(() => {
  guest = new FakeScreen();
  share = new ScreenShare(guest.device, guest);
  guest.setMode(160, 120);
  guest.draw(guest.whole, (x, y) => x * 0x010001 + y * 256);
});

afterEach(() => share.close());

/** A viewer that is in. */
function viewer(...encodings: number[]): { client: RfbClient; session: RfbSession } {
  const client = new RfbClient();
  const session = share.join(client, undefined);
  client.connect((bytes) => session.receive(bytes));
  session.receive(says.encodings(...encodings));
  return { client, session };
}

/** What the guest shows of a rectangle. */
function shown({ x, y, width, height }: Rect): number[] {
  return Array.from(
    { length: width * height },
    (_, i) => guest.device.row(guest.device.mode!, x + (i % width), y + Math.floor(i / width), 1)[0]!,
  );
}

/** Puts an update's rectangles into a picture. */
function paint(picture: Uint32Array, width: number, rects: SeenRect[]): void {
  for (const rect of rects)
    for (const [i, pixel] of (rect.pixels ?? []).entries())
      picture[(rect.y + Math.floor(i / rect.width)) * width + rect.x + (i % rect.width)] = pixel;
}

test("a viewer is told size and name, and sees the screen", () => {
  const { client, session } = viewer(p.ENCODING_RAW);
  expect([client.width, client.height, client.name]).toEqual([160, 120, "Oscortex"]);
  session.receive(says.request(guest.whole, false));
  const rects = client.readUpdate();
  expect(rects.map(({ pixels, ...rect }) => [rect, pixels!.length])).toEqual([
    [{ ...guest.whole, encoding: p.ENCODING_RAW }, 160 * 120],
  ]);
  expect([...rects[0]!.pixels!]).toEqual(shown(guest.whole));
});

test("an incremental request waits for damage, and rings the guest's bell once", () => {
  const { client, session } = viewer();
  session.receive(says.request(guest.whole, false));
  client.readUpdate();
  session.receive(says.request(guest.whole));
  expect(client.waiting).toBe(0);
  const rings = guest.rings;
  guest.draw({ x: 3, y: 4, width: 5, height: 6 }, 0xabcdef);
  guest.draw({ x: 3, y: 4, width: 5, height: 6 }, 0xabcdee); // nobody has asked for it yet
  const [rect] = client.readUpdate();
  expect(rect).toMatchObject({ x: 3, y: 4, width: 5, height: 6 });
  expect(new Set(rect!.pixels)).toEqual(new Set([0xabcdef]));
  expect(client.waiting).toBe(0);
  expect(guest.rings - rings).toBe(1);
  session.receive(says.request(guest.whole));
  expect(new Set(client.readUpdate()[0]!.pixels)).toEqual(new Set([0xabcdee]));
});

test("nobody who looks costs the guest no exit", () => {
  const { client, session } = viewer();
  session.receive(says.request(guest.whole, false));
  client.readUpdate();
  const rings = guest.rings;
  for (let i = 0; i < 100; i++) guest.draw({ x: 0, y: 0, width: 1, height: 1 }, i);
  expect(guest.rings).toBe(rings);
});

test("several viewers see the same, each at its own pace", async () => {
  const [a, b] = [viewer(), viewer()];
  for (const { client, session } of [a, b]) {
    session.receive(says.request(guest.whole, false));
    client.readUpdate();
  }
  a.session.receive(says.request(guest.whole));
  b.session.receive(says.request(guest.whole));
  guest.draw({ x: 0, y: 0, width: 10, height: 10 }, 1);
  guest.draw({ x: 10, y: 0, width: 10, height: 10 }, 2);
  expect(a.client.readUpdate()).toHaveLength(1);
  a.session.receive(says.request(guest.whole));
  expect(a.client.readUpdate()[0]).toMatchObject({ x: 10, width: 10 });
  b.client.readUpdate();
  expect(b.client.waiting).toBe(0);
  b.session.receive(says.request(guest.whole));
  expect(b.client.readUpdate()[0]).toMatchObject({ x: 10, width: 10 });
});

test("a viewer that hears of damage which another one has collected is not forgotten", async () => {
  const [a, b] = [viewer(), viewer()];
  for (const { client, session } of [a, b]) {
    session.receive(says.request(guest.whole, false));
    client.readUpdate();
  }
  guest.draw({ x: 0, y: 0, width: 10, height: 10 }, 1); // nobody waits
  b.session.receive(says.request({ x: 100, y: 100, width: 10, height: 10 })); // takes it from the ring, for all
  a.session.receive(says.request(guest.whole));
  await vi.waitFor(() => expect(a.client.waiting).toBeGreaterThan(0));
  expect(a.client.readUpdate()[0]).toMatchObject({ x: 0, y: 0, width: 10, height: 10 });
});

test("a slow viewer gets what has changed once, however often it did", () => {
  const { client, session } = viewer();
  client.accepts = false;
  session.receive(says.request(guest.whole, false));
  const sent = client.waiting;
  for (let i = 0; i < 1000; i++) {
    guest.draw({ x: i % 150, y: i % 110, width: 4, height: 4 }, i);
    session.receive(says.request(guest.whole));
  }
  expect(client.waiting).toBe(sent);
  client.accepts = true;
  session.drained();
  client.readUpdate();
  const rects = client.readUpdate();
  expect(rects.length).toBeLessThanOrEqual(16);
  for (const rect of rects) expect([...rect.pixels!]).toEqual(shown(rect));
});

const FORMATS: [string, Uint8Array, ViewerFormat][] = [
  [
    "32 bits with red below (noVNC)",
    says.pixelFormat(32, false, [255, 255, 255], [0, 8, 16]),
    { bytes: 4, toRgb: (v) => ((v & 0xff) << 16) | (v & 0xff00) | ((v >>> 16) & 0xff) },
  ],
  [
    "32 bits, big-endian",
    says.pixelFormat(32, true, [255, 255, 255], [16, 8, 0]),
    {
      bytes: 4,
      toRgb: (v) => ((v & 0xff00) << 8) | ((v >>> 8) & 0xff00) | ((v >>> 24) & 0xff),
    },
  ],
  [
    "16 bits",
    says.pixelFormat(16, false, [31, 63, 31], [11, 5, 0]),
    {
      bytes: 2,
      toRgb: (v) =>
        (Math.round(((v >> 11) * 255) / 31) << 16) |
        (Math.round((((v >> 5) & 63) * 255) / 63) << 8) |
        Math.round(((v & 31) * 255) / 31),
    },
  ],
  [
    "8 bits",
    says.pixelFormat(8, false, [7, 7, 3], [0, 3, 6]),
    {
      bytes: 1,
      toRgb: (v) =>
        (Math.round(((v & 7) * 255) / 7) << 16) |
        (Math.round((((v >> 3) & 7) * 255) / 7) << 8) |
        Math.round(((v >> 6) * 255) / 3),
    },
  ],
];

describe.each([
  ["Raw", p.ENCODING_RAW],
  ["Zlib", p.ENCODING_ZLIB],
  ["ZRLE", p.ENCODING_ZRLE],
])("%s", (_, encoding) => {
  test.each(FORMATS)("shows the picture in %s", async (name, message, format) => {
    const { client, session } = viewer(encoding);
    client.near = false;
    if (encoding === p.ENCODING_ZRLE && name.includes("big"))
      client.format = { ...format, toRgb: bigEndianCompact };
    else client.format = format;
    session.receive(message);
    session.receive(says.request(guest.whole, false));
    const picture = new Uint32Array(160 * 120);
    paint(picture, 160, await client.nextUpdate());
    const step = { 4: 0, 2: 5, 1: 43 }[format.bytes]!; // half of the difference of two levels, and rounding
    for (const [i, pixel] of shown(guest.whole).entries()) {
      const got = picture[i]!;
      for (const shift of [0, 8, 16]) {
        const difference = Math.abs(((pixel >> shift) & 0xff) - ((got >> shift) & 0xff));
        if (difference > step) throw new Error(`pixel ${i}: ${pixel.toString(16)}, got ${got.toString(16)}`);
      }
    }
  });
});

/** CPIXEL of a big-endian pixel without its empty first byte, read as if little-endian. */
function bigEndianCompact(value: number): number {
  return ((value & 0xff) << 16) | (value & 0xff00) | ((value >>> 16) & 0xff);
}

test("compressed updates follow one another, whatever is drawn meanwhile", async () => {
  const random = new SeededRandom(7);
  const { client, session } = viewer(p.ENCODING_ZRLE);
  client.near = false;
  const picture = new Uint32Array(160 * 120);
  session.receive(says.request(guest.whole, false));
  for (let i = 0; i < 60; i++) {
    paint(picture, 160, await client.nextUpdate());
    expect([...picture]).toEqual(shown(guest.whole));
    const rect = {
      x: random.below(100),
      y: random.below(80),
      width: 1 + random.below(60),
      height: 1 + random.below(40),
    };
    const kind = random.below(5);
    const colours = [1, 2, 6, 100, 0xffffff][kind]!;
    const runs = 1 + random.below(20);
    guest.draw(rect, (x, y) => (((x * 31 + y * 7) / runs) | 0) % colours);
    session.receive(says.request(guest.whole));
  }
});

describe("size", () => {
  const EXTENDED = [p.ENCODING_EXTENDED_DESKTOP_SIZE, p.ENCODING_LAST_RECT];

  test("a viewer hears of another size, and sees all of it", () => {
    const { client, session } = viewer(p.ENCODING_DESKTOP_SIZE);
    session.receive(says.request(guest.whole, false));
    client.readUpdate();
    session.receive(says.request(guest.whole));
    guest.setMode(100, 50, 512);
    expect(client.waiting).toBe(0); // nothing is drawn yet
    guest.draw(guest.whole, 0x123456);
    expect(client.readUpdate()).toEqual([{ ...guest.whole, encoding: p.ENCODING_DESKTOP_SIZE }]);
    session.receive(says.request(guest.whole));
    const [rect] = client.readUpdate();
    expect(rect).toMatchObject(guest.whole);
    expect(new Set(rect!.pixels)).toEqual(new Set([0x123456]));
  });

  test("a viewer that cannot be told goes on to see what fits", () => {
    const { client, session } = viewer();
    guest.setMode(200, 100);
    guest.draw(guest.whole, 0x123456);
    session.receive(says.request({ x: 0, y: 0, width: 160, height: 120 }, false));
    expect(client.readUpdate()[0]).toMatchObject({ width: 160, height: 100 });
  });

  test("a viewer that asks for a size is told when the guest has it, and others are", () => {
    const [a, b] = [viewer(...EXTENDED), viewer(...EXTENDED)];
    for (const { client, session } of [a, b]) {
      session.receive(says.request(guest.whole, false));
      expect(client.readUpdate()[0]).toMatchObject({
        x: p.SIZE_BY_SERVER,
        y: p.SIZE_DONE,
        width: 160,
        height: 120,
      });
      session.receive(says.request(guest.whole));
      client.readUpdate();
      session.receive(says.request(guest.whole));
    }
    guest.onWanted = ({ width, height }): void => {
      guest.setMode(width, height);
      guest.draw(guest.whole, 5);
    };
    a.session.receive(says.desktopSize(300, 200));
    const size = { width: 300, height: 200, encoding: p.ENCODING_EXTENDED_DESKTOP_SIZE };
    expect(a.client.readUpdate()[0]).toMatchObject({ ...size, x: p.SIZE_BY_THIS_CLIENT, y: p.SIZE_DONE });
    expect(b.client.readUpdate()[0]).toMatchObject({ ...size, x: p.SIZE_BY_OTHER_CLIENT });
  });

  test("a size that cannot be is refused", () => {
    const { client, session } = viewer(...EXTENDED);
    session.receive(says.request(guest.whole));
    client.readUpdate();
    session.receive(says.request(guest.whole));
    session.receive(says.desktopSize(0, 20_000));
    expect(client.readUpdate()[0]).toMatchObject({ x: p.SIZE_BY_THIS_CLIENT, y: p.SIZE_INVALID_LAYOUT });
    expect(guest.sizeWishes).toBe(0);
  });

  test("a size that the guest does not take is given up", () => {
    vi.useFakeTimers();
    try {
      const { client, session } = viewer(...EXTENDED);
      session.receive(says.request(guest.whole));
      client.readUpdate();
      session.receive(says.request(guest.whole, false));
      client.readUpdate();
      session.receive(says.request(guest.whole));
      session.receive(says.desktopSize(300, 200));
      vi.runAllTimers();
      expect(client.readUpdate()[0]).toMatchObject({
        x: p.SIZE_BY_THIS_CLIENT,
        y: p.SIZE_NO_RESOURCES,
        width: 160,
        height: 120,
      });
      expect(guest.device.wanted).toEqual({ width: 160, height: 120, scale: 100 });
    } finally {
      vi.useRealTimers();
    }
  });

  test("an update that is under way ends when the size is another", () => {
    guest.setMode(1000, 1000);
    guest.draw(guest.whole, 1);
    const { client, session } = viewer(...EXTENDED);
    session.receive(says.request(guest.whole));
    client.readUpdate();
    client.accepts = false;
    session.receive(says.request(guest.whole, false));
    guest.setMode(160, 120);
    guest.draw(guest.whole, 2);
    client.accepts = true;
    session.drained();
    const rects = client.readUpdate();
    expect(rects.length).toBeLessThan(4);
    session.receive(says.request(guest.whole));
    expect(client.readUpdate()[0]).toMatchObject({ width: 160, height: 120 });
  });
});

describe("cursor", () => {
  const half = 0x80402010; // premultiplied: half of 0x804020

  test("has its alpha where the viewer takes it", () => {
    const { client, session } = viewer(p.ENCODING_CURSOR, p.ENCODING_VMWARE_CURSOR);
    guest.setCursor(2, 1, [half, 0xff0000ff], 1, 0);
    session.receive(says.request(guest.whole));
    const [rect] = client.readUpdate();
    expect(rect).toMatchObject({ x: 1, y: 0, width: 2, height: 1, encoding: p.ENCODING_VMWARE_CURSOR });
    expect([...rect!.extra!]).toEqual([1, 0, 0x80, 0x40, 0x20, 0x80, 0, 0, 0xff, 0xff]);
  });

  test("has a mask elsewhere, and goes when it is hidden", () => {
    const { client, session } = viewer(p.ENCODING_CURSOR);
    guest.setCursor(2, 2, [half, 0xff0000ff, 0x10000000, 0]);
    session.receive(says.request(guest.whole));
    const [rect] = client.readUpdate();
    expect([...rect!.extra!.subarray(16)]).toEqual([0b11000000, 0]);
    expect([...rect!.extra!.subarray(0, 8)]).toEqual([0x20, 0x40, 0x80, 0, 0xff, 0, 0, 0]);
    session.receive(says.request(guest.whole));
    guest.hideCursor();
    expect(client.readUpdate()).toEqual([
      { x: 0, y: 0, width: 0, height: 0, encoding: p.ENCODING_CURSOR, extra: Buffer.alloc(0) },
    ]);
  });
});

describe("password", () => {
  test("lets in who knows it, and nobody else", () => {
    const right = new RfbClient();
    const session = share.join(right, "secret word");
    right.connect((bytes) => session.receive(bytes), "secret word");
    expect(session.connected).toBe(true);
    const wrong = new RfbClient();
    const other = share.join(wrong, "secret word");
    expect(() => wrong.connect((bytes) => other.receive(bytes), "secret")).toThrow("wrong password");
    expect([other.connected, other.refused]).toEqual([false, true]);
  });

  test("cannot be gone around", () => {
    const client = new RfbClient();
    const session = share.join(client, "secret");
    session.receive(Buffer.from(p.VERSION));
    expect(() => session.receive(Uint8Array.of(p.SECURITY_NONE))).toThrow("security type");
  });

  test("is asked of a viewer of version 3.3 too", () => {
    const client = new RfbClient();
    const session = share.join(client, "secret");
    client.take(12);
    session.receive(Buffer.from("RFB 003.003\n"));
    expect(client.take(4).readUInt32BE()).toBe(p.SECURITY_VNC);
    client.take(16);
    expect(() => session.receive(new Uint8Array(16))).toThrow("wrong password");
  });
});

test("text to paste is passed over, however long, and what follows is heard", () => {
  const { client, session } = viewer();
  session.receive(says.cutText(100_000));
  for (let i = 0; i < 100; i++) session.receive(new Uint8Array(1000).fill(0xff));
  session.receive(says.request(guest.whole, false));
  expect(client.readUpdate()).toHaveLength(1);
});

test("messages may come byte by byte", () => {
  const { client, session } = viewer();
  const bytes = Buffer.concat([says.encodings(p.ENCODING_RAW, -1), says.request(guest.whole, false)]);
  for (const byte of bytes) session.receive(Uint8Array.of(byte));
  expect(client.readUpdate()).toHaveLength(1);
});

test("the size of a request reaches no further than the screen", () => {
  const { client, session } = viewer();
  session.receive(says.request({ x: 0xffff, y: 0xffff, width: 0xffff, height: 0xffff }, false));
  expect(client.waiting).toBe(0);
  session.receive(says.request({ x: 150, y: 100, width: 0xffff, height: 0xffff }, false));
  const seen = client.readUpdate();
  expect(seen.every(({ x, width, y, height }) => x + width <= 160 && y + height <= 120)).toBe(true);
});
