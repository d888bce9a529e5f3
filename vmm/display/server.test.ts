// The server on a fake guest: who gets in, what is served, and viewers that others wrote.
import { execFile } from "node:child_process";
import { createCipheriv } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import type { Wanted } from "../../devices/framebuffer/device.ts";
import { ABS_X, ABS_Y, BTN_LEFT, EV_ABS, EV_KEY } from "../../guest-kernel/abi/virtio-input.ts";
import { canvasPixels, openScreen, startChromium } from "../../tests/support/chromium.ts";
import { FakeScreen } from "../../tests/support/fake-screen.ts";
import { decodePng } from "../../tests/support/png.ts";
import { lacksProgram, pathOf } from "../../tests/support/programs.ts";
import { TIME_FACTOR } from "../../tests/support/time-factor.ts";
import { ScreenShare } from "./screen.ts";
import { DisplayServer } from "./server.ts";

const LOOPBACK = { host: "127.0.0.1", port: 0 };
const SLOW = 60_000 * TIME_FACTOR;
const GREY = 0x808080;

let guest: FakeScreen;
let share: ScreenShare;
let server: DisplayServer;
let problems: string[];

beforeEach(() => {
  guest = new FakeScreen({ width: 320, height: 200, scale: 100 });
  share = new ScreenShare(guest.device, guest);
  guest.onWanted = drawAll;
  drawAll(guest.device.wanted);
  problems = [];
});

afterEach(() => {
  server.close();
  share.close();
});

/** A gradient, with a grey square in the middle. */
function drawAll({ width, height }: Wanted): void {
  guest.setMode(width, height);
  const isSquare = (x: number, y: number): boolean =>
    Math.abs(x - width / 2) < 20 && Math.abs(y - height / 2) < 20;
  guest.draw(guest.whole, (x, y) => (isSquare(x, y) ? GREY : ((x & 255) << 16) | ((y & 255) << 8) | 64));
}

async function serve(secret?: string, resizable = true): Promise<void> {
  server = await DisplayServer.listen({
    screen: share,
    web: LOOPBACK,
    tcp: LOOPBACK,
    resizable,
    secret,
    onProblem: (text) => problems.push(text),
  });
}

