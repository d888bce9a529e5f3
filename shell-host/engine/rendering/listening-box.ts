import { Action, on } from "../foundation/action.ts";
import { Listenable } from "../foundation/listenable.ts";
import { PipelineOwner } from "./pipeline-owner.ts";
import { RenderBox } from "./render-box.ts";

/** A box that follows something that changes, while it is in a window. */
export abstract class RenderListeningBox extends RenderBox {
  private listener: Action | null = null;
  private heard: Listenable | null = null; // what the listener is at

  /** What it follows. */
  protected abstract get followed(): Listenable;

  /** What it follows has changed. */
  protected abstract followedChanged(): void;

  /** Follows what `followed` is from here on. */
  protected followAgain(): void {
    if (this.owner !== null) this.listen();
  }

  attach(owner: PipelineOwner, depth: i32): void {
    super.attach(owner, depth);
    this.listen();
  }

  detach(): void {
    this.unlisten();
    super.detach();
  }

  private listen(): void {
    this.unlisten();
    const listener = on<RenderListeningBox>(this, (self) => self.followedChanged());
    const followed = this.followed;
    this.listener = listener;
    this.heard = followed;
    followed.addListener(listener);
  }

  private unlisten(): void {
    const listener = this.listener;
    const heard = this.heard;
    if (listener !== null && heard !== null) heard.removeListener(listener);
    this.listener = null;
    this.heard = null;
  }
}
