// The reference of the system calls in guest-kernel/README.md, made of abi/syscall.ts, syscall-table.ts and the rules.

import { SYSCALL_SLOTS } from "../abi/syscall-table.ts";
import { SYSCALL_RULES } from "./syscall-rules.ts";

const CALL = /^export const SYS_(?<name>\w+): u32 = (?<number>0x[0-9a-f]{3}); \/\/ (?<text>.*)$/;
const SIGNATURE = /^(?<signature>\w+\([^)]*\)(?: -> [^;]*)?)(?:; (?<notes>.*))?$/;
const CAPABILITY = /^export const CAP_(?<name>\w+): u32 = 1 << (?<bit>\d+);/;
const ERROR = /^export const E_(?<name>\w+): i32 = (?<number>\d+);(?: \/\/ (?<text>.*))?$/;

/**
 * The reference as Markdown, from the texts of abi/syscall.ts, abi/capabilities.ts and abi/errors.ts. Throws on a call
 * without a line of its form, a slot, or a rule.
 */
export function syscallReference(syscalls: string, capabilities: string, errors: string): string {
  const capabilityNames = new Map(
    matches(capabilities, CAPABILITY).map(({ name = "", bit }) => [1 << Number(bit), name.toLowerCase()]),
  );
  const known = matches(errors, ERROR);
  const slots = new Set(SYSCALL_SLOTS.map((slot) => slot.split(" ")[0]));
  const calls = matches(syscalls, CALL).map((call) => {
    const name = (call["name"] ?? "").toLowerCase();
    if (!slots.has(name)) throw new Error(`${name}: not in abi/syscall-table.ts`);
    return entry(name, call["number"] ?? "", call["text"] ?? "", capabilityNames, known);
  });
  if (calls.length !== slots.size) throw new Error(`${slots.size} slots, ${calls.length} numbers`);
  return [
    ...calls,
    "",
    "The errors:",
    "",
    ...known.map(
      ({ name = "", number = "", text = "" }) => `- \`${name}\` ${number}${text === "" ? "" : `: ${text}`}`,
    ),
  ].join("\n");
}

type Groups = Record<string, string | undefined>;

function entry(
  name: string,
  number: string,
  text: string,
  capabilities: Map<number, string>,
  errors: Groups[],
): string {
  const rule = SYSCALL_RULES.get(name);
  const parts = SIGNATURE.exec(text)?.groups;
  if (rule === undefined) throw new Error(`${name}: no rule in syscall-rules.ts`);
  if (parts === undefined) throw new Error(`${name}: its comment is no signature: ${text}`);
  const unknown = rule.errors.find((error) => !errors.some((other) => other["name"] === error));
  if (unknown !== undefined) throw new Error(`${name}: no error E_${unknown}`);
  const needs = rule.capability === 0 ? "" : capabilities.get(rule.capability);
  if (needs === undefined) throw new Error(`${name}: no capability ${rule.capability}`);
  const notes = parts["notes"] === undefined ? "" : `: ${parts["notes"]}`;
  const sentences = [`${notes}.`, needs === "" ? "" : ` Needs \`${needs}\`.`];
  const failures = rule.errors.length === 0 ? "" : ` Errors: ${rule.errors.join(" ")}`;
  return `- \`${number}\` \`${parts["signature"]}\`${sentences.join("")}${failures}`;
}

/** The groups of each line that matches. */
function matches(text: string, pattern: RegExp): Groups[] {
  return text.split("\n").flatMap((line) => {
    const groups = pattern.exec(line)?.groups;
    return groups === undefined ? [] : [groups];
  });
}
