import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

// What each top-level folder may import besides itself. Tests and their support see everything.
const ALLOWED: Record<string, string[]> = {
  "guest-kernel/abi": [],
  "guest-kernel/aot": ["guest-kernel/abi"],
  "guest-kernel/arch": ["guest-kernel/abi", "guest-kernel/aot"],
  "guest-kernel/kernel": ["guest-kernel/abi", "guest-kernel/aot"],
  "guest-kernel/image": ["guest-kernel/abi"],
  devices: ["guest-kernel/abi"],
  "host-net": ["guest-kernel/abi"],
  pkg: ["guest-kernel/abi", "guest-kernel/image"],
  "shell-host": ["guest-kernel/abi"],
  vmm: ["guest-kernel/abi", "guest-kernel/image", "devices", "host-net", "pkg"],
  bench: ["guest-kernel/abi", "guest-kernel/image", "devices", "host-net", "pkg", "vmm"],
  // Apps of the guest, which have the SDK as any other.
  "bench/aot/workloads": ["shell-host/sdk"],
  "bench/ui/rows": ["shell-host/engine"],
  "bench/aot/vector-workloads": ["bench/aot/workloads", "shell-host/sdk"],
};

const IMPORT = /(?:^|\n)\s*(?:import|export)[^"';]*?from\s*"(\.[^"]+)"/g;

/** The sources below a folder, without those of a folder below it that has rules of its own. */
function sources(folder: string): string[] {
  const apart = Object.keys(ALLOWED).filter((other) => other.startsWith(`${folder}/`));
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))
    .map((name) => `${folder}/${name}`)
    .filter((file) => !apart.some((other) => file.startsWith(`${other}/`)));
}

function imports(file: string): string[] {
  const text = readFileSync(join(ROOT, file), "utf8");
  return [...text.matchAll(IMPORT)].map((match) => normalize(join(dirname(file), match[1] ?? "")));
}

function violations(folder: string, allowed: string[]): string[] {
  const inside = [folder, ...allowed].map((name) => `${name}/`);
  return sources(folder).flatMap((file) =>
    imports(file)
      .filter((target) => !inside.some((prefix) => target.startsWith(prefix)))
      .map((target) => `${file} imports ${target}`),
  );
}

describe("the layers", () => {
  test.each(Object.entries(ALLOWED))("%s imports only what is below it", (folder, allowed) => {
    expect(violations(folder, allowed)).toEqual([]);
  });

  test.each([
    ["koffi", "vmm/kvm/libc-koffi.ts"],
    ["ffi-napi", "vmm/kvm/libc-ffi-napi.ts"],
  ])("one file imports %s", (library, file) => {
    const use = new RegExp(`(from |require\\()"${library}"`);
    const users = Object.keys(ALLOWED)
      .flatMap(sources)
      .filter((source) => use.test(readFileSync(join(ROOT, source), "utf8")));
    expect(users).toEqual([file]);
  });
});
