// What the tests of widgets call.

import { Bitmap } from "../painting/bitmap.ts";
import { BoxDecoration } from "../painting/box-decoration.ts";
import { BoxShadow } from "../painting/shadow.ts";
import { Rect, EdgeInsets, Alignment } from "../foundation/geometry.ts";
import { CrossAlign } from "../rendering/flex.ts";
import { Column, Row, Padding, Center, SizedBox, Expanded, Stack, Positioned } from "./layout.ts";
import { Text, Container, Opacity, ClipRRect } from "./basic.ts";
import { ListView, RowBuilder, ScrollView } from "./scroll-view.ts";
import { Theme, ThemeData } from "./theme.ts";
import { UiWindow } from "./window.ts";
import { BuildContext, Widget } from "./framework.ts";

class Rows extends RowBuilder {
  build(context: BuildContext, index: i32): Widget {
    return new Padding(EdgeInsets.all(8), Text.line("Row " + index.toString(), null));
  }
}

let window: UiWindow | null = null;

export function show(): void {
  const theme = ThemeData.light();
  const card = new Container(
    new BoxDecoration(theme.colors.surface, 12).border(theme.colors.border).shadow(new BoxShadow(0x22000000, 4, 16)),
    new Column([new Text("Title", theme.title), new Opacity(0.5, new Text("Body text"))], 0, CrossAlign.Start).shrunk(),
  ).padded(EdgeInsets.all(16));
  const stack = new Stack([new ScrollView(card), new Positioned(new SizedBox(4, 4), 3, 3)], Alignment.center, true);
  const tree = new Row([new Expanded(new Center(stack)), new Expanded(new ClipRRect(8, new ListView(1000, 36, new Rows())))]);
  window = new UiWindow(new Theme(theme, tree));
}

export function frame(now: f64, pixels: usize, width: i32, height: i32, scale: f64): i32 {
  return (window as UiWindow).frame(now, Bitmap.over(pixels, width, height, width * 4), scale).length;
}
