// Which gesture a pointer means. All recognizers under the pointer see its events; the first that claims it wins, and if none has when
// the pointer goes up, the innermost does.

import { PointerEvent } from "./events.ts";

/** Watches a pointer from when it went down. */
export abstract class GestureRecognizer {
  /** The pointer went down on the recognizer's box. */
  begin(_event: PointerEvent): void {}

  /** The pointer moved; true claims it. */
  move(_event: PointerEvent): bool {
    return false;
  }

  /** The pointer is this recognizer's alone. */
  win(): void {}

  /** Another recognizer has won, or the pointer is gone. */
  lose(): void {}

  /** The pointer went up, and is this recognizer's. */
  end(_event: PointerEvent): void {}

  /** True if it takes a pointer that nobody has claimed when it goes up. */
  wantsUnclaimed(): bool {
    return false;
  }
}

/** The recognizers of the one pointer. */
export class GestureArena {
  private members: GestureRecognizer[] = [];
  private winner: GestureRecognizer | null = null;

  /** Lets a recognizer take part; the innermost first. */
  add(member: GestureRecognizer, event: PointerEvent): void {
    this.members.push(member);
    member.begin(event);
  }

  move(event: PointerEvent): void {
    const winner = this.winner;
    if (winner !== null) {
      winner.move(event);
      return;
    }
    const members = this.members.slice();
    for (let i = 0; i < members.length && this.winner === null; i++)
      if (members[i].move(event)) this.claim(members[i]);
  }

  /** Decides for one that takes part. */
  claim(winner: GestureRecognizer): void {
    if (this.winner !== null || !this.members.includes(winner)) return;
    this.winner = winner;
    for (let i = 0; i < this.members.length; i++) if (this.members[i] !== winner) this.members[i].lose();
    winner.win();
  }

  end(event: PointerEvent): void {
    for (let i = 0; i < this.members.length && this.winner === null; i++)
      if (this.members[i].wantsUnclaimed()) this.claim(this.members[i]);
    const winner = this.winner;
    if (winner !== null) winner.end(event);
    this.clear();
  }

  cancel(): void {
    this.clear();
  }

  private clear(): void {
    const winner = this.winner;
    const members = this.members;
    this.members = [];
    this.winner = null;
    for (let i = 0; i < members.length; i++) if (winner === null || members[i] === winner) members[i].lose();
  }
}

/** The arena of the window's pointer. */
export const arena = new GestureArena();
