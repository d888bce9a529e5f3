// What the options of the screen mean, and which are refused.
import { describe, expect, test } from "vitest";
import { DEFAULT_WEB, displayOption, type DisplayWords } from "./display-options.ts";
import { UsageError } from "./usage-error.ts";

const NONE: DisplayWords = { headless: false, "no-display": false };

function parse(words: Partial<DisplayWords>): ReturnType<typeof displayOption> {
  return displayOption({ ...NONE, ...words });
}

describe("without options", () => {
  test("the page is on the loopback interface, at a port that may be another", () => {
    expect(parse({})).toEqual({
      web: DEFAULT_WEB,
      exactPort: false,
      vnc: undefined,
      passwordFile: undefined,
      wanted: { width: 1280, height: 800, scale: 100 },
      resizable: true,
      screenshot: undefined,
    });
    expect(DEFAULT_WEB.host).toBe("127.0.0.1");
  });

  test("a headless run has no screen, unless somebody wants to see it", () => {
    expect(parse({ headless: true })).toBeUndefined();
    expect(parse({ headless: true, display: "0" })).toMatchObject({ web: { port: 0 }, exactPort: true });
    expect(parse({ headless: true, vnc: "5900" })).toMatchObject({
      web: DEFAULT_WEB,
      vnc: { host: "127.0.0.1", port: 5900 },
    });
    expect(parse({ headless: true, screenshot: "a.png" })).toMatchObject({
      web: undefined,
      screenshot: "a.png",
    });
  });

  test("--no-display is no screen", () => {
    expect(parse({ "no-display": true })).toBeUndefined();
    expect(parse({ "no-display": true, resolution: "800x600" })).toBeUndefined();
  });
});

describe.each(["display", "vnc"] as const)("--%s", (option) => {
  test.each([
    ["0", "127.0.0.1", 0],
    ["5900", "127.0.0.1", 5900],
    ["65535", "127.0.0.1", 65535],
    ["0.0.0.0:80", "0.0.0.0", 80],
    ["localhost:6080", "localhost", 6080],
    ["[::1]:5901", "::1", 5901],
    ["[::]:1", "::", 1],
  ])("%s is %s, port %i", (text, host, port) => {
    expect(parse({ [option]: text })).toMatchObject({
      [option === "vnc" ? "vnc" : "web"]: { host, port },
    });
  });

  test.each([
    "",
    "-1",
    "65536",
    "123456",
    "80x",
    ":80",
    "localhost",
    "localhost:",
    "::1:80",
    "[::1]",
    "[::1]80",
    "a:b:80",
    "[host]:80",
    "1.2.3.4: 80",
    "80\n",
  ])("%j is refused", (text) => {
    expect(() => parse({ [option]: text })).toThrow(UsageError);
    expect(() => parse({ [option]: text })).toThrow(`--${option}: expected PORT or ADDRESS:PORT`);
  });
});

describe("--resolution", () => {
  test.each([
    ["64x64", 64, 64, 100],
    ["8192x8192", 8192, 8192, 100],
    ["2560x1600@2", 2560, 1600, 200],
    ["800x600@1.25", 800, 600, 125],
    ["800x600@0.5", 800, 600, 50],
    ["800x600@4", 800, 600, 400],
  ])("%s is %i by %i at %i %%, and stays", (resolution, width, height, scale) => {
    expect(parse({ resolution })).toMatchObject({ wanted: { width, height, scale }, resizable: false });
  });

  test.each([
    "",
    "800",
    "800x",
    "x600",
    "63x600",
    "800x63",
    "8193x600",
    "800X600",
    "800x600@",
    "800x600@0.4",
  ])("%j is refused", (resolution) => {
    expect(() => parse({ resolution })).toThrow(UsageError);
  });

  test.each(["800x600@4.01", "800x600@1.333", "-800x600", "800x600 ", "800x600@1x2", "1e3x600"])(
    "%j is refused too",
    (resolution) => {
      expect(() => parse({ resolution })).toThrow("--resolution: expected WIDTHxHEIGHT");
    },
  );
});

describe("options that do not go together", () => {
  test.each([{ display: "1" }, { vnc: "1" }, { screenshot: "a.png" }])("--no-display and %j", (words) => {
    expect(() => parse({ "no-display": true, ...words })).toThrow("--no-display excludes");
  });

  test("a password without anybody who could give it", () => {
    expect(() => parse({ headless: true, "display-password-file": "file" })).toThrow(
      "--display-password-file needs --display",
    );
    expect(parse({ "display-password-file": "file" })).toMatchObject({ passwordFile: "file" });
  });
});