/** Status and body for a request with these headers. */
function ask(
  path: string,
  options: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<{ status: number; type: string; body: Buffer }> {
  const { port, host } = new URL(server.url);
  return new Promise((resolve, reject) => {
    const { method = "GET", headers = {}, body = "" } = options;
    const sent = request(
      { host: "127.0.0.1", port, path, method, headers: { host, ...headers } },
      (answer) => {
        const parts: Buffer[] = [];
        answer.on("data", (part: Buffer) => parts.push(part));
        answer.on("end", () =>
          resolve({
            status: answer.statusCode ?? 0,
            type: answer.headers["content-type"] ?? "",
            body: Buffer.concat(parts),
          }),
        );
      },
    );
    sent.on("error", reject);
    sent.end(body);
  });
}

/** The first bytes that a WebSocket gets, or the status with which it is refused. */
function openSocket(path: string, origin?: string): Promise<string> {
  const { host } = new URL(server.url);
  const socket = new WebSocket(`ws://${host}${path}`, origin === undefined ? {} : { origin });
  return new Promise((resolve) => {
    socket.on("message", (data: Buffer) => {
      resolve(data.toString("latin1"));
      socket.close();
    });
    socket.on("unexpected-response", (_, answer) => resolve(String(answer.statusCode)));
    socket.on("error", () => resolve("error"));
  });
}

describe("files", () => {
  test.each([
    ["/", "text/html; charset=utf-8", "<title>Oscortex</title>"],
    ["/app.js", "text/javascript; charset=utf-8", "import RFB"],
    ["/style.css", "text/css; charset=utf-8", "#screen"],
    ["/icon.svg", "image/svg+xml", "<svg"],
    ["/novnc/core/rfb.js", "text/javascript; charset=utf-8", "class RFB"],
    ["/novnc/vendor/pako/lib/zlib/inflate.js", "text/javascript; charset=utf-8", "inflate"],
  ])("%s", async (path, type, text) => {
    await serve();
    const answer = await ask(path);
    expect([answer.status, answer.type]).toEqual([200, type]);
    expect(String(answer.body)).toContain(text);
  });

  test.each([
    "/no-such",
    "/novnc/package.json",
    "/novnc/core/../package.json",
    "/novnc/core/%2e%2e/package.json",
    "/novnc/core/..%2fpackage.json",
    "/../../etc/passwd",
    "//etc/passwd",
    "/novnc/core/no-such.js",
    "/novnc/core/",
  ])("not %s", async (path) => {
    await serve();
    expect((await ask(path)).status).toBe(404);
  });
});

test("a screenshot is what the guest shows", async () => {
  await serve();
  const answer = await ask("/screenshot.png");
  expect(answer.type).toBe("image/png");
  const { width, height, rgba } = decodePng(answer.body);
  expect([width, height]).toEqual([320, 200]);
  expect([...rgba.subarray(0, 8)]).toEqual([0, 0, 64, 255, 1, 0, 64, 255]);
  expect([...rgba.subarray(4 * (100 * 320 + 160), 4 * (100 * 320 + 161))]).toEqual([128, 128, 128, 255]);
});

describe("a wish for a size", () => {
  test("reaches the guest", async () => {
    await serve();
    const answer = await ask("/screen", { method: "POST", body: '{"width":640,"height":480,"scale":150}' });
    expect(answer.status).toBe(204);
    expect(guest.device.wanted).toEqual({ width: 640, height: 480, scale: 150 });
  });

  test.each([
    "",
    "null",
    "[]",
    "{",
    '{"width":640,"height":480}',
    '{"width":640.5,"height":480,"scale":100}',
    '{"width":0,"height":480,"scale":100}',
    '{"width":640,"height":9000,"scale":100}',
    '{"width":640,"height":480,"scale":1e9}',
    '{"width":"640","height":480,"scale":100}',
    `{"width":640,"height":480,"scale":100,"x":"${"x".repeat(2000)}"}`,
  ])("that makes no sense does not: %s", async (body) => {
    await serve();
    expect((await ask("/screen", { method: "POST", body })).status).toBe(400);
    expect(guest.sizeWishes).toBe(0);
  });
});

describe("without a password", () => {
  const here = (): string => new URL(server.url).host;

  test.each(["evil.example", "127.0.0.1.evil.example", "10.0.0.1"])(
    "a page that calls this server %s gets nothing",
    async (name) => {
      await serve();
      for (const path of ["/", "/screenshot.png", "/settings.json"])
        expect((await ask(path, { headers: { host: name } })).status).toBe(403);
    },
  );

  test("a page of another origin gets nothing, and its WebSocket is refused", async () => {
    await serve();
    const headers = { origin: "http://evil.example" };
    expect((await ask("/screenshot.png", { headers })).status).toBe(403);
    expect((await ask("/screen", { method: "POST", headers, body: "{}" })).status).toBe(403);
    expect(await openSocket("/websockify", "http://evil.example")).toBe("403");
    expect(await openSocket("/websockify", `http://${here()}`)).toBe("RFB 003.008\n");
    expect(await openSocket("/other")).toBe("403");
  });
});

describe("with a password", () => {
  test("the token of the link lets in; a wrong one does not", async () => {
    await serve("pass word");
    const { search } = new URL(server.url);
    expect(search).toBe("?token=pass%20word");
    expect((await ask("/screenshot.png")).status).toBe(403);
    expect((await ask("/screenshot.png?token=wrong")).status).toBe(403);
    expect((await ask(`/screenshot.png${search}`)).status).toBe(200);
    expect((await ask("/screen", { method: "POST", body: "{}" })).status).toBe(403);
    expect(await openSocket("/websockify?token=wrong")).toBe("403");
    expect(await openSocket(`/websockify${search}`)).toBe("RFB 003.008\n");
    expect(await openSocket("/websockify")).toBe("RFB 003.008\n"); // asks for the password
  });
});

test("a viewer that sends garbage is sent away; others stay", async () => {
  await serve();
  const [host, port] = server.tcpEndpoint!.split(":");
  const socket = connect(Number(port), host);
  const ended = new Promise((resolve) => socket.on("close", resolve));
  socket.on("data", () => {});
  socket.write("GET / HTTP/1.1\r\n\r\n");
  await ended;
  expect(problems).toEqual(["a viewer was sent away: no version 3 of RFB"]);
  expect(share.viewers).toBe(0);
  expect((await ask("/")).status).toBe(200);
});

test("more viewers than there may be are sent away", async () => {
  await serve();
  const [host, port] = server.tcpEndpoint!.split(":");
  const sockets = Array.from({ length: 20 }, () => connect(Number(port), host));
  const first = await Promise.all(
    sockets.map(
      (socket) =>
        new Promise((resolve) => {
          socket.once("data", () => resolve("in"));
          socket.once("end", () => resolve("away"));
        }),
    ),
  );
  expect(first.filter((outcome) => outcome === "in")).toHaveLength(16);
  for (const socket of sockets) socket.destroy();
});

test.skipIf(lacksProgram("vncsnapshot"))(
  "vncsnapshot takes a picture, and has to know the password",
  { timeout: SLOW },
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "oscortex-vnc-"));
    try {
      await serve("secret");
      const [host, port] = server.tcpEndpoint!.split(":");
      const picture = join(folder, "picture.jpg");
      const passwords = join(folder, "passwd");
      // A file as vncpasswd writes it: "secret", by DES with a key that everybody knows.
      const key = Buffer.from([23, 82, 107, 6, 35, 78, 88, 7].map(mirror));
      const cipher = createCipheriv("des-ede3", Buffer.concat([key, key, key]), null).setAutoPadding(false);
      writeFileSync(passwords, cipher.update(Buffer.from("secret\0\0")));
      for (const encodings of ["raw", "zlib raw"]) {
        const args = ["-encodings", encodings, "-quality", "100", "-passwd", passwords, `${host}::${port}`];
        await promisify(execFile)(pathOf("vncsnapshot"), [...args, picture]);
        expect([...readFileSync(picture).subarray(0, 2)]).toEqual([0xff, 0xd8]); // JPEG
        expect(jpegSize(readFileSync(picture))).toEqual([320, 200]);
      }
      writeFileSync(passwords, cipher.update(Buffer.from("wrong\0\0\0")));
      const failed = promisify(execFile)(pathOf("vncsnapshot"), [
        "-passwd",
        passwords,
        `${host}::${port}`,
        picture,
      ]);
      await expect(failed).rejects.toThrow("failed");
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
);

