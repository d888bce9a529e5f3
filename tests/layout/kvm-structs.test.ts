import { createRequire } from "node:module";
import { describe, expect, test } from "vitest";
import * as layout from "../../vmm/kvm/layout.ts";

// What is used of ref-napi and ref-struct-di: structs laid out by the C rules of the host.
interface Type {
  size: number;
  fields?: Record<string, { offset: number }>;
}
type StructOf = (fields: Record<string, Type | string>) => Type;

const structOf = loadStructOf();
if (structOf === undefined) console.warn("skipped: no ref-napi, which is compiled when it is installed");

function loadStructOf(): StructOf | undefined {
  const require = createRequire(import.meta.url);
  try {
    const ref: unknown = require("ref-napi");
    return (require("ref-struct-di") as (ref: unknown) => StructOf)(ref);
  } catch {
    return undefined;
  }
}

// Fields in the order of <linux/kvm.h> and <asm/kvm.h>.
describe.skipIf(structOf === undefined)("the KVM structs as ref-struct-di lays them out", () => {
  const struct = structOf as StructOf;
  const segment = struct({
    base: "uint64",
    limit: "uint32",
    selector: "uint16",
    ...bytes("type", "present", "dpl", "db", "s", "l", "g", "avl", "unusable", "padding"),
  });
  const dtable = struct({ base: "uint64", limit: "uint16", padding0: "uint16", padding1: "uint32" });
  const sregs = struct({
    ...Object.fromEntries(["cs", "ds", "es", "fs", "gs", "ss", "tr", "ldt"].map((name) => [name, segment])),
    gdt: dtable,
    idt: dtable,
    ...Object.fromEntries(
      ["cr0", "cr2", "cr3", "cr4", "cr8", "efer", "apic_base"].map((name) => [name, "uint64"]),
    ),
    ...Object.fromEntries([0, 1, 2, 3].map((i) => [`interrupt_bitmap${i}`, "uint64"])),
  });
  const region = struct({
    slot: "uint32",
    flags: "uint32",
    guest_phys_addr: "uint64",
    memory_size: "uint64",
    userspace_addr: "uint64",
  });
  const entry = struct(
    Object.fromEntries(
      ["function", "index", "flags", "eax", "ebx", "ecx", "edx", "padding0", "padding1", "padding2"].map(
        (name) => [name, "uint32"],
      ),
    ),
  );

  test.each([
    ["SEGMENT_", layout.KVM_SEGMENT_SIZE, segment],
    ["DTABLE_", 16, dtable],
    ["SREGS_", layout.KVM_SREGS_SIZE, sregs],
    ["MEMORY_REGION_", layout.KVM_USERSPACE_MEMORY_REGION_SIZE, region],
    ["CPUID_ENTRY2_", layout.KVM_CPUID_ENTRY2_SIZE, entry],
  ] as const)("%s*", (prefix, size, type) => {
    const ours: Record<string, unknown> = Object.fromEntries(
      Object.entries(layout).filter(([name]) => name.startsWith(prefix)),
    );
    const theirs = Object.fromEntries(
      Object.keys(ours).map((name) => [name, offsetOf(type, name.slice(prefix.length).toLowerCase())]),
    );
    expect(ours).toEqual(theirs);
    expect(type.size).toBe(size);
  });

  function bytes(...names: string[]): Record<string, string> {
    return Object.fromEntries(names.map((name) => [name, "uint8"]));
  }

  function offsetOf(type: Type, name: string): number | undefined {
    return type.fields?.[name]?.offset;
  }
});
