// Widgets describe, elements live, render objects draw. A widget is made anew in each build; the element keeps its place in the tree
// as long as the new widget is of the same class and key, and brings the render object up to date.

import { RenderBox } from "../rendering/render-box.ts";
import { runtimeType } from "../foundation/runtime-type.ts";
import { BuildOwner } from "./build-owner.ts";

/** A description of a part of the user interface. Never changed once it was given away. */
export abstract class Widget {
  /** Tells siblings of one class apart when their order changes; empty if it does not. */
  key: string = "";

  abstract createElement(): Element;

  /** Names the widget among its siblings. */
  static keyed<W extends Widget>(key: string, widget: W): W {
    widget.key = key;
    return widget;
  }
}

/** True if an element of the one may become one of the other. */
function canUpdate(before: Widget, next: Widget): bool {
  return runtimeType(before) == runtimeType(next) && before.key == next.key;
}

/** A place in the tree. As a build context, it is what a widget knows about its surroundings. */
export abstract class Element {
  parent: Element | null = null;
  owner: BuildOwner | null = null;
  depth: i32 = 0;
  /** What was built by an ancestor that changed, or asked for it itself. */
  dirty: bool = true;

  constructor(public widget: Widget) {}

  /** The render object that stands for this place. */
  abstract renderBox(): RenderBox | null;

  /** Comes into the tree. */
  mount(parent: Element | null, owner: BuildOwner): void {
    this.parent = parent;
    this.owner = owner;
    this.depth = parent === null ? 0 : parent.depth + 1;
  }

  /** Takes a widget that it can be updated to. */
  update(widget: Widget): void {
    this.widget = widget;
  }

  /** Leaves the tree for good. */
  unmount(): void {
    this.owner = null;
  }

  /** Builds what is below, if it is dirty. */
  rebuild(): void {
    this.dirty = false;
  }

  /** Builds again before the next frame. */
  markNeedsBuild(): void {
    if (this.dirty) return;
    this.dirty = true;
    const owner = this.owner;
    if (owner !== null) owner.addDirty(this);
  }

  /** A render object further down was exchanged. */
  childBoxChanged(): void {
    const parent = this.parent;
    if (parent !== null) parent.childBoxChanged();
  }

  /** The nearest inherited widget of a class above, by `idof`; this place is built again when it changes. */
  dependOn(type: u32): InheritedWidget | null {
    let element = this.parent;
    while (element !== null && runtimeType(element.widget) != type) element = element.parent;
    if (element === null) return null;
    (element as InheritedElement).addDependent(this);
    return element.widget as InheritedWidget;
  }

  /** The element for a widget where `child` was: the same one, or another. */
  protected updateChild(child: Element | null, widget: Widget): Element {
    if (child !== null) {
      if (child.widget === widget) return child;
      if (canUpdate(child.widget, widget)) {
        child.update(widget);
        return child;
      }
      child.unmount();
    }
    const element = widget.createElement();
    element.mount(this, this.owner as BuildOwner);
    return element;
  }

  /** The elements for widgets where `children` were. Those with a key are found again at another place. */
  protected updateChildren(children: Element[], widgets: Widget[]): Element[] {
    const rest: (Element | null)[] = [];
    for (let i = 0; i < children.length; i++) rest.push(children[i]);
    const result: Element[] = [];
    for (let i = 0; i < widgets.length; i++) {
      const at = this.findChild(rest, widgets[i], i);
      const before: Element | null = at < 0 ? null : rest[at];
      if (at >= 0) rest[at] = null;
      result.push(this.updateChild(before, widgets[i]));
    }
    for (let i = 0; i < rest.length; i++) {
      const left = rest[i];
      if (left !== null) left.unmount();
    }
    return result;
  }

  private findChild(children: (Element | null)[], widget: Widget, index: i32): i32 {
    if (index < children.length) {
      const child = children[index];
      if (child !== null && canUpdate(child.widget, widget)) return index;
    }
    if (widget.key.length == 0) return -1;
    for (let i = 0; i < children.length; i++) {
      const child = children[i];
      if (child !== null && canUpdate(child.widget, widget)) return i;
    }
    return -1;
  }
}

/** What `build` gets: the place in the tree. */
export type BuildContext = Element;

// ---- widgets made of widgets

/** Built from its own fields and its surroundings alone. */
export abstract class StatelessWidget extends Widget {
  abstract build(context: BuildContext): Widget;

  createElement(): Element {
    return new StatelessElement(this);
  }
}

/** Has a state that outlives it. */
export abstract class StatefulWidget extends Widget {
  abstract createState(): State;

  createElement(): Element {
    return new StatefulElement(this);
  }
}

/** What a stateful widget remembers. `W` is the class of the widget. */
export abstract class State {
  element: StatefulElement | null = null;

  /** The present widget: `this.widgetOf<Counter>()`. */
  widgetOf<W extends Widget>(): W {
    return (this.element as StatefulElement).widget as W;
  }

  get isMounted(): bool {
    return this.element !== null;
  }

  /** The render object of what was built; null while there is none. */
  renderBox(): RenderBox | null {
    const element = this.element;
    return element === null ? null : element.renderBox();
  }

  abstract build(context: BuildContext): Widget;

  /** Called once, before the first build. */
  initState(): void {}

  /** Called when the widget was exchanged for another of its class. */
  didUpdateWidget(_old: Widget): void {}

  /** Called when the state is not needed any more. */
  dispose(): void {}

  /** Something that `build` shows has changed. */
  setState(): void {
    const element = this.element;
    if (element !== null) element.markNeedsBuild();
  }
}

/** An element with one child, which it builds. */
export abstract class ComponentElement extends Element {
  protected child: Element | null = null;

