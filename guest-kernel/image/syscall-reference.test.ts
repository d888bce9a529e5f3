// The reference in guest-kernel/README.md says what the code does. UPDATE_REFERENCE=1 writes it anew.
import { readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { SYSCALL_SLOTS } from "../abi/syscall-table.ts";
import { syscallReference } from "./syscall-reference.ts";
import { SYSCALL_RULES } from "./syscall-rules.ts";

const README = new URL("../README.md", import.meta.url);
const SECTION =
  /(?<=<!-- system calls: made by image\/syscall-reference\.ts -->\n\n).*?(?=\n\n<!-- end of system calls -->)/s;

function abi(name: string): string {
  return readFileSync(new URL(`../abi/${name}.ts`, import.meta.url), "utf8");
}

test("every system call has a rule, and every rule a call", () => {
  expect(new Set(SYSCALL_RULES.keys())).toEqual(new Set(SYSCALL_SLOTS.map((slot) => slot.split(" ")[0])));
});

test("the README's reference is what the code says", () => {
  const reference = syscallReference(abi("syscall"), abi("capabilities"), abi("errors"));
  const readme = readFileSync(README, "utf8");
  if (process.env["UPDATE_REFERENCE"] === "1")
    writeFileSync(
      README,
      readme.replace(SECTION, () => reference),
    );
  else expect(SECTION.exec(readme)?.[0]).toBe(reference);
});

test.each([
  ["a call without a number", "", "slots"],
  ["a comment that is no signature", "export const SYS_NULL: u32 = 0x000; // does nothing", "no signature"],
  [
    "a call that has no slot",
    "export const SYS_REBOOT: u32 = 0x777; // reboot() -> 0",
    "not in abi/syscall-table",
  ],
])("%s is found", (_, text, message) => {
  expect(() => syscallReference(text, abi("capabilities"), abi("errors"))).toThrow(message);
});
