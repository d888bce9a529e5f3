// npm run test:svm: the tests that need KVM, on hardware KVM as QEMU emulates it.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { SOURCE_ROOT } from "../../pkg/source-root.ts";
import { packApp } from "../support/app.ts";
import { loadAot } from "../support/compiler.ts";
import { buildGuest, printProgress } from "../../vmm/image/build-guest.ts";
import { SvmError } from "./errors.ts";
import { runInSvm } from "./machine.ts";

const HELP = `usage: npm run test:svm [-- [--short] [--timeout MINUTES] [TEST...]]

Runs tests in an emulated AMD machine with SVM, where /dev/kvm is Linux's own kvm-amd. By default the tests of boot, kernel
and VMM that need KVM; TEST names files or folders instead. Needs Debian and root: what is missing (QEMU, busybox, a
Debian kernel, which is kept in build/svm) is installed or fetched.

  --short            only a few boots, to see that the image works on hardware KVM
  --timeout MINUTES  give up after that long (default 15)
  --help             show this

Exit status: the tests' own; 1 if the machine cannot be made or takes too long, 2 for wrong usage.
`;

const FOLDERS = ["vmm", "tests/boot", "tests/support", "tests/conformance"];
const NEEDS_KVM = /\blacksKvm\(\)/;
const SHORT = ["tests/boot/headless.test.ts", "tests/boot/crash.test.ts", "vmm/machine.test.ts"];
// Of the compiler's tests, those with atomic instructions and with attacks stand for all: whose KVM runs them makes no
// difference, and the suites would take longer than all the rest. So would the desktop, and what compiles apps or draws.
const LEFT_OUT =
  /^(?:tests\/(?:conformance\/(?!atomics|isolation)|boot\/(?:screen|desktop|control|observe|api-example|linked-crash))|vmm\/(?:api|display))/;
const TIME_FACTOR = 20; // how much longer than on a real CPU a test may take
const CPUS = 2;
const MEMORY_MIB = 8192;
const MINUTE_MS = 60_000;

process.exitCode = await main(process.argv.slice(2));

async function main(args: string[]): Promise<number> {
  try {
    const { values, positionals } = parseOptions(args);
    if (values.help === true) {
      process.stdout.write(HELP);
      return 0;
    }
    await buildGuest(printProgress(process.stderr)); // which would take minutes there
    if (values.short !== true) await compileInputs(); // the short ones need none of it
    const chosen = values.short === true ? SHORT : positionals;
    return await runTests(chosen.length > 0 ? chosen : testsThatNeedKvm(), Number(values.timeout));
  } catch (error) {
    if (!(error instanceof SvmError) && !isUsageError(error)) throw error;
    process.stderr.write(`test:svm: ${error.message}\n`);
    return error instanceof SvmError ? 1 : 2;
  }
}

/** Compiles what tests compile, which they find in build/cache then. */
async function compileInputs(): Promise<void> {
  process.stderr.write("compiling what tests run\n");
  await loadAot();
  for (const app of ["tests/fixtures/kernel-app", "tests/fixtures/hostile-app", "shell-host/apps/swatch"])
    await packApp(app);
}

type Values = { short?: boolean; timeout: string; help?: boolean };

function parseOptions(args: string[]): { values: Values; positionals: string[] } {
  return parseArgs({
    args,
    allowPositionals: true,
    options: {
      short: { type: "boolean" },
      timeout: { type: "string", default: "15" },
      help: { type: "boolean", short: "h" },
    },
  });
}

function isUsageError(error: unknown): error is Error {
  return error instanceof Error && "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS");
}

function testsThatNeedKvm(): string[] {
  return FOLDERS.flatMap((folder) =>
    readdirSync(join(SOURCE_ROOT, folder), { recursive: true, encoding: "utf8" })
      .map((name) => `${folder}/${name}`)
      .filter(
        (file) =>
          file.endsWith(".test.ts") &&
          !LEFT_OUT.test(file) &&
          NEEDS_KVM.test(readFileSync(join(SOURCE_ROOT, file), "utf8")),
      ),
  );
}

async function runTests(tests: string[], minutes: number): Promise<number> {
  if (!(minutes > 0)) throw new SvmError("--timeout: expected a number of minutes");
  const interrupt = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => interrupt.abort());
  const environment = `OSCORTEX_REQUIRE_KVM=1 OSCORTEX_BUILT=1 OSCORTEX_TIME_FACTOR=${TIME_FACTOR} NO_COLOR=1`;
  const vitest = [process.execPath, "node_modules/vitest/vitest.mjs", "run", ...tests].map(quoted).join(" ");
  return await runInSvm(
    {
      command: `export ${environment}; cd ${quoted(SOURCE_ROOT)} && exec ${vitest}`,
      cpus: CPUS,
      memoryMib: MEMORY_MIB,
      timeoutMs: minutes * MINUTE_MS,
      cacheFolder: join(SOURCE_ROOT, "build/svm"),
      output: (bytes) => void process.stdout.write(bytes),
    },
    interrupt.signal,
  );
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
