// What the tests of widgets call.

import { on, onValue } from "../foundation/action.ts";
import { Alignment, EdgeInsets, Offset, Rect } from "../foundation/geometry.ts";
import { KeyEvent, PointerEvent } from "../gestures/events.ts";
import { Bitmap } from "../painting/bitmap.ts";
import { BoxDecoration } from "../painting/box-decoration.ts";
import { LinearGradient } from "../painting/gradient.ts";
import { BoxShadow } from "../painting/shadow.ts";
import { CrossAlign, MainAlign } from "../rendering/flex.ts";
import { ScrollPosition } from "../rendering/scroll-position.ts";
import { TextEditing } from "../text/editing.ts";
import { ClipRRect, Container, DecoratedBox, Icon, Text } from "./basic.ts";
import { Button } from "./button.ts";
import { BuildContext, State, StatefulWidget, Widget } from "./framework.ts";
import { GestureDetector } from "./gesture-detector.ts";
import { Icons } from "./icons.ts";
import { Center, Column, Expanded, Padding, Positioned, Row, SizedBox, Stack } from "./layout.ts";
import { ListView, RowBuilder } from "./scroll-view.ts";
import { TextField } from "./text-field.ts";
import { Theme, ThemeData } from "./theme.ts";
import { UiWindow } from "./window.ts";

class Rows extends RowBuilder {
  build(context: BuildContext, index: i32): Widget {
    builtRows++;
    const theme = Theme.of(context);
    const kind = index % 3;
    const path = kind == 0 ? Icons.folder : kind == 1 ? Icons.file : Icons.image;
    const name = kind == 0 ? "Folder " : kind == 1 ? "Notes " : "Picture ";
    const row = new Row([
      new Icon(path, 20, kind == 0 ? theme.colors.accent : theme.colors.muted),
      new Expanded(Text.line(name + index.toString())),
      Text.line((index * 37).toString() + " KB", theme.caption),
    ]).spaced(12);
    return new Padding(EdgeInsets.symmetric(16, 0), row);
  }
}

class Gallery extends StatefulWidget {
  createState(): State {
    return new GalleryState();
  }
}

class GalleryState extends State {
  count: i32 = 0;
  editing: TextEditing = new TextEditing();
  rows: RowBuilder = new Rows();

  initState(): void {
    gallery = this;
  }

  increment(): void {
    this.count++;
    this.setState();
  }

  note(what: string): void {
    log = log + what + " ";
  }

  build(context: BuildContext): Widget {
    const theme = Theme.of(context);
    return new DecoratedBox(
      new BoxDecoration(theme.colors.background),
      new Padding(
        EdgeInsets.all(16),
        new Row(
          [new Expanded(this.controls(theme)), new Expanded(this.files(theme))],
          MainAlign.Start,
          CrossAlign.Stretch,
        ).spaced(16),
      ),
    );
  }

  private controls(theme: ThemeData): Widget {
    const search = new TextField(this.editing);
    search.hint = "Search apps";
    search.icon = Icons.search;
    search.onSubmitted = onValue<GalleryState, string>(this, (self, text) => self.note("submit:" + text));
    const add = Button.primary(
      "Add",
      on<GalleryState>(this, (self) => self.increment()),
    ).withIcon(Icons.add);
    const buttons = new Row([
      add,
      new Button(
        "Cancel",
        on<GalleryState>(this, (self) => self.note("cancel")),
      ),
      Button.icon(
        Icons.settings,
        on<GalleryState>(this, (self) => self.note("settings")),
      ),
      new Button("Off", null),
    ]).spaced(8);
    return new Column(
      [
        Text.line("Widgets", theme.headline),
        Text.line("Counter: " + this.count.toString(), theme.caption),
        search,
        buttons,
        this.card(theme),
      ],
      MainAlign.Start,
      CrossAlign.Stretch,
    ).spaced(12);
  }

