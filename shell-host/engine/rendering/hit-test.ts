import { RenderBox } from "./render-box.ts";

/** The render objects under a point, the innermost first. */
export class HitTestResult {
  readonly path: RenderBox[] = [];

  add(target: RenderBox): void {
    this.path.push(target);
  }
}
