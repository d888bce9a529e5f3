import { Action } from "./action.ts";

/** Something that tells its listeners when it has changed. */
export class Listenable {
  private listeners: Action[] = [];

  addListener(listener: Action): void {
    this.listeners.push(listener);
  }

  /** Takes a listener out; none is left behind that was added once. */
  removeListener(listener: Action): void {
    const at = this.listeners.indexOf(listener);
    if (at >= 0) this.listeners.splice(at, 1);
  }

  /** Calls every listener. One that is added or removed meanwhile does not disturb the others. */
  notifyListeners(): void {
    const listeners = this.listeners.slice();
    for (let i = 0; i < listeners.length; i++) listeners[i].run();
  }
}
