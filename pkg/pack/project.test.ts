import { expect, test } from "vitest";
import { CAP_POWER, CAP_PROCESSES } from "../../guest-kernel/abi/capabilities.ts";
import { ProjectError } from "../errors.ts";
import { parseProject } from "./project.ts";

const MINIMAL = { name: "org.example.app", version: "0.1.0" };

test("fills in what an oscortex.json leaves out", () => {
  expect(parseProject(JSON.stringify(MINIMAL))).toEqual({
    source: "main.ts",
    manifest: { ...MINIMAL, entry: "main", capabilities: 0, memoryPages: 256 },
  });
});

test("reads every field", () => {
  const fields = { source: "src/app.ts", entry: "start", capabilities: ["power", "processes"], memory: 4096 };
  expect(parseProject(JSON.stringify({ ...MINIMAL, ...fields }))).toEqual({
    source: "src/app.ts",
    manifest: { ...MINIMAL, entry: "start", capabilities: CAP_POWER | CAP_PROCESSES, memoryPages: 65536 },
  });
});

test.each([
  ["not JSON", "{", "not a JSON object"],
  ["a list", "[]", "not a JSON object"],
  ["no name", { name: undefined }, "name: expected a name such as org.example.app, got nothing"],
  ["a bad name", { name: "App" }, 'name: expected a name such as org.example.app, got "App"'],
  ["a bad version", { version: 1 }, "version: expected a version such as 1.0.0, got 1"],
  ["an unknown field", { caps: [] }, 'unknown field "caps", expected name, version,'],
  [
    "an unknown capability",
    { capabilities: ["root"] },
    'capabilities: expected a list of files, net, packages, processes, power, surfaces, services, got "root"',
  ],
  ["capabilities that are no list", { capabilities: "net" }, "capabilities: expected a list of"],
  ["an inherited name as a capability", { capabilities: ["constructor"] }, 'got "constructor"'],
  ["half a MiB", { memory: 0.5 }, "memory: expected 1..4096 (MiB), got 0.5"],
  ["too much memory", { memory: 4097 }, "memory: expected 1..4096 (MiB), got 4097"],
  ["a source outside of the folder", { source: "../main.ts" }, "source: expected a .ts file in the folder"],
  ["an absolute source", { source: "/main.ts" }, "source: expected a .ts file in the folder"],
  ["an entry that is no identifier", { entry: "a } from" }, "entry: expected the name of a function"],
])("refuses %s", (_, fields, message) => {
  const text = typeof fields === "string" ? fields : JSON.stringify({ ...MINIMAL, ...fields });
  expect(() => parseProject(text)).toThrow(ProjectError);
  expect(() => parseProject(text)).toThrow(message);
});
