/** What a console's two ends tell the device. */
export interface ConsoleEvents {
  /** Output is taken again after `write` was false. */
  onWritable(): void;
  /** `readable` has become true. */
  onReadable(): void;
}

/** The other end of a console, as the device needs it. */
export interface ConsoleBackend {
  /**
   * Takes output. The bytes are lent for the call and may change during it, for they are the guest's. False: they are
   * taken, but the next are not wanted before `onWritable`.
   */
  write(bytes: Uint8Array): boolean;

  /** Resolves once everything written has left the process, or never can. */
  flush(): Promise<void>;

  /** Whether there is input to `read`. */
  readonly readable: boolean;

  /** Moves input to the start of `target`, as much as there is and fits; yields how many bytes. */
  read(target: Uint8Array): number;

  /** Called once, before anything else. Input flows from here on, events come on later turns only. */
  attach(events: ConsoleEvents): void;

  /** Lets go of the input so that the process can end. Output goes on. */
  close(): void;
}
