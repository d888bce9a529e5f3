import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { TIME_FACTOR } from "../../tests/support/time-factor.ts";
import { decodeBundle } from "../bundle.ts";
import { packProject } from "./pack.ts";

// A window of 120 x 40 pixels that says Hello; the result is how many pixels are not white.
const APP = `
import { Bitmap } from "oscortex-host/painting/bitmap";
import { BoxDecoration } from "oscortex-host/painting/box-decoration";
import { Center } from "oscortex-host/widgets/layout";
import { DecoratedBox, Text } from "oscortex-host/widgets/basic";
import { UiWindow } from "oscortex-host/widgets/window";

export function main(): i32 {
  const bitmap = Bitmap.allocate(120, 40);
  const page = new DecoratedBox(new BoxDecoration(0xffffffff), new Center(new Text("Hello")));
  new UiWindow(page).frame(0, bitmap, 1);
  let inked = 0;
  for (let at = 0; at < 120 * 40; at++) if (load<u32>(bitmap.pixels + (at << 2)) != 0xffffffff) inked++;
  return inked;
}
`;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "oscortex-engine-"));
  const project = { name: "com.example.hello", version: "1.0.0", memory: 64 };
  writeFileSync(join(folder, "oscortex.json"), JSON.stringify(project));
  writeFileSync(join(folder, "main.ts"), APP);
});
afterAll(() => rmSync(folder, { recursive: true }));

test(
  "an app outside of the checkout draws with the engine",
  async () => {
    const { wasm } = decodeBundle((await packProject(folder)).file);
    const module = new WebAssembly.Module(new Uint8Array(wasm));
    const called: string[] = [];
    const calls = Object.fromEntries(
      WebAssembly.Module.imports(module).map(({ name }) => [name, () => called.push(name)]),
    );
    const { main } = new WebAssembly.Instance(module, { oscortex: calls }).exports;
    if (typeof main !== "function") throw new Error("no main");
    const inked = Number(Reflect.apply(main, undefined, []));
    expect(inked).toBeGreaterThan(120);
    expect(inked).toBeLessThan(400);
    expect(called).toEqual([]);
    expect(wasm.length).toBeLessThan(256 * 1024);
  },
  120_000 * TIME_FACTOR,
);

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
      const imports = WebAssembly.Module.imports(new WebAssembly.Module(new Uint8Array(wasm)));
      expect(imports.map(({ name }) => name)).toEqual(
        expect.arrayContaining(["window_create", "gpu_submit_strided", "poll"]),
      );
      expect(wasm.length).toBeLessThan(1024 * 1024); // what a fetched package may have
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
      expect(wasm.length).toBeLessThan(1024 * 1024); // what a fetched package may have
    } finally {
      rmSync(app, { recursive: true });
    }
  },
  120_000 * TIME_FACTOR,
);
