// A project folder: oscortex.json beside AssemblyScript sources.
//
//   {
//     "name": "org.oscortex.hello",        reverse-DNS name
//     "version": "1.0.0",                  semantic version
//     "entry": "main",                     exported function; optional
//     "source": "main.ts",                 the file that exports it; optional
//     "capabilities": ["files", "net"],    optional, none by default
//     "files": { "/data/notes": "write" }, what `files` covers; optional, everything by default
//     "hosts": ["10.0.2.2:8080"],          what `net` covers; optional, everything by default
//     "icon": { "top": "5fa8f5", "bottom": "2f6fd6", "path": "M4 7h16" },   colours, and a drawing of 24 x 24; optional
//     "memory": 16,                        MiB that it may grow to; optional
//     "run": { "memory": 512 }             the machine to run it in; optional, see vmm/cli/settings.ts
//   }

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ICON_MAX_SIZE } from "../../guest-kernel/abi/bundle.ts";
import { MANIFEST_ENTRY_SIZE } from "../../guest-kernel/abi/manifest.ts";
import { SCOPES_MAX_FILES, SCOPES_MAX_HOSTS, SCOPES_MAX_PATH } from "../../guest-kernel/abi/scopes.ts";
import { CAPABILITY_BITS } from "../capabilities.ts";
import { ProjectError } from "../errors.ts";
import { parseJsonObject } from "../json-object.ts";
import type { Manifest } from "../manifest.ts";
import { type FileRule, type HostRule, type Scopes, checkRulePath, parseHostRule } from "../scopes.ts";
import { checkPackageName, checkPackageVersion } from "../package-name.ts";

/** The file that makes a folder a project. */
export const PROJECT_FILE = "oscortex.json";

const DEFAULT_MEMORY_MIB = 16;
const MAX_MEMORY_MIB = 4096;
const PAGES_PER_MIB = 16;
const KEYS = [
  "name",
  "version",
  "entry",
  "source",
  "capabilities",
  "files",
  "hosts",
  "memory",
  "run",
  "$schema",
  "icon",
];
const COLOR = /^[0-9a-f]{6}$/;
const ICON_PATH = /^[MmLlHhVvCcSsQqTtAaZz0-9 .,-]+$/;
const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/;
const SOURCE = /^(?:[A-Za-z0-9_-]+\/)*[A-Za-z0-9_-]+\.ts$/;

/** A project, its oscortex.json checked. */
export interface Project {
  folder: string;
  /** The file that exports the entry, relative to the folder. */
  source: string;
  manifest: Manifest;
  /** The bytes of the icon section, guest-kernel/abi/bundle.ts. */
  icon?: Uint8Array | undefined;
  /** What its capabilities cover; undefined: everything. */
  scopes: Scopes | undefined;
}

/** Reads a project folder. @throws ProjectError */
export function readProject(folder: string): Project {
  let text: string;
  try {
    text = readFileSync(join(folder, PROJECT_FILE), "utf8");
  } catch (cause) {
    throw new ProjectError(`${join(folder, PROJECT_FILE)}: cannot be read`, { cause });
  }
  try {
    return { folder, ...parseProject(text) };
  } catch (cause) {
    if (!(cause instanceof ProjectError)) throw cause;
    throw new ProjectError(`${join(folder, PROJECT_FILE)}: ${cause.message}`, { cause });
  }
}

/** Parses the text of an oscortex.json. @throws ProjectError naming the field, what is expected and what it got */
export function parseProject(text: string): Omit<Project, "folder"> {
  const fields = parseJsonObject(text);
  if (fields === undefined) throw new ProjectError("not a JSON object");
  const unknown = [...fields.keys()].find((key) => !KEYS.includes(key));
  if (unknown !== undefined)
    throw new ProjectError(`unknown field ${JSON.stringify(unknown)}, expected ${KEYS.join(", ")}`);
  const capabilities = readCapabilities(fields.get("capabilities") ?? []);
  return {
    source: readText(fields.get("source") ?? "main.ts", "source", "a .ts file in the folder", checkSource),
    scopes: readScopes(fields, capabilities),
    icon: fields.has("icon") ? readIcon(fields.get("icon")) : undefined,
    manifest: {
      name: readText(fields.get("name"), "name", "a name such as org.example.app", checkPackageName),
      version: readText(fields.get("version"), "version", "a version such as 1.0.0", checkPackageVersion),
      entry: readText(fields.get("entry") ?? "main", "entry", "the name of a function", checkEntry),
      capabilities,
      memoryPages: readMemory(fields.get("memory") ?? DEFAULT_MEMORY_MIB) * PAGES_PER_MIB,
    },
  };
}

