import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { SOURCE_ROOT } from "../../pkg/source-root.ts";
import {
  APP_TEXT,
  IDENTITY,
  LIBRARY_PATH,
  LIBRARY_TEXT,
  libraryBundle,
  linkedBundle,
} from "../../tests/support/linked-modules.ts";
import { sampleBundle } from "../../tests/support/sample-bundle.ts";
import { TIME_FACTOR } from "../../tests/support/time-factor.ts";
import { COMMANDS } from "./commands.ts";

vi.setConfig({ testTimeout: 30_000 * TIME_FACTOR });

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "oscortex-commands-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

function oscortex(...args: string[]): Pick<SpawnSyncReturns<string>, "status" | "stdout" | "stderr"> {
  const command = join(SOURCE_ROOT, "vmm/cli/oscortex.js");
  const { status, stdout, stderr } = spawnSync(process.execPath, [command, ...args], {
    cwd: folder,
    encoding: "utf8",
  });
  return { status, stdout, stderr };
}

test.each([...COMMANDS.keys()])("%s --help says how it is used", (name) => {
  const { status, stdout, stderr } = oscortex(name, "--help");
  expect([status, stderr]).toEqual([0, ""]);
  expect(stdout).toContain(name === "run" ? "Usage: npm start" : `Usage: oscortex ${name}`);
});

test.each([...COMMANDS.keys()].filter((name) => name !== "run"))("%s takes no unknown option", (name) => {
  const { status, stderr } = oscortex(name, "--frob");
  expect(status).toBe(2);
  expect(stderr).toContain("--frob");
  expect(stderr).not.toContain("    at ");
});

test("--help lists the commands", () => {
  const { stdout } = oscortex("--help");
  for (const [name, { summary }] of COMMANDS)
    expect(stdout).toMatch(new RegExp(`^  ${name} +${summary}$`, "m"));
});

describe("new", () => {
  test("makes a project that packs", () => {
    expect(oscortex("new", "My App").stdout).toContain("My App: org.example.my-app\n");
    const { status, stdout } = oscortex("pack", "My App", "-o", "my.osx");
    expect(status).toBe(0);
    expect(stdout).toMatch(/^my\.osx: org\.example\.my-app 0\.1\.0, \d+ bytes\n$/);
    expect(oscortex("inspect", "my.osx").stdout).toContain("capabilities  none");
  });

  test("makes one with a window too", () => {
    expect(oscortex("new", "win", "--template", "window").status).toBe(0);
    expect(oscortex("publish", "win", "--to", "windows").status).toBe(0);
    const path = join("windows", "org.example.win.osx");
    expect(oscortex("inspect", path).stdout).toContain("capabilities  surfaces");
  });

  test.each([
    [[], "expected one FOLDER"],
    [["x", "--name", "X"], "--name: expected a name"],
    [["x", "--template", "y"], "--template: expected console"],
    [["."], ".: is not empty"],
  ])("refuses %j", (args, message) => {
    writeFileSync(join(folder, "something"), "");
    const { status, stderr } = oscortex("new", ...args);
    expect(status).toBe(2);
    expect(stderr).toContain(message);
    expect(existsSync(join(folder, "x"))).toBe(false);
  });
});

function countOf(text: string, part: string): number {
  return text.split(part).length - 1;
}

describe("inspect", () => {
  test("says which library a bundle needs, and what it is", () => {
    writeFileSync(join(folder, "linked.osx"), linkedBundle());
    writeFileSync(join(folder, "library.osx"), libraryBundle());
    const imports = countOf(APP_TEXT, '(import "library"');
    const linked = oscortex("inspect", "linked.osx").stdout;
    expect(linked).toContain(`  needs         ${LIBRARY_PATH} a0a1a2a3a4a5a6a7, ${imports} imports of it\n`);
    expect(linked).toContain("  imports       write\n");
    expect(linked).toContain("  entry         main\n");
    const library = oscortex("inspect", "library.osx").stdout;
    expect(library).toMatch(/^ {2}library {7}a0a1a2[0-9a-f]{58}$/m);
    expect(library).toContain(`  exports       ${countOf(LIBRARY_TEXT, "(export ")}, for programs\n`);
    expect(library).not.toContain("entry");
    const { needs } = JSON.parse(oscortex("inspect", "linked.osx", "--json").stdout);
    expect(needs).toEqual({
      path: LIBRARY_PATH,
      identity: Buffer.from(IDENTITY).toString("hex"),
      imports,
    });
  });
});

describe("publish", () => {
  test("takes a later version, and what is there once more, but not another of the same or an earlier one", () => {
    const bundle = (version: string, pages = 1): string => {
      writeFileSync(join(folder, "sample.osx"), sampleBundle({ version, memoryPages: pages }));
      return "sample.osx";
    };
    const publish = (file: string, ...more: string[]): string => {
      const { status, stdout, stderr } = oscortex("publish", file, "--to", "repository", ...more);
      return `${status} ${stdout}${stderr}`;
    };
    const path = join("repository", "org.oscortex.sample.osx");
    expect(publish(bundle("1.0.0"))).toContain(`0 ${path}: org.oscortex.sample 1.0.0, `);
    expect(publish(bundle("1.0.0"))).toContain("is there already");
    expect(publish(bundle("1.0.0", 2))).toMatch(/^1 .*has 1\.0\.0 with other contents: raise the version/);
    expect(publish(bundle("1.1.0"))).toMatch(/^0 /);
    expect(publish(bundle("1.0.1"))).toMatch(/^1 .*has 1\.1\.0, later than 1\.0\.1/);
    expect(publish(bundle("1.0.1"), "--force")).toMatch(/^0 /);
    const [entry] = JSON.parse(oscortex("inspect", "repository", "--json").stdout);
    expect(entry).toMatchObject({ name: "org.oscortex.sample", version: "1.0.1", system: false });
    expect(readFileSync(join(folder, path))).toEqual(Buffer.from(readFileSync(join(folder, "sample.osx"))));
  });
});

describe("doctor", () => {
  test("finds a host without KVM bad, and says what to do", () => {
    const command = [join(SOURCE_ROOT, "vmm/cli/oscortex.js"), "doctor", "--json"];
    const env = { ...process.env, OSCORTEX_KVM: "/dev/no-such-device" };
    const { status, stdout } = spawnSync(process.execPath, command, { env, encoding: "utf8" });
    expect(status).toBe(1);
    const findings = JSON.parse(stdout);
    expect(findings).toContainEqual({
      check: "/dev/kvm",
      verdict: "bad",
      found: "/dev/no-such-device does not exist",
      advice: "enable virtualization in the firmware and load the kvm_intel, kvm_amd or kvm_pvm module",
    });
    expect(findings).toContainEqual({ check: "Node.js", verdict: "good", found: process.version });
  });
});

test("the completion script completes commands and options", () => {
  writeFileSync(join(folder, "completion"), oscortex("completion", "bash").stdout);
  const complete = (...words: string[]): string[] => {
    const script = `source ./completion; COMP_WORDS=(oscortex ${words.join(" ")}); COMP_CWORD=${words.length}; _oscortex; printf '%s\\n' "\${COMPREPLY[@]}"`;
    return spawnSync("bash", ["-c", script], { cwd: folder, encoding: "utf8" }).stdout.trim().split("\n");
  };
  expect(complete("pub")).toContain("publish");
  expect(complete("run", "--mem")).toEqual(["--memory"]);
});
