import {
  KVM_CHECK_EXTENSION,
  KVM_CREATE_VM,
  KVM_GET_API_VERSION,
  KVM_GET_SUPPORTED_CPUID,
  KVM_GET_VCPU_MMAP_SIZE,
} from "./ioctl.ts";
import {
  CPUID2_NENT,
  KVM_CAP_EXT_CPUID,
  KVM_CAP_GET_TSC_KHZ,
  KVM_CAP_IMMEDIATE_EXIT,
  KVM_CAP_USER_MEMORY,
  KVM_CPUID2_SIZE,
  KVM_CPUID_ENTRY2_SIZE,
} from "./layout.ts";
import { type Libc, SysError } from "./libc.ts";
import { KvmVm } from "./vm.ts";

const DEVICE = "/dev/kvm";
const API_VERSION = 12;
const MAX_CPUID_ENTRIES = 256;

const REQUIRED_CAPABILITIES: readonly (readonly [name: string, number: number])[] = [
  ["KVM_CAP_USER_MEMORY", KVM_CAP_USER_MEMORY],
  ["KVM_CAP_EXT_CPUID", KVM_CAP_EXT_CPUID],
  ["KVM_CAP_GET_TSC_KHZ", KVM_CAP_GET_TSC_KHZ],
  ["KVM_CAP_IMMEDIATE_EXIT", KVM_CAP_IMMEDIATE_EXIT],
];

/** This host cannot run a guest. The message says why and what to do. */
export class KvmUnavailable extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "KvmUnavailable";
  }
}

/** `/dev/kvm`, checked to be able to run our guest. */
export class KvmSystem {
  readonly #libc: Libc;
  readonly #fd: number;

  private constructor(libc: Libc, fd: number) {
    this.#libc = libc;
    this.#fd = fd;
  }

  /**
   * Opens the device at `path` and checks its version and capabilities. Throws `KvmUnavailable`. Without `path`: what
   * the environment variable OSCORTEX_KVM names, or `/dev/kvm`.
   */
  static open(libc: Libc, path = process.env["OSCORTEX_KVM"] ?? DEVICE): KvmSystem {
    const system = new KvmSystem(libc, openDevice(libc, path));
    try {
      system.#check(path);
    } catch (error) {
      system.close();
      throw error;
    }
    return system;
  }

  createVm(): KvmVm {
    return new KvmVm(this.#libc, this.#libc.ioctl(this.#fd, KVM_CREATE_VM, 0));
  }

  /** Bytes to map of a vCPU's file descriptor: the size of `struct kvm_run` and what follows it. */
  vcpuMmapSize(): number {
    return this.#libc.ioctl(this.#fd, KVM_GET_VCPU_MMAP_SIZE, 0);
  }

  /** The `struct kvm_cpuid2` of all that KVM can offer a guest. */
  supportedCpuid(): Uint8Array {
    const cpuid = new Uint8Array(KVM_CPUID2_SIZE + MAX_CPUID_ENTRIES * KVM_CPUID_ENTRY2_SIZE);
    new DataView(cpuid.buffer).setUint32(CPUID2_NENT, MAX_CPUID_ENTRIES, true);
    this.#libc.ioctlStruct(this.#fd, KVM_GET_SUPPORTED_CPUID, cpuid);
    return cpuid;
  }

  close(): void {
    this.#libc.close(this.#fd);
  }

  #check(path: string): void {
    const version = this.#version(path);
    if (version !== API_VERSION)
      throw new KvmUnavailable(
        `${path} speaks version ${version} of the KVM API, not ${API_VERSION}: use another kernel`,
      );
    for (const [name, number] of REQUIRED_CAPABILITIES) {
      if (this.#libc.ioctl(this.#fd, KVM_CHECK_EXTENSION, number) === 0)
        throw new KvmUnavailable(`KVM on this host lacks ${name}: use Linux 5.14 or later`);
    }
  }

  #version(path: string): number {
    try {
      return this.#libc.ioctl(this.#fd, KVM_GET_API_VERSION, 0);
    } catch (error) {
      if (!(error instanceof SysError && error.code === "ENOTTY")) throw error;
      throw new KvmUnavailable(`${path} is not KVM: check what OSCORTEX_KVM names`, { cause: error });
    }
  }
}

function openDevice(libc: Libc, path: string): number {
  try {
    return libc.open(path);
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    throw new KvmUnavailable(adviceFor(error, path), { cause: error });
  }
}

function adviceFor(error: SysError, path: string): string {
  switch (error.code) {
    case "ENOENT":
    case "ENXIO":
    case "ENODEV":
      return `${path} does not exist: enable virtualization in the firmware and load the kvm_intel, kvm_amd or kvm_pvm module`;
    case "EACCES":
    case "EPERM":
      return `no permission to open ${path}: add yourself to its group (sudo usermod -aG kvm $USER) and log in again`;
    case "EBUSY":
      return `${path} is busy: another hypervisor holds the processor's virtualization; stop it`;
    default:
      return `${path} cannot be opened (${error.code})`;
  }
}
