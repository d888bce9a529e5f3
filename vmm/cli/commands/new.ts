// `oscortex new`: makes the project of an app.

import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { checkPackageName } from "../../../pkg/package-name.ts";
import { PROJECT_FILE } from "../../../pkg/pack/project.ts";
import { onePositional, parseCommandLine, print } from "../command-line.ts";
import { TEMPLATES } from "../templates.ts";
import { UsageError } from "../usage-error.ts";

const USAGE = `Usage: oscortex new FOLDER [options]

Makes the project of an app in FOLDER, which must be new or empty.

Options:
  --name NAME          the package's name, such as org.example.clock (default: org.example.FOLDER)
  --template TEMPLATE  ${[...TEMPLATES.keys()].join(" or ")} (default: console)
  -h, --help           show this
`;

/** Runs the command. @throws UsageError */
export async function createProject(args: string[]): Promise<number> {
  const { values, positionals } = parseCommandLine(args, {
    name: { type: "string" },
    template: { type: "string", default: "console" },
  });
  if (values.help) return print(USAGE);
  const folder = onePositional(positionals, "FOLDER");
  const name = values.name ?? `org.example.${labelOf(basename(resolve(folder)))}`;
  if (!checkPackageName(name))
    throw new UsageError(`--name: expected a name such as org.example.clock, got ${JSON.stringify(name)}`);
  const template = TEMPLATES.get(values.template);
  if (template === undefined)
    throw new UsageError(
      `--template: expected ${[...TEMPLATES.keys()].join(" or ")}, got ${JSON.stringify(values.template)}`,
    );
  if (existsSync(folder) && readdirSync(folder).length > 0)
    throw new UsageError(`${folder}: is not empty: name a new folder`);
  mkdirSync(folder, { recursive: true });
  for (const [file, contents] of template(name)) writeFileSync(join(folder, file), contents);
  return print(
    `${folder}: ${name}\n\n  oscortex dev ${folder}     runs it, and again when ${PROJECT_FILE} or a source changes\n`,
  );
}

/** A folder's name as the last label of a package's. */
function labelOf(folder: string): string {
  const label = folder
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "");
  return label === "" ? "app" : label;
}
