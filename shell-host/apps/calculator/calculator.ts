import { on } from "../../engine/foundation/action.ts";
import { EdgeInsets } from "../../engine/foundation/geometry.ts";
import { Key, KeyEvent } from "../../engine/gestures/events.ts";
import { BoxDecoration } from "../../engine/painting/box-decoration.ts";
import { Color, layOver, mixColors } from "../../engine/painting/color.ts";
import { CrossAlign, MainAlign } from "../../engine/rendering/flex.ts";
import { TextAlign } from "../../engine/text/text-layout.ts";
import { TextStyle } from "../../engine/text/text-style.ts";
import { semiboldFont } from "../../engine/text/typefaces.ts";
import { DecoratedBox, Text } from "../../engine/widgets/basic.ts";
import { KeyHandler, setShortcuts } from "../../engine/widgets/focus.ts";
import { BuildContext, State, StatefulWidget, Widget } from "../../engine/widgets/framework.ts";
import { Center, Column, Expanded, Padding, Row } from "../../engine/widgets/layout.ts";
import { PressState, Pressable } from "../../engine/widgets/pressable.ts";
import { Semantics } from "../../engine/widgets/semantics.ts";
import { Theme, ThemeData } from "../../engine/widgets/theme.ts";
import { Calculation, Operation } from "./calculation.ts";

const LABELS: string[] = [
  "C",
  "±",
  "%",
  "÷",
  "7",
  "8",
  "9",
  "×",
  "4",
  "5",
  "6",
  "−",
  "1",
  "2",
  "3",
  "+",
  "0",
  ".",
  "=",
];
const NAMES: string[] = [
  "Clear",
  "Sign",
  "Percent",
  "Divide",
  "7",
  "8",
  "9",
  "Multiply",
  "4",
  "5",
  "6",
  "Subtract",
  "1",
  "2",
  "3",
  "Add",
  "0",
  "Point",
  "Equals",
];

/** A pocket calculator. */
export class Calculator extends StatefulWidget {
  createState(): State {
    return new CalculatorState();
  }
}

class CalculatorState extends State {
  readonly calculation: Calculation = new Calculation();

  initState(): void {
    setShortcuts(new CalculatorKeys(this));
  }

  press(label: string): void {
    const calculation = this.calculation;
    if (label == "C") calculation.clear();
    else if (label == "±") calculation.negate();
    else if (label == "%") calculation.percent();
    else if (label == "=") calculation.equals();
    else if (label == "<") calculation.erase();
    else if (label == "+") calculation.operate(Operation.Add);
    else if (label == "−") calculation.operate(Operation.Subtract);
    else if (label == "×") calculation.operate(Operation.Multiply);
    else if (label == "÷") calculation.operate(Operation.Divide);
    else calculation.digit(label);
    this.setState();
  }

  build(context: BuildContext): Widget {
    const theme = Theme.of(context);
    const rows: Widget[] = [this.screen(theme)];
    for (let row = 0; row < 4; row++) rows.push(new Expanded(this.keys(row * 4, 4)));
    // 0 is as wide as two of the others.
    const last: Widget[] = [new Expanded(this.keys(16, 1)), new Expanded(this.keys(17, 2))];
    rows.push(new Expanded(new Row(last, MainAlign.Start, CrossAlign.Stretch).spaced(8)));
    const column = new Column(rows, MainAlign.Start, CrossAlign.Stretch).spaced(8);
    return new Padding(new EdgeInsets(16, 4, 16, 16), column);
  }

  /** So many keys side by side, from one on. */
  private keys(first: i32, count: i32): Widget {
    const keys: Widget[] = [];
    for (let at = first; at < first + count; at++)
      keys.push(new Expanded(new CalculatorKey(LABELS[at], NAMES[at], this)));
    return new Row(keys, MainAlign.Start, CrossAlign.Stretch).spaced(8);
  }

  private screen(theme: ThemeData): Widget {
    const text = this.calculation.display;
    const size = text.length > 10 ? 28.0 : 40.0;
    const style = new TextStyle(semiboldFont(), size, theme.colors.text, 52 / size, -0.5);
    const column = new Column(
      [
        Text.line(this.calculation.history, theme.body.colored(theme.colors.muted)).aligned(TextAlign.End),
        new Semantics("result", text, Text.line(text, style).aligned(TextAlign.End), true),
      ],
      MainAlign.End,
      CrossAlign.Stretch,
    ).shrunk();
    return new Padding(EdgeInsets.symmetric(4, 4), column);
  }
}

class CalculatorKey extends Pressable {
  constructor(
    private label: string,
    name: string,
    private state: CalculatorState,
  ) {
    super();
    this.name = name;
    this.takesFocus = false;
    this.onPressed = on<CalculatorKey>(this, (self) => self.state.press(self.label));
  }

  buildFace(context: BuildContext, state: PressState): Widget {
    const theme = Theme.of(context);
    const colors = theme.colors;
    const isDigit = (this.label >= "0" && this.label <= "9") || this.label == ".";
    const isEquals = this.label == "=";
    const base: Color = isEquals
      ? colors.accent
      : isDigit
        ? colors.surface
        : layOver(colors.hover, layOver(colors.hover, colors.surface));
    const over = isEquals ? colors.accentHover : layOver(colors.hover, base);
    const shown = state.pressed ? layOver(colors.pressed, base) : mixColors(base, over, state.hover);
    const look = new BoxDecoration(shown, 10).border(colors.border);
    const ink = isEquals ? colors.onAccent : isDigit ? colors.text : colors.accent;
    const style = new TextStyle(semiboldFont(), 20, ink, 1.2);
    return new DecoratedBox(look, new Center(Text.line(this.label, style)));
  }
}

class CalculatorKeys extends KeyHandler {
  constructor(private state: CalculatorState) {
    super();
  }

  handleKey(event: KeyEvent): bool {
    if (event.key == Key.Enter) this.state.press("=");
    else if (event.key == Key.Backspace) this.state.press("<");
    else if (event.key == Key.Escape || event.key == Key.Delete) this.state.press("C");
    else return this.type(event.text);
    return true;
  }

  private type(text: string): bool {
    if (text.length != 1) return false;
    if (text == "*") this.state.press("×");
    else if (text == "/") this.state.press("÷");
    else if (text == "-") this.state.press("−");
    else if ("0123456789.+=%".includes(text)) this.state.press(text);
    else return false;
    return true;
  }
}
