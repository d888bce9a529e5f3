import { beforeAll, expect, test } from "vitest";
import { compileGuest } from "../../../tests/support/asc.ts";
import { compareWithGolden } from "../../../tests/support/golden.ts";
import { guestImports, guestMemory, pictureOf } from "../../../tests/support/guest-pixels.ts";
import { TIME_FACTOR } from "../../../tests/support/time-factor.ts";

const PIXELS = 32 << 20;
let memory: WebAssembly.Memory;
let ui: any;
beforeAll(async () => {
  const module = await compileGuest("shell-host/engine/widgets/widgets.exports.ts");
  memory = guestMemory();
  memory.grow(1024);
  ui = new WebAssembly.Instance(module, guestImports(memory)).exports;
}, 60_000 * TIME_FACTOR);
test("x", () => {
  ui.show();
  console.log(ui.frame(0, PIXELS, 800, 400, 2), ui.frame(0, PIXELS, 800, 400, 2));
  compareWithGolden("scratch", pictureOf(memory, PIXELS, 800, 400));
});
