// The part `run` of an oscortex.json in the current folder: options of `oscortex run`, which the command line overrides.
//
//   { "run": { "memory": 512, "disk": "data.img", "allow": ["gateway:8000"] } }
//
// pkg/oscortex.schema.json says what may stand there.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseJsonObject } from "../../pkg/json-object.ts";
import { PROJECT_FILE } from "../../pkg/pack/project.ts";
import { UsageError } from "./usage-error.ts";

/** What `run` may hold: the options that are about the machine. */
export const SETTINGS: ReadonlyMap<string, "text" | "number" | "flag" | "list"> = new Map([
  ["memory", "number"],
  ["repository", "text"],
  ["server", "text"],
  ["allow", "list"],
  ["disk", "text"],
  ["disk-size", "text"],
  ["report", "text"],
  ["verbose", "flag"],
  ["quiet", "flag"],
] as const);

/** The settings of a folder as arguments; none if it has no file, or one without them. @throws UsageError */
export function runSettings(folder: string): string[] {
  let text: string;
  try {
    text = readFileSync(join(folder, PROJECT_FILE), "utf8");
  } catch {
    return [];
  }
  const settings = parseJsonObject(text)?.get("run");
  if (settings === undefined) return [];
  if (typeof settings !== "object" || settings === null || Array.isArray(settings))
    throw new UsageError(`${PROJECT_FILE}: run: expected an object`);
  return Object.entries(settings).flatMap(([name, value]) => argumentsOf(name, value));
}

function argumentsOf(name: string, value: unknown): string[] {
  const option = `--${name}`;
  const where = `${PROJECT_FILE}: run.${name}`;
  const kind = SETTINGS.get(name);
  if (kind === undefined)
    throw new UsageError(`${where}: expected one of ${[...SETTINGS.keys()].join(", ")}`);
  switch (kind) {
    case "text":
      if (typeof value !== "string") throw new UsageError(`${where}: expected a string`);
      return [`${option}=${value}`];
    case "number":
      if (typeof value !== "number") throw new UsageError(`${where}: expected a number`);
      return [`${option}=${value}`];
    case "flag":
      if (typeof value !== "boolean") throw new UsageError(`${where}: expected true or false`);
      return value ? [option] : [];
    case "list":
      if (!Array.isArray(value) || !value.every((item) => typeof item === "string"))
        throw new UsageError(`${where}: expected a list of strings`);
      return value.map((item) => `${option}=${item}`);
    default:
      return kind satisfies never;
  }
}
