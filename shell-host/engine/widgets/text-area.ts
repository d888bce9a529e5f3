import { CURSOR_TEXT } from "../../../guest-kernel/abi/window.ts";
import { Action, onValue } from "../foundation/action.ts";
import { EdgeInsets, Offset } from "../foundation/geometry.ts";
import { KeyEvent, PointerEvent } from "../gestures/events.ts";
import { RenderEditable } from "../rendering/editable.ts";
import { RenderBox } from "../rendering/render-box.ts";
import { ScrollPosition } from "../rendering/scroll-position.ts";
import { RenderTextArea } from "../rendering/text-area.ts";
import { TextEditing } from "../text/editing.ts";
import { TextStyle } from "../text/text-style.ts";
import { applyEditKey, applyReadKey } from "./edit-keys.ts";
import { EditableState } from "./editable-state.ts";
import { BuildContext, RenderWidget, State, StatefulWidget, Widget } from "./framework.ts";
import { GestureDetector } from "./gesture-detector.ts";
import { Padding } from "./layout.ts";
import { ScrollView } from "./scroll-view.ts";
import { Theme, ThemeData } from "./theme.ts";

/** Text of several lines that scrolls: to edit, or to read, select and copy. */
export class TextArea extends StatefulWidget {
  isReadOnly: bool = false;
  autofocus: bool = false;
  /** Without one, the theme's for body text. */
  style: TextStyle | null = null;
  /** Called when the text has changed. */
  onChanged: Action | null = null;
  padding: EdgeInsets = EdgeInsets.all(16);

  constructor(readonly editing: TextEditing) {
    super();
  }

  createState(): State {
    return new TextAreaState();
  }
}

class TextAreaState extends EditableState {
  private position: ScrollPosition = new ScrollPosition();

  initState(): void {
    this.offerFocus(this.widgetOf<TextArea>().autofocus);
  }

  dispose(): void {
    super.dispose();
    this.position.stop();
  }

  get editing(): TextEditing {
    return this.widgetOf<TextArea>().editing;
  }

  protected get hasCaret(): bool {
    return !this.widgetOf<TextArea>().isReadOnly;
  }

  handleKey(event: KeyEvent): bool {
    const box = this.box;
    if (box === null) return false;
    const widget = this.widgetOf<TextArea>();
    const before = widget.editing.text;
    const taken = widget.isReadOnly
      ? applyReadKey(event, widget.editing, box.layoutOfText)
      : applyEditKey(event, widget.editing, box.layoutOfText, true);
    if (!taken) return false;
    this.restartBlinking();
    this.showCaret(box);
    const onChanged = widget.onChanged;
    if (onChanged !== null && widget.editing.text != before) onChanged.run();
    return true;
  }

  private showCaret(box: RenderEditable): void {
    const position = this.position;
    const margin = this.widgetOf<TextArea>().padding.top;
    const top = box.caretTop + margin;
    const bottom = top + box.layoutOfText.lineHeight;
    // The content may be about to grow by the line of the caret.
    position.setExtents(position.viewport, max(position.content, bottom + margin));
    if (top - margin < position.offset) position.jumpTo(top - margin);
    else if (bottom + margin > position.offset + position.viewport)
      position.jumpTo(bottom + margin - position.viewport);
  }

  build(context: BuildContext): Widget {
    const widget = this.widgetOf<TextArea>();
    const theme = Theme.of(context);
    const area = new Padding(widget.padding, new TextAreaBox(this, widget, theme));
    const detector = new GestureDetector(area);
    detector.cursor = CURSOR_TEXT;
    detector.onPointerDown = onValue<TextAreaState, PointerEvent>(this, (self, event) =>
      self.pointAt(event.x, event.y, false),
    );
    detector.onDrag = onValue<TextAreaState, Offset>(this, (self, by) => self.dragBy(by.x, by.y));
    const view = new ScrollView(detector);
    view.position = this.position;
    return view;
  }
}

class TextAreaBox extends RenderWidget {
  constructor(
    private state: TextAreaState,
    private area: TextArea,
    private theme: ThemeData,
  ) {
    super();
  }

  private get style(): TextStyle {
    const style = this.area.style;
    return style === null ? this.theme.body : style;
  }

  createRenderBox(): RenderBox {
    const box = new RenderTextArea(this.area.editing, this.style);
    this.state.adoptBox(box, this.theme.colors);
    return box;
  }

  updateRenderBox(box: RenderBox): void {
    const area = box as RenderTextArea;
    this.state.colorBox(area, this.theme.colors);
    area.configure(this.area.editing, this.style);
  }
}
