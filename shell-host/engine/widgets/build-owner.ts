import { Element } from "./framework.ts";

/** Knows which elements have to be built again. */
export class BuildOwner {
  private dirty: Element[] = [];

  addDirty(element: Element): void {
    this.dirty.push(element);
  }

  get isDirty(): bool {
    return this.dirty.length > 0;
  }

  /** Builds what has changed, parents before children. */
  flushBuild(): void {
    while (this.dirty.length > 0) {
      const elements = this.dirty;
      this.dirty = [];
      elements.sort((a, b) => a.depth - b.depth);
      for (let i = 0; i < elements.length; i++)
        if (elements[i].owner === this && elements[i].dirty) elements[i].rebuild();
    }
  }
}
