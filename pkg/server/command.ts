// The command `pkg-server`, also `oscortex serve`.

import { parseArgs } from "node:util";
import { RepositoryError } from "../errors.ts";
import { startPackageServer } from "./server.ts";

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;
const MAX_PORT = 65535;

const USAGE = (program: string): string => `Usage: ${program} FOLDER [options]

Serves the .osx bundles in FOLDER: GET /catalog.bin and GET /pkg/<hex SHA-256>.osx.

Options:
  --listen HOST:PORT  address (default: 127.0.0.1:8080; 0.0.0.0:8080 serves every network)
  --port PORT         port alone; 0 takes a free one
  --system NAME       pin this package in the guest's cache; may be given again
  -h, --help          show this

FOLDER/repository.json, { "system": [NAMES] }, pins packages as well. Stops at Ctrl-C.
Exit status: 0 stopped, 1 FOLDER or the address cannot be used, 2 wrong usage.
`;

/** Runs the command, which calls itself `program`; its exit status once it serves no more. */
export async function serve(args: string[], program: string): Promise<number> {
  const warn = (message: string): void => void process.stderr.write(`${program}: ${message}\n`);
  const options = parseOptions(args);
  if (typeof options === "string") {
    process.stderr.write(`${program}: ${options}\nTry ${program} --help.\n`);
    return EXIT_USAGE;
  }
  if (options.help) {
    process.stdout.write(USAGE(program));
    return 0;
  }
  try {
    const server = await startPackageServer({ ...options, onWarning: warn });
    const host = server.host.includes(":") ? `[${server.host}]` : server.host;
    process.stdout.write(`serving ${options.folder} at http://${host}:${server.port}\n`);
    await new Promise<void>((resolve) => {
      for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => resolve());
    });
    await server.close();
    return 0;
  } catch (error) {
    if (!(error instanceof RepositoryError || (error instanceof Error && "syscall" in error))) throw error;
    warn(error.message);
    return EXIT_FAILED;
  }
}

interface Options {
  help: boolean;
  folder: string;
  host: string;
  port: number;
  system: string[];
}

/** The options, or what is wrong with them. */
function parseOptions(args: string[]): Options | string {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        listen: { type: "string", default: "127.0.0.1:8080" },
        port: { type: "string" },
        system: { type: "string", multiple: true, default: [] },
        help: { type: "boolean", short: "h", default: false },
      },
    });
    const [folder = ""] = positionals;
    if (!values.help && positionals.length !== 1) return `expected one FOLDER, got ${positionals.length}`;
    const listen = /^(?:\[(?<v6>[0-9a-f:.]+)\]|(?<v4>[^:]+)):(?<port>[0-9]{1,5})$/i.exec(
      values.listen,
    )?.groups;
    const port = Number(values.port ?? listen?.["port"]);
    if (listen === undefined || !Number.isInteger(port) || port < 0 || port > MAX_PORT)
      return `expected --listen HOST:PORT or --port 0..${MAX_PORT}`;
    return { help: values.help, folder, host: listen["v6"] ?? listen["v4"]!, port, system: values.system };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
