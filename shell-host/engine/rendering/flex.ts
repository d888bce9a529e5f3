import { RenderBox } from "./render-box.ts";
import { BoxConstraints } from "./constraints.ts";

export enum Axis {
  Horizontal,
  Vertical,
}

/** Where children go along the main axis. */
export enum MainAlign {
  Start,
  Center,
  End,
  SpaceBetween,
  SpaceAround,
  SpaceEvenly,
}

/** Where children go across. */
export enum CrossAlign {
  Start,
  Center,
  End,
  Stretch,
}

/** Children in a row or a column. Those with a `flex` share what the others leave. */
export class RenderFlex extends RenderBox {
  constructor(
    private axis: Axis,
    private mainAlign: MainAlign,
    private crossAlign: CrossAlign,
    private fills: bool,
    private spacing: f64,
  ) {
    super();
  }

  /** `fills`: takes all room along the main axis, even if the children need less. */
  configure(axis: Axis, mainAlign: MainAlign, crossAlign: CrossAlign, fills: bool, spacing: f64): void {
    if (
      axis == this.axis &&
      mainAlign == this.mainAlign &&
      crossAlign == this.crossAlign &&
      fills == this.fills &&
      spacing == this.spacing
    )
      return;
    this.axis = axis;
    this.mainAlign = mainAlign;
    this.crossAlign = crossAlign;
    this.fills = fills;
    this.spacing = spacing;
    this.markNeedsLayout();
  }

  private get isRow(): bool {
    return this.axis == Axis.Horizontal;
  }

  private mainOf(box: RenderBox): f64 {
    return this.isRow ? box.size.width : box.size.height;
  }

  private crossOf(box: RenderBox): f64 {
    return this.isRow ? box.size.height : box.size.width;
  }

  protected performLayout(): void {
    const outer = this.constraints;
    const maxMain = this.isRow ? outer.maxWidth : outer.maxHeight;
    const isLimited = maxMain < Infinity;
    const gaps = this.spacing * max(0, this.children.length - 1);
    const used = this.layoutFixed(isLimited) + gaps;
    const total = used + (isLimited ? this.layoutFlexible(max(0.0, maxMain - used)) : 0);
    let cross = 0.0;
    for (let i = 0; i < this.children.length; i++) cross = max(cross, this.crossOf(this.children[i]));
    const main = isLimited && this.fills ? maxMain : total;
    this.size = this.isRow ? outer.constrain(main, cross) : outer.constrain(cross, main);
    this.place(total);
  }

  /** Lays out the children that take no share; all of them if there is no limit. The sum of their lengths. */
  private layoutFixed(isLimited: bool): f64 {
    let sum = 0.0;
    for (let i = 0; i < this.children.length; i++) {
      const child = this.children[i];
      if (child.flex > 0 && isLimited) continue;
      child.layout(this.childConstraints(0, Infinity), true);
      sum += this.mainOf(child);
    }
    return sum;
  }

  private layoutFlexible(free: f64): f64 {
    let shares = 0;
    for (let i = 0; i < this.children.length; i++) shares += this.children[i].flex;
    let sum = 0.0;
    for (let i = 0; i < this.children.length; i++) {
      const child = this.children[i];
      if (child.flex == 0) continue;
      const share = (free * child.flex) / shares;
      child.layout(this.childConstraints(child.flexTight ? share : 0, share), true);
      sum += this.mainOf(child);
    }
    return sum;
  }

  private childConstraints(minMain: f64, maxMain: f64): BoxConstraints {
    const outer = this.constraints;
    const maxCross = this.isRow ? outer.maxHeight : outer.maxWidth;
    const minCross = this.crossAlign == CrossAlign.Stretch && maxCross < Infinity ? maxCross : 0;
    return this.isRow
      ? new BoxConstraints(minMain, maxMain, minCross, maxCross)
      : new BoxConstraints(minCross, maxCross, minMain, maxMain);
  }

  private place(total: f64): void {
    const count = this.children.length;
    const free = max(0.0, this.mainOf(this) - total);
    let before = 0.0;
    let between = this.spacing;
    switch (this.mainAlign) {
      case MainAlign.Center:
        before = free / 2;
        break;
      case MainAlign.End:
        before = free;
        break;
      case MainAlign.SpaceBetween:
        between += count > 1 ? free / (count - 1) : 0;
        break;
      case MainAlign.SpaceAround:
        between += free / max(count, 1);
        before = free / max(count, 1) / 2;
        break;
      case MainAlign.SpaceEvenly:
        before = free / (count + 1);
        between += before;
        break;
      default:
    }
    let main = before;
    for (let i = 0; i < count; i++) {
      const child = this.children[i];
      const across = this.crossOf(this) - this.crossOf(child);
      const cross =
        this.crossAlign == CrossAlign.Center ? across / 2 : this.crossAlign == CrossAlign.End ? across : 0;
      child.x = this.isRow ? main : cross;
      child.y = this.isRow ? cross : main;
      main += this.mainOf(child) + between;
    }
  }
}
