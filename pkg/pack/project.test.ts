import { expect, test } from "vitest";
import { CAP_FILES, CAP_NET, CAP_POWER, CAP_PROCESSES } from "../../guest-kernel/abi/capabilities.ts";
import { ProjectError } from "../errors.ts";
import { parseProject } from "./project.ts";

const MINIMAL = { name: "org.example.app", version: "0.1.0" };

test("fills in what an oscortex.json leaves out", () => {
  expect(parseProject(JSON.stringify(MINIMAL))).toEqual({
    source: "main.ts",
    scopes: undefined,
    manifest: { ...MINIMAL, entry: "main", capabilities: 0, memoryPages: 256 },
  });
});

test("reads an icon as the bundle holds it", () => {
  const icon = { top: "5fa8f5", bottom: "2f6fd6", path: "M4 7h16" };
  const project = parseProject(JSON.stringify({ name: "org.a.b", version: "1.0.0", icon }));
  expect(Buffer.from(project.icon ?? []).toString()).toBe("5fa8f5 2f6fd6 M4 7h16");
});

test("reads every field", () => {
  const fields = {
    source: "src/app.ts",
    entry: "start",
    capabilities: ["power", "processes", "files", "net"],
    files: { "/data/notes": "write", "/sys": "read" },
    hosts: ["10.0.2.2:8080", "10.0.0.0/8", "*:8000-8099"],
    memory: 4096,
  };
  expect(parseProject(JSON.stringify({ ...MINIMAL, ...fields }))).toEqual({
    source: "src/app.ts",
    scopes: {
      files: [
        { path: "/data/notes", write: true },
        { path: "/sys", write: false },
      ],
      hosts: [
        { address: "10.0.2.2", prefixBits: 32, firstPort: 8080, lastPort: 8080 },
        { address: "10.0.0.0", prefixBits: 8, firstPort: 1, lastPort: 65535 },
        { address: "0.0.0.0", prefixBits: 0, firstPort: 8000, lastPort: 8099 },
      ],
    },
    manifest: {
      ...MINIMAL,
      entry: "start",
      capabilities: CAP_POWER | CAP_PROCESSES | CAP_FILES | CAP_NET,
      memoryPages: 65536,
    },
  });
});

test.each<[string, string | object, string]>([
  ["not JSON", "{", "not a JSON object"],
  ["a list", "[]", "not a JSON object"],
  ["no name", { name: undefined }, "name: expected a name such as org.example.app, got nothing"],
  ["a bad name", { name: "App" }, 'name: expected a name such as org.example.app, got "App"'],
  ["a bad version", { version: 1 }, "version: expected a version such as 1.0.0, got 1"],
  ["an unknown field", { caps: [] }, 'unknown field "caps", expected name, version,'],
  [
    "an unknown capability",
    { capabilities: ["root"] },
    'capabilities: expected a list of files, net, packages, processes, power, surfaces, services, desktop, got "root"',
  ],
  ["capabilities that are no list", { capabilities: "net" }, "capabilities: expected a list of"],
  ["an inherited name as a capability", { capabilities: ["constructor"] }, 'got "constructor"'],
  ["files without the capability", { files: { "/": "read" } }, 'files: needs "files" among the capabilities'],
  ["hosts without the capability", { hosts: ["*"] }, 'hosts: needs "net" among the capabilities'],
  ...["notes", "", "//", "/a/", "/a/../b", "/./a", "/a\nb", `/${"a".repeat(127)}`].map(
    (path): [string, object, string] => [
      `a rule for the path ${JSON.stringify(path)}`,
      { capabilities: ["files"], files: { [path]: "read" } },
      "files: expected an absolute path of at most 127 bytes",
    ],
  ),
  [
    "a right that there is not",
    { capabilities: ["files"], files: { "/data": "rw" } },
    'files: "/data": expected "read" or "write", got "rw"',
  ],
  [
    "files that cover nothing",
    { capabilities: ["files"], files: {} },
    'leave "files" out of the capabilities',
  ],
  ["files that are a list", { capabilities: ["files"], files: ["/data"] }, "files: expected paths with"],
  [
    "17 paths",
    {
      capabilities: ["files"],
      files: Object.fromEntries(Array.from({ length: 17 }, (_, i) => [`/${i}`, "read"])),
    },
    "files: expected at most 16 paths, got 17",
  ],
  ...[
    "example.org",
    "10.0.2",
    "10.0.2.256",
    "10.0.2.2/33",
    "10.0.2.2/8",
    "*/0",
    "*:0",
    "*:2-1",
    "*:65536",
    "010.0.0.1",
  ].map((host): [string, object, string] => [
    `the host ${host}`,
    { capabilities: ["net"], hosts: [host] },
    `hosts: expected a list of hosts such as "10.0.2.2:8080", "10.0.0.0/8", "*:443" or "*:8000-8099", got "${host}"`,
  ]),
  ["hosts that cover nothing", { capabilities: ["net"], hosts: [] }, 'leave "net" out of the capabilities'],
  [
    "17 hosts",
    { capabilities: ["net"], hosts: Array.from({ length: 17 }, () => "*") },
    "at most 16 hosts, got 17",
  ],
  ["an icon without colours", { icon: { path: "M0 0h24" } }, "icon.top: expected a colour such as 5fa8f5"],
  [
    "an icon that is no path",
    { icon: { top: "000000", bottom: "ffffff", path: "<svg/>" } },
    "icon.path: expected SVG path data in a grid of 24 x 24",
  ],
  [
    "an icon that is too long",
    { icon: { top: "000000", bottom: "ffffff", path: "M0 0".repeat(300) } },
    "icon.path: expected at most 1010 characters",
  ],
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
