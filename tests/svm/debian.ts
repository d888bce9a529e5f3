// What the emulated machine is made of, from Debian's packages.

import { spawnSync } from "node:child_process";
import {
  accessSync,
  constants,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { SvmError } from "./errors.ts";

/** In qemu-system-common, out of the way of `PATH`. */
export const VIRTIOFSD = "/usr/lib/qemu/virtiofsd";
export const BUSYBOX = "/bin/busybox";
export const QEMU = "/usr/bin/qemu-system-x86_64";

const PACKAGES: Record<string, string> = {
  [QEMU]: "qemu-system-x86",
  [VIRTIOFSD]: "qemu-system-common",
  [BUSYBOX]: "busybox-static",
};

/** A Debian kernel: `vmlinuz`, and the modules that `findModule` names. */
const KERNEL = "linux-image-cloud-amd64";

/** Installs what is missing. Throws `SvmError` if it cannot. */
export function installPrograms(): void {
  const missing = Object.entries(PACKAGES).flatMap(([file, name]) => (isExecutable(file) ? [] : [name]));
  if (missing.length === 0) return;
  if (process.getuid?.() !== 0)
    throw new SvmError(`${missing.join(", ")} missing: apt-get install ${missing.join(" ")}`);
  apt("apt-get", "update", "-q");
  apt("apt-get", "install", "-y", "-q", "--no-install-recommends", ...missing);
}

/** A folder with the files of Debian's current kernel for virtual machines, kept below `cache`. */
export function fetchKernel(cache: string): string {
  const name = kernelPackage();
  const folder = join(cache, name);
  if (existsSync(folder)) return folder;
  const work = mkdtempSync(join(tmpdir(), "oscortex-svm-"));
  try {
    apt("apt-get", "download", "-q", name, { cwd: work });
    const archive = readdirSync(work).find((file) => file.endsWith(".deb"));
    if (archive === undefined) throw new SvmError(`${name} cannot be downloaded`);
    apt("dpkg", "-x", archive, "files", { cwd: work });
    mkdirSync(cache, { recursive: true });
    const copy = `${folder}.${basename(work)}`;
    cpSync(join(work, "files"), copy, { recursive: true });
    renameSync(copy, folder);
  } finally {
    rmSync(work, { recursive: true });
  }
  return folder;
}

/** The path of a kernel module, by its name in `lsmod`. */
export function findModule(kernel: string, name: string): string {
  const file = `${name.replaceAll("_", "[-_]")}\\.ko`;
  const pattern = new RegExp(`/${file}$`);
  const modules = readdirSync(join(kernel, "lib"), { recursive: true, encoding: "utf8" });
  const path = modules.find((module) => pattern.test(module));
  if (path === undefined) throw new SvmError(`${basename(kernel)} has no module ${name}`);
  return join(kernel, "lib", path);
}

/** The kernel's own file. */
export function findVmlinuz(kernel: string): string {
  const name = readdirSync(join(kernel, "boot")).find((file) => file.startsWith("vmlinuz-"));
  if (name === undefined) throw new SvmError(`${basename(kernel)} has no vmlinuz`);
  return join(kernel, "boot", name);
}

function kernelPackage(): string {
  const find = (): string | undefined =>
    /Depends: (linux-image-\S+)/.exec(apt("apt-cache", "depends", KERNEL))?.[1];
  let name = find();
  if (name === undefined) {
    apt("apt-get", "update", "-q");
    name = find();
  }
  if (name === undefined) throw new SvmError(`Debian's ${KERNEL} is not among the packages of this host`);
  return name;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

type Options = { cwd: string };

function apt(program: string, ...args: (string | Options)[]): string {
  const options = args.find((arg) => typeof arg === "object");
  const words = args.filter((arg) => typeof arg === "string");
  const { status, stdout, stderr, error } = spawnSync(program, words, {
    ...options,
    encoding: "utf8",
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
  });
  if (error !== undefined) throw new SvmError(`${program}: ${error.message}`);
  if (status === 0 || program === "apt-cache") return stdout;
  throw new SvmError(`${program} ${words.join(" ")}: ${stderr.trim()}`);
}
