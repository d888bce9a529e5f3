import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { BuildError, type BuildStep, runBuildSteps } from "./build-steps.ts";

let root: string;
let ran: string[];

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "oscortex-build-"));
  mkdirSync(join(root, "src/nested"), { recursive: true });
  put("src/a.txt", "a");
  put("src/nested/b.txt", "b");
  ran = [];
});

afterEach(() => rmSync(root, { recursive: true }));

function put(path: string, contents: string): void {
  writeFileSync(join(root, path), contents);
}

/** Two steps: `join` makes build/joined of the sources, `upper` build/upper of that. */
const STEPS: BuildStep[] = [
  {
    name: "join",
    inputs: ["src"],
    outputs: ["build/joined"],
    build: () => Promise.resolve([readFileSync(join(root, "src/a.txt"), "utf8").trim()]),
  },
  {
    name: "upper",
    inputs: ["build/joined"],
    outputs: ["build/upper"],
    build: () => Promise.resolve([readFileSync(join(root, "build/joined"), "utf8").toUpperCase()]),
  },
];

/** Runs the steps; the names of those that did something. */
async function build(steps = STEPS): Promise<string[]> {
  ran = [];
  await runBuildSteps(root, steps, { progress: { begin: (step) => ran.push(step), end: () => {} } });
  return ran;
}

test("runs every step at first, and none when nothing changed", async () => {
  expect(await build()).toEqual(["join", "upper"]);
  expect(readFileSync(join(root, "build/upper"), "utf8")).toBe("A");
  expect(await build()).toEqual([]);
});

test("runs what an edit concerns, and what comes of it", async () => {
  await build();
  put("src/a.txt", "edited");
  expect(await build()).toEqual(["join", "upper"]);
  expect(readFileSync(join(root, "build/upper"), "utf8")).toBe("EDITED");
});

test("does not run the steps after one whose output is the same again", async () => {
  await build();
  put("src/a.txt", "a ");
  expect(await build()).toEqual(["join"]);
});

test("does not run for a changed time alone", async () => {
  await build();
  utimesSync(join(root, "src/a.txt"), 1, 1);
  expect(await build()).toEqual([]);
});

test.each([
  ["a file in a folder", () => put("src/nested/b.txt", "other")],
  ["a file that came", () => put("src/nested/c.txt", "")],
  ["a file that went", () => rmSync(join(root, "src/nested/b.txt"))],
])("sees %s", async (_, edit) => {
  await build();
  edit();
  expect(await build()).toEqual(["join"]);
});

test("does not look at tests", async () => {
  await build();
  put("src/a.test.ts", "");
  expect(await build()).toEqual([]);
});

test("makes an output that went again", async () => {
  await build();
  rmSync(join(root, "build/upper"));
  expect(await build()).toEqual(["upper"]);
});

test("builds all again after damage to its stamps", async () => {
  await build();
  put("build/stamps.json", '{"join": 1');
  expect(await build()).toEqual(["join", "upper"]);
});

test("leaves no output of a step that fails, and runs it again", async () => {
  await build();
  const failing = [{ ...STEPS[0]!, build: () => Promise.reject(new Error("no")) }, STEPS[1]!];
  put("src/a.txt", "edited");
  await expect(build(failing)).rejects.toThrow(new BuildError("join: no"));
  expect(existsSync(join(root, "build/joined"))).toBe(false);
  expect(ran).toEqual(["join"]);
  expect(await build()).toEqual(["join", "upper"]);
});

test("runs side by side what does not wait for each other, and no more than it may", async () => {
  let running = 0;
  let most = 0;
  const steps = ["a", "b", "c"].map((name) => ({
    name,
    inputs: ["src"],
    outputs: [`build/parts/${name}`],
    async build() {
      most = Math.max(most, ++running);
      await setImmediate();
      running--;
      return [name];
    },
  }));
  const all: BuildStep = { name: "all", inputs: ["build/parts"], outputs: ["build/all"], build: readParts };
  async function readParts(): Promise<string[]> {
    await Promise.resolve();
    return [["a", "b", "c"].map((name) => readFileSync(join(root, "build/parts", name), "utf8")).join("")];
  }

  await runBuildSteps(root, [...steps, all], { atOnce: 2 });

  expect(most).toBe(2);
  expect(readFileSync(join(root, "build/all"), "utf8")).toBe("abc");
});

test("begins nothing more once a step has failed, and keeps what ran beside it", async () => {
  const failing = { ...STEPS[0]!, build: () => Promise.reject(new Error("no")) };
  const beside = { ...STEPS[0]!, name: "beside", outputs: ["build/beside"] };
  const late = { ...STEPS[0]!, name: "late", outputs: ["build/late"] };

  await expect(runBuildSteps(root, [failing, beside, late], { atOnce: 2 })).rejects.toThrow("join: no");

  expect(existsSync(join(root, "build/beside"))).toBe(true);
  expect(existsSync(join(root, "build/late"))).toBe(false);
});
