// The screen: a scripted viewer drags and scrolls a window of the guest.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { packProject } from "../../pkg/pack/pack.ts";
import { SOURCE_ROOT } from "../../pkg/source-root.ts";
import { type Row, summarize } from "../stats.ts";
import { ScreenGuest, type Place } from "./guest.ts";
import { type Update, Viewer } from "./viewer.ts";

const APP = "org.oscortex.rows";
const STILL_MS = 1000;
const INPUT_MS = 8; // between two events of a hand that moves: 125 a second, as mice report
const MOTION_MS = 9000; // longer than the newest 512 frames take, of which the guest tells
const IDLE_MS = 10_000;
const TITLE_BAR = 18; // pixels from the window's top: the middle of the title bar
const RADIUS = 80; // of the circle in which the window is dragged
const TURN_MS = 1000;
const WHEEL_DOWN = 1 << 4;
const LEFT = 1;
const MS = 1e6; // nanoseconds

/** Drag, scroll, latency and idleness, in one run. */
export async function measureUi(rounds: number): Promise<Row[]> {
  const repository = mkdtempSync(join(tmpdir(), "oscortex-ui-"));
  try {
    const { file } = await packProject(join(SOURCE_ROOT, "bench/ui/rows"));
    writeFileSync(join(repository, "rows.osx"), file);
    const guest = await ScreenGuest.start(repository);
    try {
      return await measure(guest, rounds);
    } finally {
      await guest.stop();
    }
  } finally {
    rmSync(repository, { recursive: true });
  }
}

async function measure(guest: ScreenGuest, rounds: number): Promise<Row[]> {
  const viewer = await Viewer.open(guest.vncEndpoint);
  try {
    await viewer.still(STILL_MS);
    await click(guest, viewer, "button", "Apps");
    await click(guest, viewer, "app", "Rows");
    const window = await guest.windowOf(APP);
    await viewer.still(STILL_MS);
    return [
      await measureIdle(guest),
      ...(await measureMotion(guest, viewer, "drag a window", dragging(window))),
      ...(await measureMotion(guest, viewer, "scroll a list", scrolling(window))),
      await measureLatency(viewer, rounds, await guest.windowOf(APP)),
    ];
  } finally {
    viewer.close();
  }
}

async function click(guest: ScreenGuest, viewer: Viewer, role: string, label: string): Promise<void> {
  const { x, y, width, height } = await guest.placeOf(role, label);
  viewer.pointer(x + width / 2, y + height / 2, LEFT);
  viewer.pointer(x + width / 2, y + height / 2, 0);
}

/** What a core does of a second, while a viewer looks and nothing changes. */
async function measureIdle(guest: ScreenGuest): Promise<Row> {
  const before = guest.cpuMs;
  await sleep(IDLE_MS);
  const perSecond = ((guest.cpuMs - before) / (IDLE_MS / 1000)) * MS;
  return summarize("ui", "idle: processor time a second", [perSecond]);
}

/** One input event of a motion, at a time since it began; the last of all with `undefined`. */
type Motion = (viewer: Viewer, sinceMs: number | undefined) => void;

function dragging({ x, y, width }: Place): Motion {
  const [startX, startY] = [x + width / 3, y + TITLE_BAR];
  return (viewer, sinceMs) => {
    const angle = ((sinceMs ?? 0) / TURN_MS) * 2 * Math.PI;
    const [dx, dy] = [RADIUS * Math.sin(angle), RADIUS * (1 - Math.cos(angle))];
    viewer.pointer(startX + dx, startY + dy, sinceMs === undefined ? 0 : LEFT);
  };
}

/** Down, and up again. */
function scrolling({ x, y, width, height }: Place): Motion {
  const [middleX, middleY] = [x + width / 2, y + height / 2];
  return (viewer, sinceMs) => {
    viewer.pointer(middleX, middleY, sinceMs === undefined ? 0 : WHEEL_DOWN);
    viewer.pointer(middleX, middleY, 0);
  };
}

async function measureMotion(
  guest: ScreenGuest,
  viewer: Viewer,
  name: string,
  motion: Motion,
): Promise<Row[]> {
  const before = await guest.frames();
  const updates: Update[] = [];
  const stopCounting = viewer.onUpdate((update) => updates.push(update));
  const start = performance.now();
  for (let now = start; now < start + MOTION_MS; now = performance.now()) {
    motion(viewer, now - start);
    await sleep(INPUT_MS);
  }
  const end = performance.now();
  const seconds = (end - start) / 1000;
  stopCounting();
  motion(viewer, undefined);
  await viewer.still(STILL_MS);
  const after = await guest.frames();
  const shown = updates.filter(({ at }) => at <= end).map(({ at }) => at);
  const gaps = shown.slice(1).map((at, i) => (at - (shown[i] ?? at)) * MS);
  const frames = (after.get("frames") ?? 0) - (before.get("frames") ?? 0);
  const drawn = (after.get("drawn") ?? 0) - (before.get("drawn") ?? 0);
  const inputs = (after.get("inputs") ?? 0) - (before.get("inputs") ?? 0);
  return [
    rateRow(name, frames, seconds),
    summarize("ui", `${name}: from frame to frame at the viewer`, gaps),
    // Of the newest 512, as the guest counts them: p50 and p99 are all that it tells.
    guestRow(`${name}: a frame in the guest, drawn and composed`, frames, after, "frame"),
    guestRow(`${name}: composing a frame in the guest`, frames, after, "compose"),
    ...(drawn > frames / 2 ? [guestRow(`${name}: the app's part of a frame`, drawn, after, "draw")] : []),
    ...(inputs > 0 ? [guestRow(`${name}: input to frame in the guest`, inputs, after, "input")] : []),
  ];
}

/** How many frames the guest made in a second, and the time from one to the next that comes to. */
function rateRow(name: string, frames: number, seconds: number): Row {
  const interval = [(seconds / frames) * 1e3 * MS];
  const rate = `${name}: ${(frames / seconds).toFixed(1)} frames a second in the guest`;
  return { ...summarize("ui", rate, interval), count: frames };
}

function guestRow(name: string, count: number, values: Map<string, number>, kind: string): Row {
  const us = (which: string): number => (values.get(`${kind}_${which}_us`) ?? Number.NaN) * 1000;
  return { subject: "ui", name, count, min: Number.NaN, p50: us("p50"), p90: Number.NaN, p99: us("p99") };
}

/** From an input event that is sent to the update that shows what it changed, all of it received: a step of a drag. */
async function measureLatency(viewer: Viewer, rounds: number, window: Place): Promise<Row> {
  const [x, y] = [window.x + window.width / 3, window.y + TITLE_BAR];
  const samples: number[] = [];
  viewer.pointer(x, y, LEFT);
  await viewer.still(STILL_MS / 4);
  for (let round = 0; round < rounds; round++) {
    const update = viewer.next();
    const sent = performance.now();
    viewer.pointer(x + 8 + 8 * (round % 2), y, LEFT);
    samples.push(((await update).at - sent) * MS);
    await viewer.still(40 + (round % 17));
  }
  viewer.pointer(x, y, 0);
  return summarize("ui", "input event to changed pixels at the viewer", samples);
}
