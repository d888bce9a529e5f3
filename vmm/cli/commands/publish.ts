// `oscortex publish`: puts a bundle into a repository, from where `oscortex serve` serves it.

import { existsSync } from "node:fs";
import { mkdir, readFile, rename, stat, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { decodeBundle } from "../../../pkg/bundle.ts";
import { digestHex, digestOf } from "../../../pkg/digest.ts";
import { RepositoryError } from "../../../pkg/errors.ts";
import { compareVersions } from "../../../pkg/package-version.ts";
import { packProject } from "../../../pkg/pack/pack.ts";
import { onePositional, parseCommandLine, print } from "../command-line.ts";
import { UsageError } from "../usage-error.ts";

const USAGE = `Usage: oscortex publish FILE.osx|FOLDER --to REPOSITORY [options]

Puts a bundle, or the bundle of the project in FOLDER, into a repository: a folder that oscortex serve serves. A server
that runs offers it at once. The file is named after the package.

Options:
  --to REPOSITORY  the repository's folder; made if it is not there
  --force          also if the repository has this version with other contents, or a later version
  -h, --help       show this

Exit status: 0 published, or there already; 1 refused; 2 wrong usage.
`;

function warn(message: string): void {
  process.stderr.write(`oscortex publish: ${message}\n`);
}

/** Runs the command. @throws PkgError */
export async function publish(args: string[]): Promise<number> {
  const { values, positionals } = parseCommandLine(args, {
    to: { type: "string" },
    force: { type: "boolean", default: false },
  });
  if (values.help) return print(USAGE);
  const subject = onePositional(positionals, "FILE.osx or FOLDER");
  if (values.to === undefined) throw new UsageError("expected --to REPOSITORY");
  const isProject = (await stat(subject)).isDirectory();
  const file = isProject ? (await packProject(subject, { warn })).file : await readFile(subject);
  const { name, version } = decodeBundle(file).manifest;
  await mkdir(values.to, { recursive: true });
  const path = join(values.to, `${name}.osx`);
  const digest = digestHex(digestOf(file));
  if (existsSync(path)) {
    const present = await readFile(path);
    if (digestHex(digestOf(present)) === digest)
      return print(`${path}: ${name} ${version} is there already\n`);
    if (!values.force) checkNewer(path, decodeBundle(present).manifest.version, version);
  }
  await replace(path, file);
  return print(`${path}: ${name} ${version}, ${file.length} bytes, SHA-256 ${digest}\n`);
}

/** @throws RepositoryError if `version` is not later than the one that is `present` */
function checkNewer(path: string, present: string, version: string): void {
  const order = compareVersions(version, present);
  if (order > 0) return;
  const reason = order === 0 ? `has ${present} with other contents` : `has ${present}, later than ${version}`;
  throw new RepositoryError(`${path}: ${reason}: raise the version, or use --force`);
}

/** A server never sees half a file. */
async function replace(path: string, file: Uint8Array): Promise<void> {
  const part = `${path}.part`;
  try {
    await writeFile(part, file);
    await rename(part, path);
  } catch (error) {
    await unlink(part).catch(() => {});
    throw error;
  }
}
