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
const DIGITS = 16; // of a digest, where there are others beside it
const CALLS_MODULE = "oscortex"; // imports from there are system calls
const LIBRARY_MODULE = "library"; // and from here the library's

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
      `${name.padEnd(width)}  ${version.padEnd(10)} ${String(sizeBytes).padStart(9)}  ${sha256.slice(0, DIGITS)}  ${system ? "system" : ""}`,
  );
  return print(lines.map((line) => `${line.trimEnd()}\n`).join(""));
}

type BundleFacts = ReturnType<typeof factsOf>;

function factsOf(file: Uint8Array) {
  const { manifest, wasm, lines, assets, icon, scopes, library, needs } = decodeBundle(file);
  if (!WebAssembly.validate(new Uint8Array(wasm))) throw new ModuleError("not a valid WebAssembly module");
  const shape = readModuleShape(wasm);
  const imports = shape.imports.filter(({ module }) => module === CALLS_MODULE).map(({ name }) => name);
  const fromLibrary = shape.imports.filter(({ module }) => module === LIBRARY_MODULE).length;
  return {
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
    exports: shape.exports.map(({ name }) => name),
    library: library && { identity: digestHex(library) },
    needs: needs && { path: needs.path, identity: digestHex(needs.identity), imports: fromLibrary },
  };
}

function showBundle(file: Uint8Array, json: boolean): number {
  const facts = factsOf(file);
  if (json) return printJson(facts);
  const { bytes, imports, exports, library, needs } = facts;
  return print(
    [
      `${facts.name} ${facts.version}`,
      library ? `  library       ${library.identity}` : `  entry         ${facts.entry}`,
      `  capabilities  ${facts.capabilities.join(", ") || "none"}`,
      ...facts.files.map(({ path, write }) => `  files         ${write ? "write" : "read"} ${path}`),
      ...facts.hosts.map((host) => `  host          ${host}`),
      `  memory        at most ${facts.memoryKib} KiB`,
      `  SHA-256       ${facts.sha256}`,
      `  bytes         ${bytes.file}: module ${bytes.wasm}, line table ${bytes.lines}, assets ${bytes.assets}, icon ${bytes.icon}`,
      `  imports       ${imports.join(", ") || "none"}`,
      ...(needs ? [needsLine(needs)] : []),
      `  exports       ${library ? `${exports.length}, for programs` : exports.join(", ")}`,
      "",
    ].join("\n"),
  );
}

/** What a bundle needs a library for. */
function needsLine({ path, identity, imports }: NonNullable<BundleFacts["needs"]>): string {
  return `  needs         ${path} ${identity.slice(0, DIGITS)}, ${imports} imports of it`;
}
