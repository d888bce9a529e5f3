// How fast modules are compiled: in the guest, and by V8 on one thread.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodeBundle, encodeBundle } from "../../pkg/bundle.ts";
import { packProject } from "../../pkg/pack/pack.ts";
import { SOURCE_ROOT } from "../../pkg/source-root.ts";
import { runGuest, runNode } from "../child.ts";
import { parseGuestRows } from "../guest-rows.ts";
import { type Row, summarize } from "../stats.ts";
import { V8_FLAGS } from "./engines.ts";
import { repeatFunctions } from "./large-module.ts";

const SUBJECT = "compile";
const SIZES_MB = [0.1, 1, 10];
const GUEST_ROUNDS = 5;
const APP = "org.oscortex.large";

/** Measures modules of different sizes; ratios are to V8's optimising compiler. */
export async function measureCompile(): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), "oscortex-bench-"));
  try {
    const { file } = await packProject(join(SOURCE_ROOT, "bench/aot/workloads"));
    const bench = await packProject(join(SOURCE_ROOT, "shell-host/apps/bench"));
    writeFileSync(join(folder, "bench.osx"), bench.file);
    const bundle = decodeBundle(file);
    const once = repeatFunctions(bundle.wasm, 1).length;
    const more = repeatFunctions(bundle.wasm, 2).length - once;
    const rows: Row[] = [];
    for (const megabytes of SIZES_MB) {
      const wasm = repeatFunctions(bundle.wasm, 1 + Math.ceil((megabytes * 1e6 - once) / more));
      const manifest = { ...bundle.manifest, name: APP };
      writeFileSync(join(folder, "large.osx"), encodeBundle({ manifest, wasm }));
      rows.push(...(await compareCompilers(folder, wasm)));
    }
    return rows;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function compareCompilers(folder: string, wasm: Uint8Array): Promise<Row[]> {
  const size = `${(wasm.length / 1e6).toFixed(1)} MB`;
  const module = join(folder, "large.wasm");
  writeFileSync(module, wasm);
  const { stdout } = await runNode([...V8_FLAGS, "--single-threaded"], "bench/aot/v8-compile.js", module);
  const v8 = summarize(SUBJECT, `${size}, V8`, [Number(stdout)]);
  const options = ["--headless", "--quiet", "--repository", folder];
  const measured = ["resolve-miss", "--package", APP, "--rounds", String(GUEST_ROUNDS)];
  const printed = await runGuest(...options, "--run", "org.oscortex.bench", "--", ...measured);
  const guest = parseGuestRows(SUBJECT, printed.stdout).find(({ name }) => name.endsWith("compile"));
  if (guest === undefined) throw new Error(`the guest did not measure compiling:\n${printed.stdout}`);
  return [
    { ...guest, name: `${size}, guest`, ratio: guest.min / v8.min },
    { ...v8, ratio: 1 },
  ];
}