  protected abstract buildChild(): Widget;

  /** The element of what was built. */
  builtChild(): Element | null {
    return this.child;
  }

  mount(parent: Element | null, owner: BuildOwner): void {
    super.mount(parent, owner);
    this.rebuild();
  }

  rebuild(): void {
    super.rebuild();
    const before = this.child;
    const boxBefore: RenderBox | null = before === null ? null : before.renderBox();
    const child = this.updateChild(before, this.buildChild());
    this.child = child;
    if (before !== null && child.renderBox() !== boxBefore) this.childBoxChanged();
  }

  update(widget: Widget): void {
    super.update(widget);
    this.rebuild();
  }

  unmount(): void {
    const child = this.child;
    if (child !== null) child.unmount();
    super.unmount();
  }

  renderBox(): RenderBox | null {
    const child = this.child;
    return child === null ? null : child.renderBox();
  }
}

class StatelessElement extends ComponentElement {
  protected buildChild(): Widget {
    return (this.widget as StatelessWidget).build(this);
  }
}

/** Keeps the state of a stateful widget. */
export class StatefulElement extends ComponentElement {
  private state: State | null = null;

  mount(parent: Element | null, owner: BuildOwner): void {
    const state = (this.widget as StatefulWidget).createState();
    state.element = this;
    this.state = state;
    this.parent = parent;
    this.owner = owner;
    state.initState();
    super.mount(parent, owner);
  }

  update(widget: Widget): void {
    const old = this.widget;
    this.widget = widget;
    (this.state as State).didUpdateWidget(old);
    super.update(widget);
  }

  unmount(): void {
    super.unmount();
    const state = this.state as State;
    state.dispose();
    state.element = null;
  }

  protected buildChild(): Widget {
    return (this.state as State).build(this);
  }
}

// ---- inherited widgets

/** Gives something to all that is below it. */
export abstract class InheritedWidget extends Widget {
  constructor(readonly child: Widget) {
    super();
  }

  /** True if those who asked for it have to be built again. */
  abstract updateShouldNotify(old: InheritedWidget): bool;

  createElement(): Element {
    return new InheritedElement(this);
  }
}

class InheritedElement extends ComponentElement {
  private dependents: Set<Element> = new Set<Element>();

  addDependent(element: Element): void {
    this.dependents.add(element);
  }

  update(widget: Widget): void {
    const old = this.widget as InheritedWidget;
    super.update(widget);
    if (!(widget as InheritedWidget).updateShouldNotify(old)) return;
    const dependents = this.dependents.values();
    this.dependents.clear();
    for (let i = 0; i < dependents.length; i++)
      if (dependents[i].owner !== null) dependents[i].markNeedsBuild();
  }

  protected buildChild(): Widget {
    return (this.widget as InheritedWidget).child;
  }
}

// ---- widgets with a render object

const NO_WIDGETS: Widget[] = [];

/** A widget that draws, lays out or listens by a render object of its own. */
export abstract class RenderWidget extends Widget {
  abstract createRenderBox(): RenderBox;

  /** Brings the render object up to date with this widget. */
  abstract updateRenderBox(box: RenderBox): void;

  /** The widgets below. */
  children(): Widget[] {
    return NO_WIDGETS;
  }

  createElement(): Element {
    return new RenderElement(this);
  }
}

/** Keeps a render object, and its children in step with the child elements. */
export class RenderElement extends Element {
  readonly box: RenderBox;
  protected childElements: Element[] = [];

  constructor(widget: RenderWidget) {
    super(widget);
    this.box = widget.createRenderBox();
  }

  renderBox(): RenderBox | null {
    return this.box;
  }

  mount(parent: Element | null, owner: BuildOwner): void {
    super.mount(parent, owner);
    this.dirty = false;
    this.updateBelow();
  }

  update(widget: Widget): void {
    super.update(widget);
    (widget as RenderWidget).updateRenderBox(this.box);
    this.updateBelow();
  }

  unmount(): void {
    for (let i = 0; i < this.childElements.length; i++) this.childElements[i].unmount();
    super.unmount();
  }

  protected updateBelow(): void {
    this.childElements = this.updateChildren(this.childElements, (this.widget as RenderWidget).children());
    this.childBoxChanged();
  }

  /** Gives the render object the boxes of all child elements. */
  childBoxChanged(): void {
    const boxes: RenderBox[] = [];
    for (let i = 0; i < this.childElements.length; i++) {
      const element = this.childElements[i];
      const box = element.renderBox();
      if (box === null) continue;
      if (this.placeChild(element, box)) this.box.markNeedsLayout();
      boxes.push(box);
    }
    this.box.setChildren(boxes);
  }

  /** Lets a ParentData widget above the box tell it what the parent needs; true if that changed. */
  private placeChild(element: Element, box: RenderBox): bool {
    for (
      let at: Element | null = element;
      at instanceof ComponentElement;
      at = (at as ComponentElement).builtChild()
    ) {
      const widget = at.widget;
      if (widget instanceof ParentDataWidget) return (widget as ParentDataWidget).place(box);
    }
    return false;
  }
}

/** Says something about its child to the render object above: the share in a flex, the place in a stack. */
export abstract class ParentDataWidget extends StatelessWidget {
  constructor(readonly child: Widget) {
    super();
  }

  build(_context: BuildContext): Widget {
    return this.child;
  }

  /** Writes it into the child's box; true if anything changed. */
  abstract place(box: RenderBox): bool;

  createElement(): Element {
    return new ParentDataElement(this);
  }
}

class ParentDataElement extends StatelessElement {
  update(widget: Widget): void {
    super.update(widget);
    this.childBoxChanged();
  }
}
