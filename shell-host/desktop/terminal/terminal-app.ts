// The terminal: a shell in a window.

import { CURSOR_TEXT } from "../../../guest-kernel/abi/window.ts";
import { on, onValue } from "../../engine/foundation/action.ts";
import { Alarm, cancelAlarm, setAlarm } from "../../engine/foundation/frame-clock.ts";
import { copiedText, copyText } from "../../engine/foundation/clipboard.ts";
import { Offset } from "../../engine/foundation/geometry.ts";
import { Key, KeyEvent, PointerEvent } from "../../engine/gestures/events.ts";
import { RenderBox } from "../../engine/rendering/render-box.ts";
import { ScrollPosition } from "../../engine/rendering/scroll-position.ts";
import { WindowScope } from "../../engine/widgets/app-root.ts";
import { FocusNode } from "../../engine/widgets/focus.ts";
import { BuildContext, RenderWidget, State, StatefulWidget, Widget } from "../../engine/widgets/framework.ts";
import { GestureDetector } from "../../engine/widgets/gesture-detector.ts";
import { Icons } from "../../engine/widgets/icons.ts";
import { MenuItem, showMenu } from "../../engine/widgets/menu.ts";
import { errorText } from "../../sdk/error-text.ts";
import { AnsiParser } from "./ansi-parser.ts";
import { CellGrid } from "./cell-grid.ts";
import { LineEditor, LineResult } from "./line-editor.ts";
import { Session } from "./session.ts";
import { RenderTerminal } from "./terminal-box.ts";

const BLINK_TIME: f64 = 530; // milliseconds
const RESTS_AFTER: i32 = 20; // blinks without a key: then the caret stays, and the machine sleeps

/** The content of the terminal's window. */
export class TerminalApp extends StatefulWidget {
  constructor(
    /** What the shell is told first; empty for nothing. */
    readonly command: string,
  ) {
    super();
  }

  createState(): State {
    return new TerminalState();
  }
}

class TerminalState extends State {
  readonly grid: CellGrid = new CellGrid();
  readonly editor: LineEditor = new LineEditor();
  readonly position: ScrollPosition = new ScrollPosition();
  box: RenderTerminal | null = null;
  private parser: AnsiParser | null = null;
  private session: Session | null = null;
  private focus: TerminalFocus | null = null;
  private blink: Alarm | null = null;
  private blinks: i32 = 0;
  private dragX: f64 = 0;
  private dragY: f64 = 0;

  initState(): void {
    const parser = new AnsiParser(this.grid);
    this.parser = parser;
    const focus = new TerminalFocus(this);
    focus.register();
    focus.requestFocus();
    this.focus = focus;
    this.position.addListener(on<TerminalState>(this, (self) => self.repaint()));
    const session = new Session(
      parser,
      on<TerminalState>(this, (self) => self.changed()),
      on<TerminalState>(this, (self) => self.ended()),
    );
    this.session = session;
    const error = session.start([]);
    if (error < 0) this.print("The shell cannot be started: " + errorText(error) + "\n");
    else if (this.widgetOf<TerminalApp>().command.length > 0)
      session.sendLine(this.widgetOf<TerminalApp>().command);
    this.restartBlinking();
  }

  dispose(): void {
    (this.focus as TerminalFocus).unregister();
    this.stopBlinking();
    (this.session as Session).close();
  }

  // ---- output

  private changed(): void {
    const box = this.box;
    if (box !== null) box.changed();
  }

  private repaint(): void {
    const box = this.box;
    if (box !== null) box.markNeedsPaint();
  }

  /** Prints a text of the terminal's own. */
  private print(text: string): void {
    const bytes = String.UTF8.encode(text);
    (this.parser as AnsiParser).feed(changetype<usize>(bytes), bytes.byteLength);
    this.changed();
  }

  private ended(): void {
    const element = this.element;
    if (element === null) return;
    const link = WindowScope.of(element);
    if (link !== null) link.close();
    else this.print("\n[the shell has ended]\n");
  }

  // ---- the caret

  private restartBlinking(): void {
    this.stopBlinking();
    this.blinks = 0;
    this.setCaret(true);
    this.waitToBlink();
  }

  private waitToBlink(): void {
    this.blink = setAlarm(
      BLINK_TIME,
      on<TerminalState>(this, (self) => self.toggleCaret()),
    );
  }

  private toggleCaret(): void {
    this.blink = null;
    const box = this.box;
    if (box === null || ++this.blinks >= RESTS_AFTER) return this.setCaret(true);
    this.setCaret(!box.caretOn);
    this.waitToBlink();
  }

  private stopBlinking(): void {
    const blink = this.blink;
    if (blink !== null) cancelAlarm(blink);
    this.blink = null;
  }

