import { describe, expect, test } from "vitest";
import { HELP, initArguments, parseOptions } from "./options.ts";
import { UsageError } from "./usage-error.ts";

const DEFAULTS = {
  command: "run",
  headless: false,
  run: undefined,
  runArguments: [],
  timeoutSeconds: undefined,
  background: [],
  memoryMib: 256,
  repository: undefined,
  server: undefined,
  allow: [],
  pcap: undefined,
  report: undefined,
  kernel: undefined,
  initramfs: undefined,
  verbose: false,
  quiet: false,
};

describe("parseOptions", () => {
  test("without arguments asks for a shell", () => {
    expect(parseOptions([])).toMatchObject(DEFAULTS);
    expect(parseOptions(["run"])).toMatchObject(DEFAULTS);
  });

  test("takes what is behind -- as the app's, whatever it looks like", () => {
    const options = parseOptions(["--headless", "--run", "org.a", "--", "--exit", "3", "--", "x"]);
    expect(options).toMatchObject({
      ...DEFAULTS,
      headless: true,
      run: "org.a",
      runArguments: ["--exit", "3", "--", "x"],
    });
  });

  test("reads every option", () => {
    const line =
      "run --run org.a --timeout 2 --background org.b --background org.c --memory 512 --pcap f --report r --kernel k --initramfs i --verbose";
    const options = parseOptions([...line.split(" "), "--server", "http://h", "--allow", "all"]);
    expect(options).toMatchObject({
      ...DEFAULTS,
      run: "org.a",
      timeoutSeconds: 2,
      background: ["org.b", "org.c"],
      memoryMib: 512,
      server: "http://h",
      allow: ["all"],
      pcap: "f",
      report: "r",
      kernel: "k",
      initramfs: "i",
      verbose: true,
    });
  });

  test("help and version come before everything", () => {
    expect(parseOptions(["-h"]).command).toBe("help");
    expect(parseOptions(["--version"]).command).toBe("version");
  });

  test.each([
    ["--frob"],
    ["frob"],
    ["--run"],
    ["--run", "--headless"],
    ["--run="],
    ["--timeout", "2"],
    ["--background", "org.b"],
    ["--", "a"],
    ["--run", "a", "--timeout", "0"],
    ["--run", "a", "--timeout", "2s"],
    ["--memory", "1"],
    ["--memory", "257"],
    ["--memory", "4096"],
    ["--server", "http://h", "--repository", "d"],
    ["--quiet", "--verbose"],
  ])("refuses %s %s", (...args) => {
    expect(() => parseOptions(args)).toThrow(UsageError);
  });

  test("the help names every option", () => {
    for (const name of Object.keys(DEFAULTS).filter((key) => !/command|runArguments/.test(key)))
      expect(HELP).toContain(`--${name.replace(/(?:Seconds|Mib)$/, "")}`);
  });
});

describe("initArguments", () => {
  test("are none for a shell", () => {
    expect(initArguments(parseOptions([]))).toEqual([]);
  });

  test("are the shell's run command for an app", () => {
    const options = parseOptions(
      "--run org.a --timeout 2 --background".split(" ").concat("org.b x", "--", "a b"),
    );
    const expected = ["--exec", "run", "--timeout", "2", "--background", "org.b x", "org.a", "a b"];
    expect(initArguments(options)).toEqual(expected);
  });
});
