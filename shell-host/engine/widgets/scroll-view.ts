// Widgets that scroll: by wheel, by dragging, and on after a drag.

import { onValue } from "../foundation/action.ts";
import { Offset } from "../foundation/geometry.ts";
import { DragAxis } from "../gestures/recognizers.ts";
import { Color } from "../painting/color.ts";
import { RenderBox } from "../rendering/render-box.ts";
import {
  BAR_REACH,
  barTravel,
  LazyChildren,
  RenderLazyList,
  RenderScrollBox,
} from "../rendering/scroll-boxes.ts";
import { ScrollPosition } from "../rendering/scroll-position.ts";
import {
  BuildContext,
  Element,
  RenderElement,
  RenderWidget,
  State,
  StatefulWidget,
  Widget,
} from "./framework.ts";
import { GestureDetector } from "./gesture-detector.ts";
import { RepaintBoundary } from "./basic.ts";
import { SingleChildWidget } from "./layout.ts";
import { Theme } from "./theme.ts";

/** Moves a position by wheel and by dragging. */
export abstract class Scrollable extends StatefulWidget {
  /** Where it is scrolled to; without one, the widget keeps its own. */
  position: ScrollPosition | null = null;

  createState(): State {
    return new ScrollableState();
  }

  /** The window onto the content. */
  abstract buildViewport(position: ScrollPosition, barColor: Color): Widget;
}

class ScrollableState extends State {
  private own: ScrollPosition = new ScrollPosition();
  private dragsBar: bool = false;

  private get position(): ScrollPosition {
    const position = this.widgetOf<Scrollable>().position;
    return position === null ? this.own : position;
  }

  dispose(): void {
    this.own.stop();
  }

  build(context: BuildContext): Widget {
    const colors = Theme.of(context).colors;
    const detector = new GestureDetector(
      this.widgetOf<Scrollable>().buildViewport(this.position, colors.scrollBar),
    );
    detector.dragAxis = DragAxis.Vertical;
    detector.onWheel = onValue<ScrollableState, f64>(this, (self, distance) =>
      self.position.glideBy(distance),
    );
    detector.onDragStart = onValue<ScrollableState, Offset>(this, (self, at) => self.dragStarts(at.x));
    detector.onDrag = onValue<ScrollableState, Offset>(this, (self, by) => self.dragBy(by.y));
    detector.onDragEnd = onValue<ScrollableState, Offset>(this, (self, speed) => self.dragEnds(speed.y));
    return detector;
  }

  /** The pointer takes hold of the content, or of the bar at its right side. */
  private dragStarts(x: f64): void {
    this.position.stop();
    const box = this.renderBox();
    this.dragsBar = box !== null && this.position.maxOffset > 0 && x >= box.globalRect().right - BAR_REACH;
  }

  private dragBy(y: f64): void {
    const position = this.position;
    if (!this.dragsBar) return position.jumpBy(-y);
    position.jumpBy((y * position.maxOffset) / max(1.0, barTravel(position)));
  }

  private dragEnds(speed: f64): void {
    if (!this.dragsBar) this.position.fling(-speed);
  }
}

/** Scrolls one child of any height. */
export class ScrollView extends Scrollable {
  constructor(readonly child: Widget) {
    super();
  }

  buildViewport(position: ScrollPosition, barColor: Color): Widget {
    return new ScrollBox(position, barColor, this.child);
  }
}

class ScrollBox extends SingleChildWidget {
  constructor(
    private position: ScrollPosition,
    private barColor: Color,
    child: Widget,
  ) {
    super(child);
  }

  createRenderBox(): RenderBox {
    return new RenderScrollBox(this.position, this.barColor);
  }

  updateRenderBox(box: RenderBox): void {
    (box as RenderScrollBox).setPosition(this.position, this.barColor);
  }
}

/** Builds the rows of a list. */
export abstract class RowBuilder {
  /** The row at an index of 0..count - 1. */
  abstract build(context: BuildContext, index: i32): Widget;
}

/** Rows of one height, of which only those that show are built. */
export class ListView extends Scrollable {
  constructor(
    readonly count: i32,
    /** Height of a row. */
    readonly extent: f64,
    readonly builder: RowBuilder,
  ) {
    super();
  }

  buildViewport(position: ScrollPosition, barColor: Color): Widget {
    return new LazyList(position, barColor, this.count, this.extent, this.builder);
  }
}

class LazyList extends RenderWidget {
  constructor(
    readonly position: ScrollPosition,
    readonly barColor: Color,
    readonly count: i32,
    readonly extent: f64,
    readonly builder: RowBuilder,
  ) {
    super();
  }

  createElement(): Element {
    return new LazyListElement(this);
  }

  createRenderBox(): RenderBox {
    return new RenderLazyList(this.position, this.barColor, this.count, this.extent);
  }

  updateRenderBox(box: RenderBox): void {
    const list = box as RenderLazyList;
    list.setPosition(this.position, this.barColor);
    list.setRows(this.count, this.extent);
  }
}

/** Builds rows while the list is laid out, which is when it is known which ones show. */
class LazyListElement extends RenderElement {
  private rows: Map<i32, Element> = new Map<i32, Element>();
  private builtBy: Widget | null = null;

  protected updateBelow(): void {
    (this.box as RenderLazyList).setSource(new LazyListSource(this));
    this.box.markNeedsLayout();
  }

  provide(first: i32, end: i32): void {
    const widget = this.widget as LazyList;
    const isNew = this.builtBy !== widget;
    this.builtBy = widget;
    const rows = new Map<i32, Element>();
    const elements: Element[] = [];
    for (let index = first; index < end; index++) {
      const before: Element | null = this.rows.has(index) ? this.rows.get(index) : null;
      const row =
        before !== null && !isNew
          ? before
          : this.updateChild(before, new RepaintBoundary(widget.builder.build(this, index)));
      rows.set(index, row);
      elements.push(row);
    }
    const known = this.rows.keys();
    for (let i = 0; i < known.length; i++)
      if (known[i] < first || known[i] >= end) this.rows.get(known[i]).unmount();
    this.rows = rows;
    this.childElements = elements;
    this.childBoxChanged();
  }

  unmount(): void {
    (this.box as RenderLazyList).setSource(null);
    super.unmount();
  }
}

class LazyListSource extends LazyChildren {
  constructor(private element: LazyListElement) {
    super();
  }

  provide(first: i32, end: i32): void {
    this.element.provide(first, end);
  }
}
