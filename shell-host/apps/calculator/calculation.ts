// What a pocket calculator does: digits, four operations, percent, sign.

const MAX_DIGITS: i32 = 12;

export enum Operation {
  None,
  Add,
  Subtract,
  Multiply,
  Divide,
}

/** The state of a calculation; `display` is what shows. */
export class Calculation {
  /** The number that is typed, or the result. */
  display: string = "0";
  /** What has been entered before, such as `12 ×`. */
  history: string = "";
  private left: f64 = 0;
  private pending: Operation = Operation.None;
  private isFresh: bool = true; // the next digit begins a number

  digit(digit: string): void {
    if (this.isFresh) this.display = "0";
    this.isFresh = false;
    if (this.display.length > MAX_DIGITS) return;
    if (digit == "." && this.display.includes(".")) return;
    if (this.display == "0" && digit != ".") this.display = digit;
    else this.display += digit;
  }

  operate(operation: Operation): void {
    if (!this.isFresh || this.pending == Operation.None) this.compute();
    this.left = this.value;
    this.pending = operation;
    this.history = numberText(this.left) + " " + signOf(operation);
    this.isFresh = true;
  }

  equals(): void {
    if (this.pending == Operation.None) return;
    const shown = this.history + " " + numberText(this.value) + " =";
    this.compute();
    this.pending = Operation.None;
    this.history = shown;
    this.isFresh = true;
  }

  clear(): void {
    this.display = "0";
    this.history = "";
    this.pending = Operation.None;
    this.isFresh = true;
  }

  /** Takes the last digit back. */
  erase(): void {
    if (this.isFresh) return;
    this.display = this.display.length > 1 ? this.display.slice(0, this.display.length - 1) : "0";
    if (this.display == "-") this.display = "0";
  }

  negate(): void {
    if (this.display == "0" || isNaN(this.value)) return;
    this.display = this.display.startsWith("-") ? this.display.slice(1) : "-" + this.display;
  }

  percent(): void {
    this.display = numberText(this.value / 100);
    this.isFresh = true;
  }

  get value(): f64 {
    return parseFloat(this.display);
  }

  private compute(): void {
    const right = this.value;
    let result = right;
    if (this.pending == Operation.Add) result = this.left + right;
    else if (this.pending == Operation.Subtract) result = this.left - right;
    else if (this.pending == Operation.Multiply) result = this.left * right;
    else if (this.pending == Operation.Divide) result = this.left / right;
    this.display = numberText(result);
  }
}

export function signOf(operation: Operation): string {
  if (operation == Operation.Add) return "+";
  if (operation == Operation.Subtract) return "−";
  if (operation == Operation.Multiply) return "×";
  return operation == Operation.Divide ? "÷" : "";
}

/** A number with at most ten digits behind the point, and without what binary fractions add. */
function numberText(value: f64): string {
  if (isNaN(value) || !isFinite(value)) return "Error";
  const size = abs(value);
  if (size != 0 && (size >= 1e12 || size < 1e-9)) return value.toString();
  const scaled = Math.round(value * 1e10) / 1e10;
  const text = scaled.toString();
  return text.endsWith(".0") ? text.slice(0, text.length - 2) : text;
}
