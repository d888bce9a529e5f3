/** An app registry for the resolver's tests: it keeps bundles and compiles nothing. */
export class FakeInstaller {
  /** Installations that are alive, by handle. */
  readonly installs = new Map<number, { bundle: number; length: number; steps: number }>();
  /** How many steps the next installation takes. */
  steps = 3;
  /** -E_* with which installations fail. */
  fails: { begin?: number; step?: number } = {};
  /** Called in each step: time passes. */
  onStep: () => void = () => undefined;
  readonly #free: (address: number, pages: number) => void;
  #made = 0;

  /** `free` gives pages back to the guest's allocator. */
  constructor(free: (address: number, pages: number) => void) {
    this.#free = free;
  }

  /** Pages of the bundles that are installed. */
  get pages(): number {
    let pages = 0;
    for (const { length } of this.installs.values()) pages += Math.ceil(length / 4096);
    return pages;
  }

  /** Where an installed bundle lies. */
  at(handle: number): { bundle: number; length: number } {
    const install = this.installs.get(handle);
    if (install === undefined) throw new Error(`installation ${handle} is not alive`);
    return install;
  }

  /** The imports of the module under test. */
  imports(): Record<string, (...args: number[]) => number | void> {
    return {
      installBegin: (bundle = 0, length = 0) => {
        if (this.fails.begin !== undefined) return this.fails.begin;
        this.installs.set(++this.#made, { bundle, length, steps: this.steps });
        return this.#made;
      },
      installStep: (handle = 0) => {
        this.onStep();
        const install = this.installs.get(handle)!;
        return install.steps-- > 0 ? 1 : (this.fails.step ?? 0);
      },
      installFree: (handle = 0) => {
        const { bundle, length } = this.at(handle);
        this.installs.delete(handle);
        this.#free(bundle, Math.ceil(length / 4096));
      },
    };
  }
}
