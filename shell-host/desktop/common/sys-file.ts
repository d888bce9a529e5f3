// Files of /sys: lines of NAME=VALUE, and tables with a line of headings.

import { readTextFile } from "../../sdk/files.ts";

/** The values of a file of NAME=VALUE lines; empty if there is no such file. */
export class SysValues {
  private names: string[] = [];
  private values: string[] = [];

  constructor(text: string) {
    const lines = text.split("\n");
    for (let i = 0; i < lines.length; i++) {
      const at = lines[i].indexOf("=");
      if (at < 0) continue;
      this.names.push(lines[i].slice(0, at));
      this.values.push(lines[i].slice(at + 1));
    }
  }

  static read(path: string): SysValues {
    return new SysValues(readTextFile(path).content);
  }

  get(name: string): string {
    const at = this.names.indexOf(name);
    return at < 0 ? "" : this.values[at];
  }

  /** A value as a number; 0 if there is none. */
  number(name: string): f64 {
    const value = parseFloat(this.get(name));
    return isNaN(value) ? 0 : value;
  }
}

/** A table: words in columns, the last of which may hold blanks. */
export class SysTable {
  readonly rows: string[][] = [];
  private headings: string[] = [];

  constructor(text: string) {
    const lines = text.split("\n");
    this.headings = words(lines[0], i32.MAX_VALUE);
    for (let i = 1; i < lines.length; i++)
      if (lines[i].length > 0) this.rows.push(words(lines[i], this.headings.length));
  }

  static read(path: string): SysTable {
    return new SysTable(readTextFile(path).content);
  }

  /** The column of a heading that begins so; -1 if there is none. */
  column(heading: string): i32 {
    for (let i = 0; i < this.headings.length; i++) if (this.headings[i].startsWith(heading)) return i;
    return -1;
  }

  /** A cell as text; empty if there is none. */
  text(row: i32, column: i32): string {
    return column >= 0 && column < this.rows[row].length ? this.rows[row][column] : "";
  }

  /** A cell as a number; 0 if it is none. */
  number(row: i32, column: i32): f64 {
    const value = parseFloat(this.text(row, column));
    return isNaN(value) ? 0 : value;
  }
}

/** The words of a line, `most` of them: the last takes the rest of the line. */
function words(line: string, most: i32): string[] {
  const found: string[] = [];
  let at = 0;
  while (true) {
    while (at < line.length && line.charCodeAt(at) == 32) at++;
    if (at == line.length) return found;
    let end = at;
    while (end < line.length && line.charCodeAt(end) != 32) end++;
    if (found.length == most - 1) {
      found.push(line.slice(at).trimEnd());
      return found;
    }
    found.push(line.slice(at, end));
    at = end;
  }
}