function readText(value: unknown, key: string, expected: string, check: (text: string) => boolean): string {
  if (typeof value !== "string" || !check(value)) throw wrongValue(key, expected, value);
  return value;
}

function readCapabilities(value: unknown): number {
  const expected = `a list of ${[...CAPABILITY_BITS.keys()].join(", ")}`;
  if (!Array.isArray(value)) throw wrongValue("capabilities", expected, value);
  let bits = 0;
  for (const name of value) {
    const bit = typeof name === "string" ? CAPABILITY_BITS.get(name) : undefined;
    if (bit === undefined) throw wrongValue("capabilities", expected, name);
    bits |= bit;
  }
  return bits;
}

/** The fields `files` and `hosts`. */
function readScopes(fields: Map<string, unknown>, capabilities: number): Scopes | undefined {
  const files = readScope(fields, "files", "files", capabilities, readFiles);
  const hosts = readScope(fields, "hosts", "net", capabilities, readHosts);
  return files === undefined && hosts === undefined ? undefined : { files: files ?? [], hosts: hosts ?? [] };
}

function readScope<T>(
  fields: Map<string, unknown>,
  key: string,
  capability: string,
  capabilities: number,
  read: (value: unknown) => T[],
): T[] | undefined {
  if (!fields.has(key)) return undefined;
  if ((capabilities & (CAPABILITY_BITS.get(capability) ?? 0)) === 0)
    throw new ProjectError(`${key}: needs "${capability}" among the capabilities`);
  const rules = read(fields.get(key));
  if (rules.length === 0)
    throw new ProjectError(`${key}: covers nothing; leave "${capability}" out of the capabilities instead`);
  return rules;
}

function readFiles(value: unknown): FileRule[] {
  const expected = 'paths with "read" or "write", such as { "/data/notes": "write" }';
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw wrongValue("files", expected, value);
  const rules = Object.entries(value);
  if (rules.length > SCOPES_MAX_FILES)
    throw wrongValue("files", `at most ${SCOPES_MAX_FILES} paths`, rules.length);
  return rules.map(([path, right]: [string, unknown]) => {
    if (!checkRulePath(path))
      throw wrongValue(
        "files",
        `an absolute path of at most ${SCOPES_MAX_PATH} bytes without ".", "..", "//" and a slash at the end`,
        path,
      );
    if (right !== "read" && right !== "write")
      throw wrongValue(`files: ${JSON.stringify(path)}`, '"read" or "write"', right);
    return { path, write: right === "write" };
  });
}

function readHosts(value: unknown): HostRule[] {
  const expected = 'a list of hosts such as "10.0.2.2:8080", "10.0.0.0/8", "*:443" or "*:8000-8099"';
  if (!Array.isArray(value)) throw wrongValue("hosts", expected, value);
  if (value.length > SCOPES_MAX_HOSTS)
    throw wrongValue("hosts", `at most ${SCOPES_MAX_HOSTS} hosts`, value.length);
  return value.map((text: unknown) => {
    const rule = typeof text === "string" ? parseHostRule(text) : undefined;
    if (rule === undefined) throw wrongValue("hosts", expected, text);
    return rule;
  });
}

function readIcon(value: unknown): Uint8Array {
  const { top, bottom, path } = (value ?? {}) as Record<string, unknown>; // SAFETY: each is checked
  if (!isColor(top)) throw wrongValue("icon.top", "a colour such as 5fa8f5", top);
  if (!isColor(bottom)) throw wrongValue("icon.bottom", "a colour such as 2f6fd6", bottom);
  if (typeof path !== "string" || !ICON_PATH.test(path))
    throw wrongValue("icon.path", "SVG path data in a grid of 24 x 24", path);
  const bytes = new TextEncoder().encode(`${top} ${bottom} ${path}`);
  if (bytes.length > ICON_MAX_SIZE)
    throw wrongValue("icon.path", `at most ${ICON_MAX_SIZE - 14} characters`, path);
  return bytes;
}

function isColor(value: unknown): value is string {
  return typeof value === "string" && COLOR.test(value);
}

function readMemory(value: unknown): number {
  if (typeof value !== "number" || !Number.isInteger(value) || value < 1 || value > MAX_MEMORY_MIB)
    throw wrongValue("memory", `1..${MAX_MEMORY_MIB} (MiB)`, value);
  return value;
}

function checkEntry(name: string): boolean {
  return name.length < MANIFEST_ENTRY_SIZE && IDENTIFIER.test(name);
}

function checkSource(path: string): boolean {
  return SOURCE.test(path);
}

function wrongValue(key: string, expected: string, got: unknown): ProjectError {
  return new ProjectError(`${key}: expected ${expected}, got ${JSON.stringify(got) ?? "nothing"}`);
}
