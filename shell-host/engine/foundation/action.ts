// Callbacks. AssemblyScript has no closures, so a callback is a function that captures nothing, bound to the object
// that it works on: `on<CounterState>(this, (self) => self.increment())`.

/** Something to do when something happened. */
export abstract class Action {
  abstract run(): void;
}

/** Something to do with a value. */
export abstract class ValueAction<V> {
  abstract run(value: V): void;
}

class BoundAction<T> extends Action {
  constructor(
    private target: T,
    private method: (target: T) => void,
  ) {
    super();
  }

  run(): void {
    this.method(this.target);
  }
}

class BoundValueAction<T, V> extends ValueAction<V> {
  constructor(
    private target: T,
    private method: (target: T, value: V) => void,
  ) {
    super();
  }

  run(value: V): void {
    this.method(this.target, value);
  }
}

/** An action that calls `method` with `target`. */
export function on<T>(target: T, method: (target: T) => void): Action {
  return new BoundAction<T>(target, method);
}

/** An action that calls `method` with `target` and the value that came. */
export function onValue<T, V>(target: T, method: (target: T, value: V) => void): ValueAction<V> {
  return new BoundValueAction<T, V>(target, method);
}
