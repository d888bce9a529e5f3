import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { E_NOSYS } from "../../guest-kernel/abi/errors.ts";
import { TIME_FACTOR } from "../../tests/support/time-factor.ts";
import { decodeBundle } from "../bundle.ts";
import { readModuleShape } from "./module-reader.ts";
import { packEngine, packProject } from "./pack.ts";

// A window of 120 x 40 pixels that says Hello; the result is how many pixels are not white.
const APP = `
import { Bitmap } from "oscortex-host/painting/bitmap";
import { BoxDecoration } from "oscortex-host/painting/box-decoration";
import { Center } from "oscortex-host/widgets/layout";
import { DecoratedBox, Text } from "oscortex-host/widgets/basic";
import { UiWindow } from "oscortex-host/widgets/window";

const room = memory.data(16384);

export function main(): i32 {
  for (let at: usize = 0; at < 16384; at++) if (load<u8>(room + at) != 0) return -1;
  const bitmap = Bitmap.allocate(120, 40);
  const page = new DecoratedBox(new BoxDecoration(0xffffffff), new Center(new Text("Hello")));
  new UiWindow(page).frame(0, bitmap, 1);
  let inked = 0;
  for (let at = 0; at < 120 * 40; at++) if (load<u32>(bitmap.pixels + (at << 2)) != 0xffffffff) inked++;
  return inked;
}
`;

// A class that overrides what no class of the engine does, where the engine calls it directly.
const OVERRIDE = `
class Plain extends BoxDecoration {
  equals(other: BoxDecoration): bool {
    return this === other;
  }
}
`;

const NO_CALL = -E_NOSYS;

let engine: Uint8Array;
let folder: string;
beforeAll(async () => {
  engine = await packEngine(false);
  folder = mkdtempSync(join(tmpdir(), "oscortex-engine-"));
  const project = { name: "com.example.hello", version: "1.0.0", memory: 64 };
  writeFileSync(join(folder, "oscortex.json"), JSON.stringify(project));
  writeFileSync(join(folder, "main.ts"), APP);
}, 120_000 * TIME_FACTOR);
afterAll(() => rmSync(folder, { recursive: true }));

test(
  "an app outside of the checkout draws with the engine",
  async () => {
    const { wasm, needs } = decodeBundle((await packProject(folder)).file);
    expect(needs).toEqual({ identity: decodeBundle(engine).library, path: "/bin/oscortex-host" });
    const { inked, called } = drawn(wasm, decodeBundle(engine).wasm);
    expect(inked).toBeGreaterThan(120);
    expect(inked).toBeLessThan(400);
    expect(called).toEqual([]);
    expect(wasm.length).toBeLessThan(48 * 1024); // the engine has over 400 KiB
  },
  120_000 * TIME_FACTOR,
);

test(
  "an app that overrides what the engine itself never does has the engine in it, and draws the same",
  async () => {
    const app = mkdtempSync(join(tmpdir(), "oscortex-alone-"));
    try {
      const project = { name: "com.example.alone", version: "1.0.0", memory: 64 };
      writeFileSync(join(app, "oscortex.json"), JSON.stringify(project));
      writeFileSync(join(app, "main.ts"), `${APP}${OVERRIDE}`.replace("BoxDecoration(0x", "Plain(0x"));
      const warnings: string[] = [];
      const options = { warn: (message: string) => void warnings.push(message) };
      const { wasm, needs } = decodeBundle((await packProject(app, options)).file);
      expect(needs).toBeUndefined();
      expect(warnings.length).toBe(1);
      expect(warnings[0]).toContain("only a class of the app overrides");
      expect(drawn(wasm).inked).toBeGreaterThan(120);
    } finally {
      rmSync(app, { recursive: true });
    }
  },
  120_000 * TIME_FACTOR,
);

/** Runs an app's main, where every system call fails, on its own or linked to the library's module. */
function drawn(wasm: Uint8Array, library?: Uint8Array): { inked: number; called: string[] } {
  const called: string[] = [];
  const maximum = readModuleShape(wasm).memory?.max ?? 0;
  const memory = new WebAssembly.Memory({ initial: 64, maximum });
  const instantiate = (bytes: Uint8Array, imports: WebAssembly.Imports): WebAssembly.Exports => {
    const module = new WebAssembly.Module(new Uint8Array(bytes));
    const calls = Object.fromEntries(
      WebAssembly.Module.imports(module)
        .filter((imported) => imported.module === "oscortex")
        .map(({ name }) => [name, () => (called.push(name), NO_CALL)]),
    );
    return new WebAssembly.Instance(module, { ...imports, oscortex: calls, env: { memory } }).exports;
  };
  const { main } = instantiate(wasm, library ? { library: instantiate(library, {}) } : {});
  if (typeof main !== "function") throw new Error("no main");
  return { inked: Number(Reflect.apply(main, undefined, [])), called };
}

test(
  "the app of the engine's README is packed",
  async () => {
    const readme = readFileSync(new URL("../../shell-host/engine/README.md", import.meta.url), "utf8");
    const [counter = "", main = ""] = [...readme.matchAll(/^```ts\n(.*?)^```$/gms)].map(
      ([, code = ""]) => code,
    );
    const app = mkdtempSync(join(tmpdir(), "oscortex-readme-"));
    try {
      const project = { name: "com.example.counter", version: "1.0.0", capabilities: ["surfaces"] };
      writeFileSync(join(app, "oscortex.json"), JSON.stringify(project));
      writeFileSync(join(app, "counter.ts"), counter);
      writeFileSync(join(app, "main.ts"), main);
      const { wasm } = decodeBundle((await packProject(app)).file);
      const { called } = drawn(wasm, decodeBundle(engine).wasm);
      expect(called).toEqual(expect.arrayContaining(["window_create", "write"])); // to say that there is no screen
      expect(wasm.length).toBeLessThan(64 * 1024);
    } finally {
      rmSync(app, { recursive: true });
    }
  },
  120_000 * TIME_FACTOR,
);

test(
  "the app of the engine's guide is packed",
  async () => {
    const guide = readFileSync(new URL("../../shell-host/engine/GUIDE.md", import.meta.url), "utf8");
    const app = mkdtempSync(join(tmpdir(), "oscortex-guide-"));
    try {
      const project = { name: "com.example.gallery", version: "1.0.0", capabilities: ["surfaces"] };
      writeFileSync(join(app, "oscortex.json"), JSON.stringify(project));
      const files = [...guide.matchAll(/^```ts\n\/\/ (\S+)\n(.*?)^```$/gms)];
      expect(files.length).toBe([...guide.matchAll(/^```ts$/gm)].length);
      for (const [, name = "", code = ""] of files) writeFileSync(join(app, name), code);
      const { wasm } = decodeBundle((await packProject(app)).file);
      expect(wasm.length).toBeLessThan(64 * 1024);
    } finally {
      rmSync(app, { recursive: true });
    }
  },
  120_000 * TIME_FACTOR,
);
