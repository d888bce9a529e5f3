import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { SOURCE_ROOT } from "../../pkg/source-root.ts";
import { parseOptions } from "./options.ts";
import { runSettings, SETTINGS } from "./settings.ts";
import { UsageError } from "./usage-error.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "oscortex-settings-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function settings(run: unknown): string[] {
  writeFileSync(join(folder, "oscortex.json"), JSON.stringify({ run }));
  return runSettings(folder);
}

test("there are none without a file, or without the part", () => {
  expect(runSettings(folder)).toEqual([]);
  expect(settings(undefined)).toEqual([]);
});

test("they become options, which the command line overrides", () => {
  const words = settings({
    memory: 128,
    allow: ["a:1", "b:2"],
    verbose: true,
    quiet: false,
    repository: "-r",
  });
  const options = parseOptions([...words, "--memory", "512"]);
  expect(options).toMatchObject({
    memoryMib: 512,
    allow: ["a:1", "b:2"],
    verbose: true,
    quiet: false,
    repository: "-r",
  });
});

test.each([
  [[], "run: expected an object"],
  [{ memory: "1" }, "run.memory: expected a number"],
  [{ server: 1 }, "run.server: expected a string"],
  [{ allow: "all" }, "run.allow: expected a list of strings"],
  [{ quiet: 1 }, "run.quiet: expected true or false"],
  [{ gdb: "1" }, "run.gdb: expected one of"],
])("%j is refused", (run, message) => {
  expect(() => settings(run)).toThrow(UsageError);
  expect(() => settings(run)).toThrow(message);
});

test("the schema names the same settings", () => {
  const schema = JSON.parse(readFileSync(join(SOURCE_ROOT, "pkg/oscortex.schema.json"), "utf8"));
  expect(Object.keys(schema.properties.run.properties).toSorted()).toEqual([...SETTINGS.keys()].toSorted());
});
