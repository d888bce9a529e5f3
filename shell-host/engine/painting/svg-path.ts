// The path data of SVG 1.1 §8.3, as icons come. What does not parse ends the path there.

import { Path } from "./path.ts";

/** The path that a text such as `M4 4h16v2a4 4 0 0 1-4 4z` describes. */
export function parseSvgPath(text: string): Path {
  return new SvgPathParser(text).parse();
}

class SvgPathParser {
  private path: Path = new Path();
  private at: i32 = 0;
  private controlX: f64 = 0; // the last control point, which S and T mirror
  private controlY: f64 = 0;
  private ok: bool = true;

  constructor(private text: string) {}

  parse(): Path {
    let command = 0;
    while (this.ok) {
      this.skipSeparators();
      if (this.at >= this.text.length) break;
      const unit = this.text.charCodeAt(this.at);
      if (isLetter(unit)) {
        command = unit;
        this.at++;
      } else if (command == 0 || (command | 32) == 0x7a) break; // no command, or z, has no numbers
      this.segment(command | 32, command > 96);
      if ((command | 32) == 0x6d) command -= 1; // further points of m are lines: l
    }
    return this.path;
  }

  /** One segment; `letter` is the command in lower case. */
  private segment(letter: i32, relative: bool): void {
    const path = this.path;
    const fromX = relative ? path.currentX : 0;
    const fromY = relative ? path.currentY : 0;
    switch (letter) {
      case 0x6d: {
        // m
        const x = fromX + this.number();
        const y = fromY + this.number();
        if (this.ok) path.moveTo(x, y);
        break;
      }
      case 0x6c: {
        // l
        const x = fromX + this.number();
        const y = fromY + this.number();
        if (this.ok) path.lineTo(x, y);
        break;
      }
      case 0x68: {
        // h
        const x = fromX + this.number();
        if (this.ok) path.lineTo(x, path.currentY);
        break;
      }
      case 0x76: {
        // v
        const y = fromY + this.number();
        if (this.ok) path.lineTo(path.currentX, y);
        break;
      }
      case 0x63: {
        // c
        const x1 = fromX + this.number();
        const y1 = fromY + this.number();
        this.cubic(x1, y1, fromX, fromY);
        return;
      }
      case 0x73: {
        // s
        this.cubic(2 * path.currentX - this.controlX, 2 * path.currentY - this.controlY, fromX, fromY);
        return;
      }
      case 0x71: {
        // q
        const x1 = fromX + this.number();
        const y1 = fromY + this.number();
        this.quad(x1, y1, fromX, fromY);
        return;
      }
      case 0x74: {
        // t
        this.quad(2 * path.currentX - this.controlX, 2 * path.currentY - this.controlY, fromX, fromY);
        return;
      }
      case 0x61: {
        // a
        this.arc(fromX, fromY);
        break;
      }
      case 0x7a: {
        // z
        path.close();
        break;
      }
      default:
        this.ok = false;
    }
    this.controlX = path.currentX;
    this.controlY = path.currentY;
  }

  private cubic(x1: f64, y1: f64, fromX: f64, fromY: f64): void {
    const x2 = fromX + this.number();
    const y2 = fromY + this.number();
    const x = fromX + this.number();
    const y = fromY + this.number();
    if (this.ok) this.path.cubicTo(x1, y1, x2, y2, x, y);
    this.controlX = x2;
    this.controlY = y2;
  }

  private quad(x1: f64, y1: f64, fromX: f64, fromY: f64): void {
    const x = fromX + this.number();
    const y = fromY + this.number();
    if (this.ok) this.path.quadTo(x1, y1, x, y);
    this.controlX = x1;
    this.controlY = y1;
  }

  /** SVG 1.1 §F.6.5: from end points to centre. Ellipses that are turned are drawn as if they were not. */
  private arc(fromX: f64, fromY: f64): void {
    let rx = abs(this.number());
    let ry = abs(this.number());
    this.number();
    const large = this.flag();
    const sweep = this.flag();
    const x = fromX + this.number();
    const y = fromY + this.number();
    const path = this.path;
    const halfX = (path.currentX - x) / 2;
    const halfY = (path.currentY - y) / 2;
    if (!this.ok || (halfX == 0 && halfY == 0)) return;
    if (rx == 0 || ry == 0) {
      path.lineTo(x, y);
      return;
    }
    const reach = (halfX * halfX) / (rx * rx) + (halfY * halfY) / (ry * ry);
    if (reach > 1) {
      rx *= sqrt(reach);
      ry *= sqrt(reach);
    }
    const away = sqrt(max(0.0, 1 / reach - 1)) * (large == sweep ? -1.0 : 1.0);
    const offX = away * ((rx * halfY) / ry);
    const offY = away * -((ry * halfX) / rx);
    const start = Math.atan2((halfY - offY) / ry, (halfX - offX) / rx);
    let turn = Math.atan2((-halfY - offY) / ry, (-halfX - offX) / rx) - start;
    if (sweep && turn < 0) turn += 2 * Math.PI;
    if (!sweep && turn > 0) turn -= 2 * Math.PI;
    path.arc((path.currentX + x) / 2 + offX, (path.currentY + y) / 2 + offY, rx, ry, start, turn);
  }

  private skipSeparators(): void {
    for (; this.at < this.text.length; this.at++) {
      const unit = this.text.charCodeAt(this.at);
      if (unit != 0x20 && unit != 0x2c && unit != 0x0a && unit != 0x0d && unit != 0x09) return;
    }
  }

  /** A flag of an arc is one digit, and what follows may touch it. */
  private flag(): bool {
    this.skipSeparators();
    const unit = this.at < this.text.length ? this.text.charCodeAt(this.at) : 0;
    if (unit != 0x30 && unit != 0x31) this.ok = false;
    this.at++;
    return unit == 0x31;
  }

  private number(): f64 {
    this.skipSeparators();
    const start = this.at;
    if (this.peek() == 0x2d || this.peek() == 0x2b) this.at++;
    let digits = this.skipDigits();
    if (this.peek() == 0x2e) {
      this.at++;
      digits += this.skipDigits();
    }
    if (digits == 0) {
      this.ok = false;
      return 0;
    }
    if ((this.peek() | 32) == 0x65) {
      this.at++;
      if (this.peek() == 0x2d || this.peek() == 0x2b) this.at++;
      this.skipDigits();
    }
    return parseFloat(this.text.substring(start, this.at));
  }

  private skipDigits(): i32 {
    const start = this.at;
    while (this.peek() >= 0x30 && this.peek() <= 0x39) this.at++;
    return this.at - start;
  }

  private peek(): i32 {
    return this.at < this.text.length ? this.text.charCodeAt(this.at) : 0;
  }
}

function isLetter(unit: i32): bool {
  return (unit | 32) >= 0x61 && (unit | 32) <= 0x7a;
}