  private setCaret(isOn: bool): void {
    const box = this.box;
    if (box === null || box.caretOn == isOn) return;
    box.caretOn = isOn;
    box.markNeedsPaint();
  }

  // ---- input

  handleKey(event: KeyEvent): bool {
    if (this.handleWindowKey(event)) return true;
    const result = this.editor.handleKey(event);
    if (result == LineResult.Ignored) return false;
    if (result == LineResult.Submitted) this.submit(this.editor.taken);
    else if (result == LineResult.Interrupted) this.interrupt();
    else if (result == LineResult.Ended) (this.session as Session).endInput();
    else if (result == LineResult.Cleared) this.print("\x1b[2J");
    this.restartBlinking();
    const box = this.box;
    if (box !== null) {
      box.selectionStart = null;
      box.selectionEnd = null;
      box.changed();
      this.position.jumpTo(this.position.maxOffset);
    }
    return true;
  }

  /** Keys that scroll and copy. */
  private handleWindowKey(event: KeyEvent): bool {
    const page = this.position.viewport - 38;
    if (event.key == Key.PageUp) this.position.jumpBy(-page);
    else if (event.key == Key.PageDown) this.position.jumpBy(page);
    else if (event.key == Key.Character && event.control && event.shift) return this.clipboardKey(event.text);
    else return false;
    return true;
  }

  private clipboardKey(letter: string): bool {
    if (letter.toLowerCase() == "c") this.copy();
    else if (letter.toLowerCase() == "v") this.paste();
    else return false;
    return true;
  }

  private submit(line: string): void {
    this.print(line + "\n");
    (this.session as Session).sendLine(line);
  }

  private interrupt(): void {
    this.print(this.editor.editing.text + "^C\n");
    this.editor.editing.setText("");
    (this.session as Session).interrupt();
  }

  private copy(): void {
    const box = this.box;
    if (box !== null) copyText(box.selectedText());
  }

  private paste(): void {
    this.editor.type(copiedText());
    this.changed();
  }

  // ---- the pointer

  private pointDown(event: PointerEvent): void {
    const box = this.box;
    if (box === null) return;
    (this.focus as TerminalFocus).requestFocus();
    this.dragX = event.x;
    this.dragY = event.y;
    box.selectionStart = box.placeAt(event.x, event.y);
    box.selectionEnd = null;
    box.markNeedsPaint();
  }

  private drag(by: Offset): void {
    const box = this.box;
    if (box === null) return;
    this.dragX += by.x;
    this.dragY += by.y;
    box.selectionEnd = box.placeAt(this.dragX, this.dragY);
    box.markNeedsPaint();
  }

  private showMenuAt(event: PointerEvent): void {
    const element = this.element;
    const box = this.box;
    if (element === null || box === null) return;
    const copy = new MenuItem(
      "Copy",
      box.selectionEnd === null ? null : on<TerminalState>(this, (self) => self.copy()),
    );
    const paste = new MenuItem(
      "Paste",
      on<TerminalState>(this, (self) => self.paste()),
    );
    const clear = new MenuItem(
      "Clear",
      on<TerminalState>(this, (self) => self.print("\x1b[2J")),
    );
    showMenu(element, event.x, event.y, [
      copy.withIcon(Icons.copy),
      paste,
      clear.withIcon(Icons.trash).apart(),
    ]);
  }

  build(_context: BuildContext): Widget {
    const detector = new GestureDetector(new TerminalBox(this));
    detector.cursor = CURSOR_TEXT;
    detector.onPointerDown = onValue<TerminalState, PointerEvent>(this, (self, event) =>
      self.pointDown(event),
    );
    detector.onDrag = onValue<TerminalState, Offset>(this, (self, by) => self.drag(by));
    detector.onWheel = onValue<TerminalState, f64>(this, (self, distance) => self.position.glideBy(distance));
    detector.onSecondary = onValue<TerminalState, PointerEvent>(this, (self, event) =>
      self.showMenuAt(event),
    );
    return detector;
  }
}

class TerminalFocus extends FocusNode {
  constructor(private state: TerminalState) {
    super();
  }

  box(): RenderBox | null {
    return this.state.box;
  }

  handleKey(event: KeyEvent): bool {
    return this.state.handleKey(event);
  }
}

class TerminalBox extends RenderWidget {
  constructor(private state: TerminalState) {
    super();
  }

  createRenderBox(): RenderBox {
    const box = new RenderTerminal(this.state.grid, this.state.editor, this.state.position);
    box.caretOn = true;
    this.state.box = box;
    return box;
  }

  updateRenderBox(_box: RenderBox): void {}
}
