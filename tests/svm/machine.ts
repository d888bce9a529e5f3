// An emulated AMD machine with SVM, in which /dev/kvm is ordinary kvm-amd.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { SOURCE_ROOT } from "../../pkg/source-root.ts";
import { encodeCpio } from "../../vmm/image/cpio.ts";
import { BUSYBOX, fetchKernel, findModule, findVmlinuz, installPrograms, QEMU, VIRTIOFSD } from "./debian.ts";
import { SvmError } from "./errors.ts";

/** What to run, and in how large a machine. */
export interface SvmJob {
  /** A shell command line, run as root where `/` is this host's, copy-on-write. */
  command: string;
  memoryMib: number;
  cpus: number;
  timeoutMs: number;
  /** Where the kernel that is fetched from Debian is kept. */
  cacheFolder: string;
  /** Gets what the command writes, to standard output and standard error alike. */
  output: (bytes: Buffer) => void;
}

// In the order in which they are loaded, with arguments. Nested paging, as hardware has; no nested guests.
const MODULES: [name: string, args: string][] = [
  ["virtio_ring", ""],
  ["virtio", ""],
  ["virtio_pci_modern_dev", ""],
  ["virtio_pci_legacy_dev", ""],
  ["virtio_pci", ""],
  ["virtio_console", ""],
  ["fuse", ""],
  ["virtiofs", ""],
  ["overlay", ""],
  ["irqbypass", ""],
  ["kvm", ""],
  ["kvm-amd", "npt=1 nested=0"],
];
const INIT = join(SOURCE_ROOT, "tests/svm/init.sh");
// The time-stamp counter of an emulated machine fails the kernel's checks, and needs none of them.
const COMMAND_LINE =
  "console=ttyS0 quiet mitigations=off nokaslr tsc=reliable no_timer_check random.trust_cpu=on panic=-1";
const SOCKET_WAIT_MS = 5000;

/**
 * Boots the machine, runs the command, and returns its exit status.
 *
 * Throws `SvmError` if the machine cannot be made, ends without a status, or takes longer than the job allows.
 * `signal` ends it early.
 */
export async function runInSvm(job: SvmJob, signal: AbortSignal): Promise<number> {
  installPrograms();
  const kernel = fetchKernel(job.cacheFolder);
  const folder = mkdtempSync(join(tmpdir(), "oscortex-svm-"));
  const children: ChildProcess[] = [];
  try {
    writeFileSync(join(folder, "initrd"), initramfs(kernel, job.command));
    children.push(await startFileServer(join(folder, "files.sock")));
    let status = "";
    const ports = [
      await receive(join(folder, "output.sock"), job.output),
      await receive(join(folder, "status.sock"), (bytes) => (status += bytes.toString())),
    ];
    const qemu = spawn(QEMU, qemuArguments(kernel, folder, job), { stdio: ["ignore", "ignore", "pipe"] });
    children.push(qemu);
    const reason = await ended(qemu, job.timeoutMs, signal);
    await Promise.all(ports.map((port) => port.close()));
    if (status !== "") return Number(status);
    throw new SvmError(`${reason}\n${consoleTail(folder)}`);
  } finally {
    for (const child of children) child.kill("SIGKILL");
    rmSync(folder, { recursive: true });
  }
}

function initramfs(kernel: string, command: string): Uint8Array {
  const modules = MODULES.map(([name]) => ({
    path: `modules/${name}.ko`,
    contents: readFileSync(findModule(kernel, name)),
  }));
  return encodeCpio([
    { path: "init", contents: readFileSync(INIT), executable: true },
    { path: "bin/busybox", contents: readFileSync(BUSYBOX), executable: true },
    ...modules,
    { path: "job/modules", contents: Buffer.from(MODULES.map((module) => `${module.join(" ")}\n`).join("")) },
    { path: "job/command", contents: Buffer.from(command) },
  ]);
}

async function startFileServer(socket: string): Promise<ChildProcess> {
  const args = [`--socket-path=${socket}`, "-o", "source=/", "-o", "sandbox=chroot", "-o", "cache=always"];
  const server = spawn(VIRTIOFSD, [...args, "--thread-pool-size=0"], { stdio: "ignore" });
  const end = Date.now() + SOCKET_WAIT_MS;
  while (!existsSync(socket)) {
    if (server.exitCode !== null || Date.now() > end) {
      server.kill("SIGKILL");
      throw new SvmError(`${VIRTIOFSD} did not start: it needs root`);
    }
    await sleep(10);
  }
  return server;
}

/** Listens for one connection. `close` settles when everything that was sent has been received. */
async function receive(path: string, output: (bytes: Buffer) => void): Promise<{ close(): Promise<void> }> {
  const server = createServer((socket) => socket.on("data", output).on("error", () => {}));
  await once(server.listen(path), "listening");
  return {
    async close(): Promise<void> {
      const closed = once(server, "close"); // which waits for its connections
      server.close();
      await closed;
    },
  };
}

function qemuArguments(kernel: string, folder: string, job: SvmJob): string[] {
  const memory = `${job.memoryMib}M`;
  const options: [name: string, value: string][] = [
    ["accel", "tcg,thread=multi,tb-size=512"],
    ["cpu", "max,+svm,+npt,la57=off"],
    ["machine", "q35"],
    ["smp", String(job.cpus)],
    ["m", memory],
    ["display", "none"],
    ["vga", "none"],
    ["kernel", findVmlinuz(kernel)],
    ["initrd", join(folder, "initrd")],
    ["append", COMMAND_LINE],
    ["chardev", `file,id=console,path=${join(folder, "console")}`],
    ["serial", "chardev:console"],
    // The file server reads and writes the machine's memory, so that is shared.
    ["object", `memory-backend-memfd,id=memory,size=${memory},share=on`],
    ["numa", "node,memdev=memory"],
    ["chardev", `socket,id=files,path=${join(folder, "files.sock")}`],
    ["device", "vhost-user-fs-pci,chardev=files,tag=host,queue-size=1024"],
    ["device", "virtio-serial-pci"],
    ...["output", "status"].flatMap((port): [string, string][] => [
      ["chardev", `socket,id=${port},path=${join(folder, `${port}.sock`)}`],
      ["device", `virtserialport,chardev=${port},name=${port}`],
    ]),
  ];
  return [
    "-nodefaults",
    "-no-user-config",
    "-no-reboot",
    ...options.flatMap(([name, value]) => [`-${name}`, value]),
  ];
}

/** Waits for the machine's end, and says how it came. */
async function ended(qemu: ChildProcess, timeoutMs: number, signal: AbortSignal): Promise<string> {
  let message = "";
  qemu.stderr?.on("data", (bytes: Buffer) => (message += bytes.toString()));
  let killed: string | undefined;
  const kill = (reason: string): void => {
    killed ??= reason;
    qemu.kill("SIGKILL");
  };
  const timer = setTimeout(() => kill(`the machine was stopped after ${timeoutMs / 1000} s`), timeoutMs);
  const abort = (): void => kill("interrupted");
  signal.addEventListener("abort", abort);
  if (signal.aborted) abort();
  try {
    await once(qemu, "close");
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", abort);
  }
  return (
    killed ?? `the machine ended without a status: ${message.trim() || `qemu exited with ${qemu.exitCode}`}`
  );
}

const TAIL_LINES = 10;

function consoleTail(folder: string): string {
  const path = join(folder, "console");
  if (!existsSync(path)) return "it wrote nothing";
  return readFileSync(path, "utf8").trimEnd().split("\n").slice(-TAIL_LINES).join("\n");
}
