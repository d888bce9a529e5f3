// Widgets that show something.

import { EdgeInsets, Size } from "../foundation/geometry.ts";
import { Bitmap } from "../painting/bitmap.ts";
import { BoxDecoration } from "../painting/box-decoration.ts";
import { Color } from "../painting/color.ts";
import { Path } from "../painting/path.ts";
import {
  RenderClip,
  RenderDecoratedBox,
  RenderOpacity,
  RenderRepaintBoundary,
} from "../rendering/effect-boxes.ts";
import { RenderParagraph } from "../rendering/paragraph.ts";
import { Painter, RenderCustomPaint, RenderIcon, RenderImage } from "../rendering/picture-boxes.ts";
import { RenderBox } from "../rendering/render-box.ts";
import { TextAlign } from "../text/text-layout.ts";
import { TextStyle } from "../text/text-style.ts";
import { BuildContext, RenderWidget, StatelessWidget, Widget } from "./framework.ts";
import { Padding, SingleChildWidget, SizedBox } from "./layout.ts";
import { Theme } from "./theme.ts";

/** Text. Without a style it takes the theme's for body text. */
export class Text extends StatelessWidget {
  align: TextAlign = TextAlign.Start;
  /** 0: any number. What is too much ends in an ellipsis. */
  maxLines: i32 = 0;

  constructor(
    readonly text: string,
    readonly style: TextStyle | null = null,
  ) {
    super();
  }

  /** In one line, cut off by an ellipsis. */
  static line(text: string, style: TextStyle | null = null): Text {
    const line = new Text(text, style);
    line.maxLines = 1;
    return line;
  }

  aligned(align: TextAlign): Text {
    this.align = align;
    return this;
  }

  build(context: BuildContext): Widget {
    const style = this.style;
    return new RichText(
      this.text,
      style === null ? Theme.of(context).body : style,
      this.align,
      this.maxLines,
    );
  }
}

class RichText extends RenderWidget {
  constructor(
    private text: string,
    private style: TextStyle,
    private align: TextAlign,
    private maxLines: i32,
  ) {
    super();
  }

  createRenderBox(): RenderBox {
    return new RenderParagraph(this.text, this.style, this.align, this.maxLines);
  }

  updateRenderBox(box: RenderBox): void {
    (box as RenderParagraph).setText(this.text, this.style, this.align, this.maxLines);
  }
}

/** A decoration behind a child. */
export class DecoratedBox extends SingleChildWidget {
  constructor(
    readonly decoration: BoxDecoration,
    child: Widget | null = null,
  ) {
    super(child);
  }

  createRenderBox(): RenderBox {
    return new RenderDecoratedBox(this.decoration);
  }

  updateRenderBox(box: RenderBox): void {
    (box as RenderDecoratedBox).setDecoration(this.decoration);
  }
}

/** A box with a decoration, a padding and perhaps a size. */
export class Container extends StatelessWidget {
  padding: EdgeInsets = EdgeInsets.zero;
  margin: EdgeInsets = EdgeInsets.zero;
  width: f64 = NaN;
  height: f64 = NaN;

  constructor(
    readonly decoration: BoxDecoration,
    readonly child: Widget | null = null,
  ) {
    super();
  }

  padded(padding: EdgeInsets): Container {
    this.padding = padding;
    return this;
  }

  margined(margin: EdgeInsets): Container {
    this.margin = margin;
    return this;
  }

  sized(width: f64, height: f64): Container {
    this.width = width;
    this.height = height;
    return this;
  }

  build(_context: BuildContext): Widget {
    let inner: Widget = new DecoratedBox(this.decoration, new Padding(this.padding, this.child));
    if (!isNaN(this.width) || !isNaN(this.height)) inner = new SizedBox(this.width, this.height, inner);
    return new Padding(this.margin, inner);
  }
}

/** A child that what is behind shines through: 0 nothing .. 1 opaque. */
export class Opacity extends SingleChildWidget {
  constructor(
    readonly opacity: f64,
    child: Widget | null,
  ) {
    super(child);
  }

  createRenderBox(): RenderBox {
    return new RenderOpacity(this.opacity);
  }

  updateRenderBox(box: RenderBox): void {
    (box as RenderOpacity).setOpacity(this.opacity);
  }
}

/** A child cut off at a rectangle with round corners. */
export class ClipRRect extends SingleChildWidget {
  constructor(
    readonly radius: f64,
    child: Widget | null,
  ) {
    super(child);
  }

  createRenderBox(): RenderBox {
    return new RenderClip(this.radius);
  }

  updateRenderBox(box: RenderBox): void {
    (box as RenderClip).setRadius(this.radius);
  }
}

/** Keeps the picture of its child: for what is expensive to paint, and moves or is painted over more often than it changes. */
export class RepaintBoundary extends SingleChildWidget {
  createRenderBox(): RenderBox {
    return new RenderRepaintBoundary();
  }

  updateRenderBox(_box: RenderBox): void {}
}

/** A bitmap, stretched over the room it gets. */
export class Image extends RenderWidget {
  constructor(readonly bitmap: Bitmap) {
    super();
  }

  createRenderBox(): RenderBox {
    return new RenderImage(this.bitmap);
  }

  updateRenderBox(box: RenderBox): void {
    (box as RenderImage).setBitmap(this.bitmap);
  }
}

/** An icon of `widgets/icons.ts`. Without a colour it takes the theme's. */
export class Icon extends StatelessWidget {
  constructor(
    readonly path: Path,
    readonly size: f64 = 20,
    readonly color: Color = 0,
  ) {
    super();
  }

  build(context: BuildContext): Widget {
    const color = this.color == 0 ? Theme.of(context).colors.text : this.color;
    return new StrokedIcon(this.path, this.size, color);
  }
}

class StrokedIcon extends RenderWidget {
  constructor(
    private path: Path,
    private size: f64,
    private color: Color,
  ) {
    super();
  }

  createRenderBox(): RenderBox {
    return new RenderIcon(this.path, this.size, this.color);
  }

  updateRenderBox(box: RenderBox): void {
    (box as RenderIcon).setIcon(this.path, this.size, this.color);
  }
}

/** Whatever an app paints. */
export class CustomPaint extends SingleChildWidget {
  constructor(
    readonly painter: Painter,
    readonly size: Size = Size.zero,
    child: Widget | null = null,
  ) {
    super(child);
  }

  createRenderBox(): RenderBox {
    return new RenderCustomPaint(this.painter, this.size);
  }

  updateRenderBox(box: RenderBox): void {
    (box as RenderCustomPaint).setPainter(this.painter, this.size);
  }
}
