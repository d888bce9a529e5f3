import { CURSOR_ARROW } from "../../../guest-kernel/abi/window.ts";
import { BUTTON_RIGHT, Key, KeyEvent, PointerEvent, PointerKind } from "../gestures/events.ts";
import { arena } from "../gestures/arena.ts";
import { advanceTo, frameTime, isAnimating, nextAlarm } from "../foundation/frame-clock.ts";
import { Rect, Size } from "../foundation/geometry.ts";
import { Bitmap } from "../painting/bitmap.ts";
import { HitTestResult } from "../rendering/hit-test.ts";
import { PipelineOwner } from "../rendering/pipeline-owner.ts";
import { RenderView } from "../rendering/proxy-box.ts";
import { RenderBox } from "../rendering/render-box.ts";
import { describeTree } from "../rendering/semantics.ts";
import { BuildOwner } from "./build-owner.ts";
import { Element, RenderElement, RenderWidget, Widget } from "./framework.ts";
import { FocusScope, enterScope } from "./focus.ts";

const MENU_INSET: f64 = 20; // where in a large box a key shows its menu, logical pixels

class RootWidget extends RenderWidget {
  constructor(private child: Widget) {
    super();
  }

  children(): Widget[] {
    return [this.child];
  }

  createElement(): Element {
    return new RenderElement(this);
  }

  createRenderBox(): RenderBox {
    return new RenderView();
  }

  updateRenderBox(_box: RenderBox): void {}
}

/**
 * A tree of widgets in a bitmap. Whoever owns the bitmap gives events to it, then calls `frame`, and sleeps until `nextFrame` or
 * the next event.
 */
export class UiWindow {
  private build: BuildOwner = new BuildOwner();
  private pipeline: PipelineOwner = new PipelineOwner();
  private root: RenderElement;
  private view: RenderView;
  private hovered: RenderBox[] = [];
  private isPressed: bool = false; // the pointer went down here, and not up yet
  private scale: f64 = 0;
  private scope: FocusScope;

  constructor(widget: Widget) {
    const scope = new FocusScope();
    this.scope = scope;
    enterScope(scope);
    const root = new RenderElement(new RootWidget(widget));
    this.root = root;
    this.view = root.box as RenderView;
    this.view.attach(this.pipeline, 0);
    this.pipeline.addDirtyLayout(this.view);
    root.mount(null, this.build);
  }

  /** Shows another widget tree; what both have in common keeps its state. */
  setWidget(widget: Widget): void {
    enterScope(this.scope);
    this.root.update(new RootWidget(widget));
  }

  /** The pointer did something. */
  pointer(event: PointerEvent): void {
    enterScope(this.scope);
    advanceTo(event.time);
    switch (event.kind) {
      case PointerKind.Down:
        this.isPressed = true;
        this.deliver(event);
        break;
      case PointerKind.Wheel:
        this.deliver(event);
        break;
      default:
        if (this.isPressed) this.gesture(event);
    }
    this.hover(event);
  }

  /** Goes on with what began here. The arena is that of all windows: one that the pointer leaves says nothing about the others. */
  private gesture(event: PointerEvent): void {
    if (event.kind == PointerKind.Move) return arena.move(event);
    this.isPressed = false;
    if (event.kind == PointerKind.Up) arena.end(event);
    else arena.cancel();
  }

  private deliver(event: PointerEvent): void {
    const path = this.pathAt(event.x, event.y);
    for (let i = 0; i < path.length; i++) {
      path[i].handlePointer(event);
      // The innermost list scrolls, the innermost menu shows.
      if (event.kind == PointerKind.Wheel && path[i].takesWheel()) return;
      if ((event.buttons & BUTTON_RIGHT) != 0 && path[i].takesSecondary()) return;
    }
  }

  private pathAt(x: f64, y: f64): RenderBox[] {
    const result = new HitTestResult();
    this.view.hitTest(result, x, y);
    return result.path;
  }

  private hover(event: PointerEvent): void {
    const path: RenderBox[] = event.kind == PointerKind.Cancel ? [] : this.pathAt(event.x, event.y);
    const before = this.hovered;
    this.hovered = path;
    for (let i = 0; i < before.length; i++) if (!path.includes(before[i])) before[i].handleHover(false);
    for (let i = 0; i < path.length; i++) if (!before.includes(path[i])) path[i].handleHover(true);
  }

  /** The cursor where the pointer is: CURSOR_* of guest-kernel/abi/window.ts. */
  get cursor(): u32 {
    for (let i = 0; i < this.hovered.length; i++) {
      const shape = this.hovered[i].cursorShape();
      if (shape != CURSOR_ARROW) return shape;
    }
    return CURSOR_ARROW;
  }

  /** Takes all widgets out for good: their states are disposed. */
  unmount(): void {
    enterScope(this.scope);
    this.root.unmount();
  }

  /** The bitmap has lost what was in it: the next frame paints everything. */
  repaint(): void {
    this.view.markNeedsPaint();
  }

  /** What the window shows, in words: lines as in rendering/semantics.ts. */
  describe(): string {
    return describeTree(this.view, this.scale);
  }

  /** A key went down, or repeats; true if somebody took it. */
  key(event: KeyEvent): bool {
    enterScope(this.scope);
    return this.scope.dispatchKey(event) || (event.key == Key.Menu && this.menuAtFocus());
  }

  /** Does what the right button would do where the focus is. */
  private menuAtFocus(): bool {
    const node = this.scope.focused;
    const box: RenderBox | null = node === null ? null : node.box();
    if (box === null) return false;
    const rect = box.globalRect();
    const x = rect.left + min(rect.width / 2, MENU_INSET);
    const y = rect.top + min(rect.height / 2, MENU_INSET);
    this.deliver(new PointerEvent(PointerKind.Down, x, y, BUTTON_RIGHT, frameTime()));
    return true;
  }

  /**
   * Brings the bitmap, which holds the frame before, up to date: time, build, layout, paint. `scale`: device pixels for a logical one.
   *
   * @returns the rectangles of device pixels that were painted
   */
  frame(now: f64, bitmap: Bitmap, scale: f64): Rect[] {
    enterScope(this.scope);
    advanceTo(now);
    if (scale != this.scale) this.view.markNeedsPaint();
    this.scale = scale;
    this.view.resize(new Size(<f64>bitmap.width / scale, <f64>bitmap.height / scale));
    this.build.flushBuild();
    this.pipeline.flushLayout();
    return this.pipeline.flushPaint(this.view, bitmap, scale);
  }

  /** True if a frame would change something now. */
  get needsFrame(): bool {
    return this.build.isDirty || this.pipeline.isDirty || isAnimating();
  }

  /** When the next frame is due, in milliseconds: now if something moves or has changed; infinite if only an event can change anything. */
  nextFrame(now: f64): f64 {
    return this.needsFrame ? now : max(now, nextAlarm());
  }
}
