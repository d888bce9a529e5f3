/** A promise that its owner settles. */
export class Deferred<T> {
  readonly promise: Promise<T>;
  #settle: [resolve: (value: T) => void, reject: (error: unknown) => void] | undefined;

  constructor() {
    this.promise = new Promise((resolve, reject) => {
      this.#settle = [resolve, reject];
    });
  }

  /** Resolves the promise, unless it is settled. */
  resolve(value: T): void {
    this.#settle?.[0](value);
  }

  /** Rejects the promise, unless it is settled. */
  reject(error: unknown): void {
    this.#settle?.[1](error);
  }
}
