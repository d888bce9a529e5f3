import { constants } from "node:os";
import { Worker } from "node:worker_threads";
import { Deferred } from "./deferred.ts";
import type { GuestRam } from "./guest-ram.ts";
import type { Libc } from "./kvm/libc.ts";
import type { Mailbox } from "./mailbox.ts";
import type { VcpuMessage, VcpuWorkerData } from "./vcpu-worker.ts";
import { compiledWorker } from "./worker-file.ts";

type Ready = Extract<VcpuMessage, { kind: "ready" }>;
type Ended = Extract<VcpuMessage, { kind: "ended" }>;

// A signal makes KVM_RUN return if it has a handler. This one is ignored where it has none, so a late one is harmless.
const KICK_SIGNAL = "SIGURG";
function ignoreKick(): void {}

/** The vCPU thread as the main thread sees it. */
export class VcpuThread {
  readonly #libc: Libc;
  readonly #ready = new Deferred<Ready>();
  readonly #end = new Deferred<Ended | undefined>();
  readonly #gone = new Deferred<void>();
  #vcpu: Ready | undefined;
  #alive = true;

  /** Starts the thread, which creates the VM and then waits for `mailbox.start()`. */
  constructor(
    libc: Libc,
    ram: GuestRam,
    mailbox: Mailbox,
    observers: Pick<VcpuWorkerData, "debug" | "exits" | "samples">,
  ) {
    this.#libc = libc;
    process.on(KICK_SIGNAL, ignoreKick);
    const workerData: VcpuWorkerData = { ram: ram.handle, mailbox: mailbox.buffer, ...observers };
    const worker = new Worker(compiledWorker("vmm/vcpu-worker.ts"), { workerData, execArgv: [] });
    worker.on("message", (message: VcpuMessage) => this.#receive(message));
    worker.on("error", (error) => this.#fail(error));
    worker.on("exit", () => this.#exit());
    this.#ready.promise.catch(() => {}); // `ended` says it too
  }

  /** Resolves when the VM is there. Rejects with the host's error, or if the thread was stopped before. */
  get ready(): Promise<{ tscKhz: number }> {
    return this.#ready.promise;
  }

  /** Resolves with how the guest ended, or undefined if it never ran. Rejects with the host's error. */
  get ended(): Promise<Ended | undefined> {
    return this.#end.promise;
  }

  /** Resolves when the thread and its VM are gone. */
  get gone(): Promise<void> {
    return this.#gone.promise;
  }

  /** The thread's id, once the VM is there. */
  get tid(): number | undefined {
    return this.#vcpu?.tid;
  }

  /** Makes the guest exit now, and at every later entry until the vCPU thread takes it back. */
  kick(): void {
    if (!this.#alive || this.#vcpu === undefined) return;
    // SAFETY: `struct kvm_run` stays mapped until `#exit`.
    this.#libc.storeByte(this.#vcpu.immediateExitAddress, 1);
    try {
      this.#libc.tgkill(process.pid, this.#vcpu.tid, constants.signals[KICK_SIGNAL]);
    } catch {
      // ESRCH: the thread has just ended by itself
    }
  }

  #receive(message: VcpuMessage): void {
    if (message.kind === "ready") {
      this.#vcpu = message;
      this.#ready.resolve(message);
    } else this.#end.resolve(message);
  }

  #fail(error: unknown): void {
    this.#ready.reject(error);
    this.#end.reject(error);
  }

  #exit(): void {
    this.#alive = false;
    process.off(KICK_SIGNAL, ignoreKick);
    if (this.#vcpu !== undefined) this.#libc.munmap(this.#vcpu.runAddress, this.#vcpu.runLength);
    this.#ready.reject(new Error("the vCPU thread ended before the VM was there"));
    this.#end.resolve(undefined);
    this.#gone.resolve();
  }
}