  private card(theme: ThemeData): Widget {
    const sky = new BoxDecoration(0, 10).filledWith(
      new LinearGradient(Alignment.topLeft, Alignment.bottomRight, [0xff6366f1, 0xffec4899]),
    );
    const badge = new Container(new BoxDecoration(theme.colors.danger, 9)).sized(18, 18);
    const icon = new Stack([
      new DecoratedBox(sky, new SizedBox(48, 48, new Center(new Icon(Icons.activity, 24, 0xffffffff)))),
      new Positioned(badge, NaN, -6, -6),
    ]);
    const texts = new Column(
      [
        Text.line("System Monitor", theme.title),
        new Text(
          "Processes, memory, cache slots and frame times at a glance, updated once a second.",
          theme.caption,
        ),
      ],
      MainAlign.Start,
      CrossAlign.Start,
    )
      .spaced(2)
      .shrunk();
    const card = new DecoratedBox(
      new BoxDecoration(theme.colors.surface, 14)
        .border(theme.colors.border)
        .shadow(new BoxShadow(theme.colors.shadow, 6, 20))
        .shadow(new BoxShadow(theme.colors.shadow, 1, 2)),
      new Padding(EdgeInsets.all(16), new Row([icon, new Expanded(texts)]).spaced(14)),
    );
    const detector = new GestureDetector(card);
    detector.onTap = on<GalleryState>(this, (self) => self.note("tap"));
    detector.onLongPress = on<GalleryState>(this, (self) => self.note("long"));
    detector.onDragStart = onValue<GalleryState, Offset>(this, (self, at) => self.note("drag"));
    detector.onDrag = onValue<GalleryState, Offset>(this, (self, by) =>
      self.note("by" + (<i32>by.x).toString()),
    );
    detector.onDragEnd = onValue<GalleryState, Offset>(this, (self, speed) => self.note("end"));
    return detector;
  }

  private files(theme: ThemeData): Widget {
    const list = new ListView(100_000, 40, this.rows);
    list.position = position;
    return new DecoratedBox(
      new BoxDecoration(theme.colors.surface, 14).border(theme.colors.border),
      new ClipRRect(14, list),
    );
  }
}

let window: UiWindow | null = null;
let gallery: GalleryState | null = null;
let position: ScrollPosition = new ScrollPosition();
let log: string = "";
let rects: Rect[] = [];
/** How many rows the list has built. */
export let builtRows: i32 = 0;

/** Shows the gallery in the light or the dark theme. */
export function show(dark: bool): void {
  const widget = new Theme(dark ? ThemeData.dark() : ThemeData.light(), new Gallery());
  const shown = window;
  if (shown === null) window = new UiWindow(widget);
  else shown.setWidget(widget);
}

/** Draws a frame, then collects garbage. The number of rectangles that were painted. */
export function frame(now: f64, pixels: usize, width: i32, height: i32, scale: f64): i32 {
  rects = (window as UiWindow).frame(now, Bitmap.over(pixels, width, height, width * 4), scale);
  return rects.length;
}

/** Device pixels that the last frame painted. */
export function paintedPixels(): f64 {
  let sum = 0.0;
  for (let i = 0; i < rects.length; i++) sum += rects[i].width * rects[i].height;
  return sum;
}

export function pointer(kind: i32, x: f64, y: f64, buttons: u32, time: f64, wheel: f64): void {
  (window as UiWindow).pointer(new PointerEvent(kind, x, y, buttons, time, wheel));
}

/** A key; `codePoint` is what it types, 0 for nothing. */
export function key(key: i32, codePoint: i32, modifiers: u32): bool {
  const text = codePoint == 0 ? "" : String.fromCodePoint(codePoint);
  return (window as UiWindow).key(new KeyEvent(key, text, modifiers));
}

export function nextFrame(now: f64): f64 {
  return (window as UiWindow).nextFrame(now);
}

/** What happened since the last call; a string of UTF-16. */
export function takeLog(): string {
  const taken = log;
  log = "";
  return taken;
}

export function counter(): i32 {
  return (gallery as GalleryState).count;
}

export function editedText(): string {
  return (gallery as GalleryState).editing.text;
}

export function scrollOffset(): f64 {
  return position.offset;
}

export function collect(): void {
  __collect();
}
