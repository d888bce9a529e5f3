// Widgets that say where things go.

import { Alignment, EdgeInsets } from "../foundation/geometry.ts";
import { BoxConstraints } from "../rendering/constraints.ts";
import { Axis, CrossAlign, MainAlign, RenderFlex } from "../rendering/flex.ts";
import { RenderConstrainedBox } from "../rendering/proxy-box.ts";
import { RenderBox } from "../rendering/render-box.ts";
import { RenderAlign, RenderPadding } from "../rendering/shifted-box.ts";
import { RenderStack } from "../rendering/stack.ts";
import { ParentDataWidget, RenderWidget, Widget } from "./framework.ts";

/** A widget with at most one child. */
export abstract class SingleChildWidget extends RenderWidget {
  constructor(readonly child: Widget | null) {
    super();
  }

  children(): Widget[] {
    const child = this.child;
    return child === null ? [] : [child];
  }
}

/** A margin around a child. */
export class Padding extends SingleChildWidget {
  constructor(
    readonly padding: EdgeInsets,
    child: Widget | null,
  ) {
    super(child);
  }

  createRenderBox(): RenderBox {
    return new RenderPadding(this.padding);
  }

  updateRenderBox(box: RenderBox): void {
    (box as RenderPadding).setPadding(this.padding);
  }
}

/** Puts a child somewhere in the room there is. */
export class Align extends SingleChildWidget {
  constructor(
    readonly alignment: Alignment,
    child: Widget | null,
  ) {
    super(child);
  }

  createRenderBox(): RenderBox {
    return new RenderAlign(this.alignment);
  }

  updateRenderBox(box: RenderBox): void {
    (box as RenderAlign).setAlignment(this.alignment);
  }
}

/** Puts a child in the middle of the room there is. */
export class Center extends Align {
  constructor(child: Widget | null) {
    super(Alignment.center, child);
  }
}

/** Imposes a least and a largest size. */
export class ConstrainedBox extends SingleChildWidget {
  constructor(
    readonly constraints: BoxConstraints,
    child: Widget | null = null,
  ) {
    super(child);
  }

  createRenderBox(): RenderBox {
    return new RenderConstrainedBox(this.constraints);
  }

  updateRenderBox(box: RenderBox): void {
    (box as RenderConstrainedBox).setAdditional(this.constraints);
  }
}

/** A box of a fixed size; NaN leaves a side to the child. */
export class SizedBox extends ConstrainedBox {
  constructor(width: f64, height: f64, child: Widget | null = null) {
    super(
      new BoxConstraints(
        isNaN(width) ? 0 : width,
        isNaN(width) ? Infinity : width,
        isNaN(height) ? 0 : height,
        isNaN(height) ? Infinity : height,
      ),
      child,
    );
  }
}

/** Children in a line. */
export class Flex extends RenderWidget {
  /** Takes all room along the line. */
  fills: bool = true;
  /** Distance between children. */
  spacing: f64 = 0;

  constructor(
    readonly axis: Axis,
    private list: Widget[],
    public mainAlign: MainAlign,
    public crossAlign: CrossAlign,
  ) {
    super();
  }

  children(): Widget[] {
    return this.list;
  }

  createRenderBox(): RenderBox {
    return new RenderFlex(this.axis, this.mainAlign, this.crossAlign, this.fills, this.spacing);
  }

  updateRenderBox(box: RenderBox): void {
    (box as RenderFlex).configure(this.axis, this.mainAlign, this.crossAlign, this.fills, this.spacing);
  }
}

/** Children from left to right. */
export class Row extends Flex {
  constructor(
    children: Widget[],
    mainAlign: MainAlign = MainAlign.Start,
    crossAlign: CrossAlign = CrossAlign.Center,
  ) {
    super(Axis.Horizontal, children, mainAlign, crossAlign);
  }

  /** With a distance between children. */
  spaced(spacing: f64): Row {
    this.spacing = spacing;
    return this;
  }

  /** Only as wide as the children. */
  shrunk(): Row {
    this.fills = false;
    return this;
  }
}

/** Children from top to bottom. */
export class Column extends Flex {
  constructor(
    children: Widget[],
    mainAlign: MainAlign = MainAlign.Start,
    crossAlign: CrossAlign = CrossAlign.Center,
  ) {
    super(Axis.Vertical, children, mainAlign, crossAlign);
  }

  /** With a distance between children. */
  spaced(spacing: f64): Column {
    this.spacing = spacing;
    return this;
  }

  /** Only as high as the children. */
  shrunk(): Column {
    this.fills = false;
    return this;
  }
}

/** Takes a share of the free room in a row or column; `tight` fills it. */
export class Flexible extends ParentDataWidget {
  constructor(
    child: Widget,
    readonly flex: i32 = 1,
    readonly tight: bool = false,
  ) {
    super(child);
  }

  place(box: RenderBox): bool {
    if (box.flex == this.flex && box.flexTight == this.tight) return false;
    box.flex = this.flex;
    box.flexTight = this.tight;
    return true;
  }
}

/** Fills its share of the free room in a row or column. */
export class Expanded extends Flexible {
  constructor(child: Widget, flex: i32 = 1) {
    super(child, flex, true);
  }
}

/** Room that fills its share of a row or column. */
export class Spacer extends Expanded {
  constructor(flex: i32 = 1) {
    super(new SizedBox(0, 0), flex);
  }
}

/** Children on top of each other. */
export class Stack extends RenderWidget {
  constructor(
    private list: Widget[],
    readonly alignment: Alignment = Alignment.topLeft,
    /** Takes all the room there is. */
    readonly expands: bool = false,
  ) {
    super();
  }

  children(): Widget[] {
    return this.list;
  }

  createRenderBox(): RenderBox {
    return new RenderStack(this.alignment, this.expands);
  }

  updateRenderBox(box: RenderBox): void {
    (box as RenderStack).configure(this.alignment, this.expands);
  }
}

/** A fixed place in a stack: distances from its sides, NaN where there is none. */
export class Positioned extends ParentDataWidget {
  constructor(
    child: Widget,
    readonly left: f64 = NaN,
    readonly top: f64 = NaN,
    readonly right: f64 = NaN,
    readonly bottom: f64 = NaN,
  ) {
    super(child);
  }

  /** Over the whole stack. */
  static fill(child: Widget): Positioned {
    return new Positioned(child, 0, 0, 0, 0);
  }

  place(box: RenderBox): bool {
    if (
      isSame(box.stackLeft, this.left) &&
      isSame(box.stackTop, this.top) &&
      isSame(box.stackRight, this.right) &&
      isSame(box.stackBottom, this.bottom)
    )
      return false;
    box.stackLeft = this.left;
    box.stackTop = this.top;
    box.stackRight = this.right;
    box.stackBottom = this.bottom;
    return true;
  }
}

function isSame(a: f64, b: f64): bool {
  return a == b || (isNaN(a) && isNaN(b));
}
