import { describe, expect, test } from "vitest";
import { ShellConsole, type ShellRecord } from "./shell-console.ts";
import { joinWords } from "./shell-words.ts";

const TOKEN = "0123";
const RECORD = `\x1e{"token":"${TOKEN}","status":3,"ended":[[7,137]]}\n`;

describe("ShellConsole", () => {
  function take(...chunks: string[]): { output: string; records: ShellRecord[] } {
    let output = "";
    const records: ShellRecord[] = [];
    const console = new ShellConsole(
      TOKEN,
      (text) => (output += text),
      (record) => records.push(record),
    );
    for (const chunk of chunks) console.write(Buffer.from(chunk, "latin1"));
    return { output, records };
  }

  test("parts records from output, wherever the chunks end", () => {
    const whole = `before ${RECORD}after`;
    const expected = { output: "before after", records: [{ status: 3, ended: [[7, 137]] }] };
    expect(take(whole)).toEqual(expected);
    expect(take(...whole.split(""))).toEqual(expected);
  });

  test("keeps characters together that come in pieces", () => {
    expect(take(...Buffer.from("grüße").toString("latin1").split("")).output).toBe("grüße");
  });

  test.each([
    ['\x1e{"token":"9999","status":3,"ended":[]}\n'],
    ['\x1e{"status":3,"ended":[]}\n'],
    [`\x1e{"token":"${TOKEN}","status":"3","ended":[]}\n`],
    [`\x1e{"token":"${TOKEN}","status":3,"ended":[7]}\n`],
    ["\x1enonsense\n"],
    ["\x1enull\n"],
  ])("takes %j for output", (text) => {
    expect(take(text)).toEqual({ output: text, records: [] });
  });

  test("does not gather a record without end", () => {
    expect(take(`\x1e${"x".repeat(70_000)}`, "y").output).toHaveLength(70_002);
  });

  test.each([["a\nb"], ["a\0"], ["x".repeat(4000)]])("types no %j", (line) => {
    const console = new ShellConsole(
      TOKEN,
      () => {},
      () => {},
    );
    expect(() => console.type(line)).toThrow(RangeError);
  });
});

test("joinWords quotes what the shell would split", () => {
  expect(joinWords(["run", "org.a", "", "a b", `"\\'`])).toBe(`run org.a "" "a b" "\\"\\\\'"`);
});
