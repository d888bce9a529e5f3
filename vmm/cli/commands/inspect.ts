// `oscortex inspect`: what a bundle or a repository holds.

import { readFile, stat } from "node:fs/promises";
import { decodeBundle } from "../../../pkg/bundle.ts";
import { capabilityNames } from "../../../pkg/capabilities.ts";
import type { CatalogEntry } from "../../../pkg/catalog.ts";
import { digestHex, digestOf } from "../../../pkg/digest.ts";
import { ModuleError } from "../../../pkg/errors.ts";
import { readModuleShape } from "../../../pkg/pack/module-reader.ts";
import { hostRuleText } from "../../../pkg/scopes.ts";
import { Repository } from "../../../pkg/server/repository.ts";
import { PackageClient } from "../../../pkg/store/fetch.ts";
import { onePositional, parseCommandLine, print, printJson } from "../command-line.ts";

const KIB_PER_PAGE = 64;

const USAGE = `Usage: oscortex inspect FILE.osx|FOLDER|URL [options]

Shows what a bundle holds, or which packages a repository or a package server offers.

Options:
  --json      print JSON
  -h, --help  show this

Exit status: 0 shown, 1 it cannot be read, or is none, 2 wrong usage.
`;

/** Runs the command. @throws PkgError */
export async function inspect(args: string[]): Promise<number> {
  const { values, positionals } = parseCommandLine(args, { json: { type: "boolean", default: false } });
  if (values.help) return print(USAGE);
  const subject = onePositional(positionals, "FILE.osx, FOLDER or URL");
  if (/^https?:\/\//.test(subject)) return showCatalog(await catalogOf(subject), values.json);
  if ((await stat(subject)).isDirectory()) {
    const warn = (message: string): void => void process.stderr.write(`oscortex inspect: ${message}\n`);
    const { entries } = await new Repository({ folder: subject, onWarning: warn }).scan();
    return showCatalog(entries, values.json);
  }
  return showBundle(await readFile(subject), values.json);
}

async function catalogOf(origin: string): Promise<CatalogEntry[]> {
  const client = new PackageClient(origin);
  try {
    return await client.fetchCatalog();
  } finally {
    await client.close();
  }
}

function showCatalog(entries: readonly CatalogEntry[], json: boolean): number {
  const rows = entries.map(({ name, version, sizeBytes, system, sha256 }) => ({
    name,
    version,
    sizeBytes,
    system,
    sha256: digestHex(sha256),
  }));
  if (json) return printJson(rows);
  const width = Math.max(4, ...rows.map(({ name }) => name.length));
  const lines = rows.map(
    ({ name, version, sizeBytes, system, sha256 }) =>
      `${name.padEnd(width)}  ${version.padEnd(10)} ${String(sizeBytes).padStart(9)}  ${sha256.slice(0, 16)}  ${system ? "system" : ""}`,
  );
  return print(lines.map((line) => `${line.trimEnd()}\n`).join(""));
}

function showBundle(file: Uint8Array, json: boolean): number {
  const { manifest, wasm, lines, assets, icon, scopes } = decodeBundle(file);
  if (!WebAssembly.validate(new Uint8Array(wasm))) throw new ModuleError("not a valid WebAssembly module");
  const shape = readModuleShape(wasm);
  const imports = shape.imports.map(({ name }) => name);
  const exports = shape.exports.map(({ name }) => name);
  const facts = {
    name: manifest.name,
    version: manifest.version,
    entry: manifest.entry,
    capabilities: capabilityNames(manifest.capabilities),
    files: scopes?.files ?? [],
    hosts: scopes?.hosts.map(hostRuleText) ?? [],
    memoryKib: manifest.memoryPages * KIB_PER_PAGE,
    sha256: digestHex(digestOf(file)),
    bytes: {
      file: file.length,
      wasm: wasm.length,
      lines: lines?.length ?? 0,
      assets: assets?.length ?? 0,
      icon: icon?.length ?? 0,
    },
    imports,
    exports,
  };
  if (json) return printJson(facts);
  const { bytes } = facts;
  return print(
    [
      `${facts.name} ${facts.version}`,
      `  entry         ${facts.entry}`,
      `  capabilities  ${facts.capabilities.join(", ") || "none"}`,
      ...facts.files.map(({ path, write }) => `  files         ${write ? "write" : "read"} ${path}`),
      ...facts.hosts.map((host) => `  host          ${host}`),
      `  memory        at most ${facts.memoryKib} KiB`,
      `  SHA-256       ${facts.sha256}`,
      `  bytes         ${bytes.file}: module ${bytes.wasm}, line table ${bytes.lines}, assets ${bytes.assets}, icon ${bytes.icon}`,
      `  imports       ${imports.join(", ") || "none"}`,
      `  exports       ${exports.join(", ")}`,
      "",
    ].join("\n"),
  );
}
