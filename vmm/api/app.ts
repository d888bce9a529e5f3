/** An app that runs in the guest. */
export class App {
  /** The package's name. */
  readonly name: string;
  readonly pid: number;
  readonly #ended: Promise<number>;
  readonly #kill: () => Promise<void>;

  /** Of `Machine.launch`. */
  constructor(name: string, pid: number, ended: Promise<number>, kill: () => Promise<void>) {
    this.name = name;
    this.pid = pid;
    this.#ended = ended;
    this.#kill = kill;
  }

  /** Resolves with its exit status 0..255 when it has ended (shell-host/README.md). @throws MachineEnded */
  wait(): Promise<number> {
    return this.#ended;
  }

  /** Ends it; `wait` says when that is done. @throws MachineEnded */
  kill(): Promise<void> {
    return this.#kill();
  }
}
