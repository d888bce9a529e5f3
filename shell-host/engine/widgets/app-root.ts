import { BuildContext, InheritedWidget, Widget } from "./framework.ts";
import { IconLook } from "./app-icon.ts";
import { Overlay } from "./overlay.ts";
import { Theme, ThemeData } from "./theme.ts";
import { WindowFrame } from "./window-frame.ts";

/** What a window's content can ask of its window. */
export abstract class WindowLink {
  abstract setTitle(title: string): void;
  abstract close(): void;
}

/** Gives its window to all that is below. */
export class WindowScope extends InheritedWidget {
  constructor(
    readonly link: WindowLink | null,
    child: Widget,
  ) {
    super(child);
  }

  /** The window of a place; null where there is none, as in tests. */
  static of(context: BuildContext): WindowLink | null {
    const scope = context.dependOn(idof<WindowScope>());
    return scope === null ? null : (scope as WindowScope).link;
  }

  updateShouldNotify(old: InheritedWidget): bool {
    return (old as WindowScope).link !== this.link;
  }
}

/** What is around the content of every window: theme, frame, room for what lies on top. */
export class AppRoot {
  title: string = "";
  icon: IconLook | null = null;
  /** WINDOW_STATE_* */
  state: u32 = 0;
  /** The window has a title bar. */
  isFramed: bool = true;
  isFixed: bool = false;

  constructor(
    readonly content: Widget,
    public link: WindowLink | null,
  ) {}

  build(theme: ThemeData): Widget {
    const inner: Widget = this.isFramed
      ? new WindowFrame(this.title, this.icon, this.state, this.isFixed, this.content)
      : this.content;
    return new Theme(theme, new WindowScope(this.link, new Overlay(inner)));
  }
}