function mirror(byte: number): number {
  return Number.parseInt(byte.toString(2).padStart(8, "0").split("").toReversed().join(""), 2);
}

/** Width and height of a JPEG file: of its frame header, ITU-T T.81 §B.2.2. */
function jpegSize(file: Buffer): [number, number] {
  for (let at = 2; at < file.length; at += 2 + file.readUInt16BE(at + 2))
    if (file[at + 1]! >= 0xc0 && file[at + 1]! <= 0xc2)
      return [file.readUInt16BE(at + 7), file.readUInt16BE(at + 5)];
  return [0, 0];
}

describe.skipIf(lacksProgram("chromium"))("the page in Chromium", { timeout: SLOW }, () => {
  test.each([
    [1, { width: 800, height: 500 }],
    [2, { width: 1600, height: 1000 }],
  ])("at %dx has a pixel for each of the display's, and sends what is typed", async (ratio, pixels) => {
    await serve();
    const browser = await startChromium();
    try {
      const size = { width: 800, height: 500 };
      const { page, problems: wrong } = await openScreen(browser, server.url, size, ratio);
      const centre = 4 * ((pixels.height / 2) * pixels.width + pixels.width / 2);
      const { rgba } = await canvasPixels(
        page,
        (now, width, height) => width === pixels.width && height === pixels.height && now[centre + 3] === 255,
      );
      expect(guest.device.wanted).toEqual({ ...pixels, scale: 100 * ratio });
      expect([...rgba.subarray(centre, centre + 4)]).toEqual([128, 128, 128, 255]);

      const before = await canvasPixels(page, () => true);
      guest.draw({ x: 10, y: 10, width: 50, height: 40 }, 0xff0000);
      const after = await canvasPixels(page, (now) => now[4 * (20 * pixels.width + 20)] === 255);
      expect(after.rgba.length).toBe(before.rgba.length);

      guest.input.length = 0;
      await page.mouse.move(400, 250);
      await page.mouse.down();
      await page.mouse.up();
      await page.keyboard.type("a");
      await expect
        .poll(() =>
          guest.input.flat().some(({ type, code, value }) => type === EV_KEY && code === 30 && value === 0),
        )
        .toBe(true);
      const events = guest.input.flat().map(({ type, code, value }) => [type, code, value]);
      const middle = (side: number): number => Math.round(((side / 2) * 0x7fff) / (side - 1));
      expect(events).toContainEqual([EV_ABS, ABS_X, middle(pixels.width)]);
      expect(events).toContainEqual([EV_ABS, ABS_Y, middle(pixels.height)]);
      expect(events.filter(([type]) => type === EV_KEY)).toEqual([
        [EV_KEY, BTN_LEFT, 1],
        [EV_KEY, BTN_LEFT, 0],
        [EV_KEY, 30, 1],
        [EV_KEY, 30, 0],
      ]);
      expect(wrong).toEqual([]);
    } finally {
      await browser.close();
    }
  });

  test("follows its window, connects again after the connection was lost, and asks for the password", async () => {
    await serve("secret");
    const browser = await startChromium();
    try {
      const { page } = await openScreen(browser, server.url, { width: 800, height: 500 });
      await page.setViewportSize({ width: 700, height: 450 });
      await canvasPixels(page, (_, width, height) => width === 700 && height === 450);
      const port = Number(new URL(server.url).port);
      server.close();
      await page.waitForSelector("html[data-state=disconnected]");
      await page.getByText("Connecting again").waitFor();
      server = await DisplayServer.listen({
        screen: share,
        web: { ...LOOPBACK, port },
        tcp: undefined,
        resizable: true,
        secret: "secret",
      });
      await page.waitForSelector("html[data-state=connected]");
      await page.goto(`http://127.0.0.1:${port}/`); // without the token
      await page.getByLabel("Password").fill("secret");
      await page.getByRole("button", { name: "Connect", exact: true }).click();
      await page.waitForSelector("html[data-state=connected]");
    } finally {
      await browser.close();
    }
  });
});
