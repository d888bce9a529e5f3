// docs/isolation.md names the tests that attack its claims: each is there.

import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const TEXT = readFileSync(`${ROOT}docs/isolation.md`, "utf8").replaceAll(/\s+/g, " ");

/** A test that the page names: `FILE` "title", "title"... */
const NAMED = /`([\w./-]+\.test\.ts)` ((?:"[^"]+"(?:, )?)+)/g;

function namedTests(): [file: string, title: string][] {
  return [...TEXT.matchAll(NAMED)].flatMap(([, file = "", titles = ""]) =>
    [...titles.matchAll(/"([^"]+)"/g)].map(([, title = ""]): [string, string] => [file, title]),
  );
}

test("every section but the first names a test", () => {
  const sections = readFileSync(`${ROOT}docs/isolation.md`, "utf8").split("\n## ").slice(2);
  expect(sections.length).toBeGreaterThan(10);
  for (const section of sections) expect(section).toContain("Attacked by: `");
});

test.each(namedTests())("%s has a test %s", (file, title) => {
  expect(existsSync(ROOT + file)).toBe(true);
  expect(readFileSync(ROOT + file, "utf8")).toContain(title);
});
