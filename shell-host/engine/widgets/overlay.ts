// What is shown on top of a window: menus, dialogs, tooltips.

import { Action, on, onValue } from "../foundation/action.ts";
import { Alignment } from "../foundation/geometry.ts";
import { Key, KeyEvent, PointerEvent } from "../gestures/events.ts";
import { Color } from "../painting/color.ts";
import { RenderAnchored } from "../rendering/anchored.ts";
import { RenderBox } from "../rendering/render-box.ts";
import { BoxDecoration } from "../painting/box-decoration.ts";
import { DecoratedBox } from "./basic.ts";
import { FocusGroup, FocusScope, KeyHandler, currentScope } from "./focus.ts";
import { BuildContext, InheritedWidget, State, StatefulWidget, Widget } from "./framework.ts";
import { GestureDetector } from "./gesture-detector.ts";
import { Positioned, SingleChildWidget, Stack } from "./layout.ts";

/** Something that lies on top of a window until it is removed. */
export class OverlayEntry {
  overlay: OverlayState | null = null;
  readonly key: string;

  constructor(readonly widget: Widget) {
    this.key = "entry" + (entryCount++).toString();
  }

  remove(): void {
    const overlay = this.overlay;
    if (overlay !== null) overlay.drop(this);
  }
}

let entryCount: i32 = 0;

/** A window's content with whatever lies on top of it. */
export class Overlay extends StatefulWidget {
  constructor(readonly child: Widget) {
    super();
  }

  /** The overlay above a place. There must be one, as there is in every window of an app. */
  static of(context: BuildContext): OverlayState {
    const scope = context.dependOn(idof<OverlayScope>());
    assert(scope !== null, "no Overlay above");
    return (scope as OverlayScope).state;
  }

  createState(): State {
    return new OverlayState();
  }
}

class OverlayScope extends InheritedWidget {
  constructor(
    readonly state: OverlayState,
    child: Widget,
  ) {
    super(child);
  }

  updateShouldNotify(_old: InheritedWidget): bool {
    return false;
  }
}

export class OverlayState extends State {
  private entries: OverlayEntry[] = [];

  /** Lays something on top. */
  insert(entry: OverlayEntry): void {
    entry.overlay = this;
    this.entries.push(entry);
    this.setState();
  }

  drop(entry: OverlayEntry): void {
    const at = this.entries.indexOf(entry);
    if (at < 0) return;
    entry.overlay = null;
    this.entries.splice(at, 1);
    this.setState();
  }

  build(_context: BuildContext): Widget {
    const layers: Widget[] = [new OverlayScope(this, this.widgetOf<Overlay>().child)];
    for (let i = 0; i < this.entries.length; i++) {
      const entry = this.entries[i];
      layers.push(Widget.keyed<Positioned>(entry.key, Positioned.fill(new OverlayScope(this, entry.widget))));
    }
    return new Stack(layers, Alignment.topLeft, true);
  }
}

/** Keeps pointers and keys from what is below. A tap beside its child, or Escape, dismisses it. */
export class Modal extends StatefulWidget {
  /** Over what is below. */
  scrim: Color = 0;

  constructor(
    readonly child: Widget,
    readonly onDismiss: Action,
  ) {
    super();
  }

  dimming(scrim: Color): Modal {
    this.scrim = scrim;
    return this;
  }

  createState(): State {
    return new ModalState();
  }
}

class ModalState extends State {
  private scope: FocusScope | null = null;
  private group: FocusGroup | null = null;

  initState(): void {
    const scope = currentScope();
    this.scope = scope;
    this.group = scope.push(new ModalKeys(this));
  }

  dispose(): void {
    (this.scope as FocusScope).pop(this.group as FocusGroup);
  }

  dismiss(): void {
    this.widgetOf<Modal>().onDismiss.run();
  }

  build(_context: BuildContext): Widget {
    const widget = this.widgetOf<Modal>();
    const barrier = new GestureDetector(new DecoratedBox(new BoxDecoration(widget.scrim)));
    barrier.onTap = on<ModalState>(this, (self) => self.dismiss());
    barrier.onSecondary = onValue<ModalState, PointerEvent>(this, (self, _event) => self.dismiss());
    return new Stack([Positioned.fill(barrier), Positioned.fill(widget.child)]);
  }
}

class ModalKeys extends KeyHandler {
  constructor(private state: ModalState) {
    super();
  }

  handleKey(event: KeyEvent): bool {
    if (event.key == Key.Escape) this.state.dismiss();
    return true;
  }
}

/** Puts its child at a point of the room there is, moved as far as need be to be inside. */
export class Anchored extends SingleChildWidget {
  /** The child's middle is at the point, instead of its left side. */
  centered: bool = false;

  constructor(
    readonly x: f64,
    readonly y: f64,
    child: Widget,
  ) {
    super(child);
  }

  createRenderBox(): RenderBox {
    return new RenderAnchored(this.x, this.y, this.centered);
  }

  updateRenderBox(box: RenderBox): void {
    (box as RenderAnchored).setAnchor(this.x, this.y, this.centered);
  }
}
