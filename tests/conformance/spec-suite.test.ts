// The WebAssembly specification's test suite, run as machine code in a real KVM guest. It lies outside of the project,
// in ../shared/wasm-testsuite.tar.gz; without it or /dev/kvm the tests are skipped.

import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as abi from "../../guest-kernel/abi/instance.ts";
import { type Aot, AotError, type CompiledModule } from "../../guest-kernel/image/aot.ts";
import { CompiledInstance, InstanceMachine, type Outcome } from "../support/compiled-instance.ts";
import { loadAot } from "../support/compiler.ts";
import { lacksKvm } from "../support/kvm.ts";
import { InstantiationTrap, LinkError } from "../support/externs.ts";
import { LinkedInstance, LinkedWorld } from "../support/linked-instances.ts";
import { spectestModule } from "../support/spectest.ts";
import { WINDOW_MAX_PAGES } from "../support/guest-windows.ts";

const COMPILE_TIMEOUT_MS = 60_000;
const ARCHIVE = fileURLToPath(new URL("../../../shared/wasm-testsuite.tar.gz", import.meta.url));
/** True if the suite cannot be run here; the reason is printed. */
function cannotRun(): boolean {
  if (existsSync(ARCHIVE)) return lacksKvm();
  console.warn(`skipped: no ${ARCHIVE}`);
  return true;
}

/** A vector's value is its lanes', whose type is `lane_type`. */
interface Value {
  type: string;
  value?: string | string[];
  lane_type?: string;
}

/** A command of wast2json's output. */
interface Command {
  type: string;
  line: number;
  filename?: string;
  module_type?: string;
  name?: string;
  as?: string;
  text?: string;
  action?: { type: string; module?: string; field: string; args?: Value[] };
  expected?: Value[];
}

// The bits of the suite's host globals: 666, and 666.6 as f32 and f64.
const GLOBALS: Record<string, bigint> = {
  global_i32: 666n,
  global_i64: 666n,
  global_f32: 0x4426a666n,
  global_f64: 0x4084d4cccccccccdn,
};

// The suite's word for each trap.
const TRAPS: Record<number, string> = {
  [abi.TRAP_UNREACHABLE]: "unreachable",
  [abi.TRAP_OUT_OF_BOUNDS]: "out of bounds memory access",
  [abi.TRAP_DIVISION_BY_ZERO]: "integer divide by zero",
  [abi.TRAP_INTEGER_OVERFLOW]: "integer overflow",
  [abi.TRAP_INVALID_CONVERSION]: "invalid conversion to integer",
  [abi.TRAP_UNDEFINED_ELEMENT]: "undefined element",
  [abi.TRAP_NULL_ELEMENT]: "uninitialized element",
  [abi.TRAP_SIGNATURE_MISMATCH]: "indirect call type mismatch",
  [abi.TRAP_STACK_OVERFLOW]: "call stack exhausted",
  [abi.TRAP_TABLE_OUT_OF_BOUNDS]: "out of bounds table access",
};

/** Why a command says nothing about the compiler here. */
class Skip {
  readonly reason: string;

  constructor(reason: string) {
    this.reason = reason;
  }
}

const TEXT_FORMAT = new Skip("the text format, which a compiler of the binary format does not read");

/** What became of the commands, by kind; skipped ones by reason. */
class Tally {
  readonly passed = new Map<string, number>();
  readonly failed = new Map<string, number>();
  readonly skipped = new Map<string, number>();

  count(result: string | Skip | undefined, kind: string): void {
    const [counts, key] =
      result === undefined
        ? [this.passed, kind]
        : result instanceof Skip
          ? [this.skipped, `${kind}: ${result.reason}`]
          : [this.failed, kind];
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }

  get total(): number {
    return sum(this.passed);
  }

  report(title: string): string {
    const lines = [this.passed, this.failed, this.skipped].flatMap((counts, i) =>
      Array.from(
        counts,
        ([key, n]) => `  ${String(n).padStart(6)} ${["passed", "FAILED", "skipped"][i]} ${key}`,
      ),
    );
    const last = `spec: ${sum(this.passed)} passed, ${sum(this.failed)} failed, ${sum(this.skipped)} skipped`;
    return [title, ...lines, last].join("\n");
  }
}

function sum(counts: Map<string, number>): number {
  return Array.from(counts.values()).reduce((total, n) => total + n, 0);
}

/** An instance that commands act on. */
interface Subject {
  call(name: string, args: readonly bigint[]): Outcome;
  global(name: string): bigint;
}

/** Runs the commands of one file and collects what went otherwise than it says. */
class Run {
  readonly failures: string[] = [];
  readonly #tally: Tally;
  readonly #aot: Aot;
  readonly #machine: InstanceMachine;
  readonly #folder: string;
  readonly #preempt: boolean;
  readonly #links: boolean;
  readonly #named = new Map<string, Subject>();
  #world: LinkedWorld | undefined;
  #module: CompiledModule | undefined; // of the current instance, if that is alone
  #current: Subject | undefined;

  constructor(
    { aot, machine, tally }: { aot: Aot; machine: InstanceMachine; tally: Tally },
    folder: string,
    preempt: boolean,
    commands: readonly Command[],
  ) {
    this.#tally = tally;
    this.#aot = aot;
    this.#machine = machine;
    this.#folder = folder;
    this.#preempt = preempt;
    this.#links = commands.some(isAboutLinking);
    for (const command of commands) this.#run(command);
    this.#module?.free();
    this.#world?.close();
  }

  #run(command: Command): void {
    const result = this.#result(command);
    this.#tally.count(result, command.type);
    if (typeof result === "string") this.failures.push(`line ${command.line}: ${command.type}: ${result}`);
  }

  /** What is wrong, if anything, or why that cannot be told. */
  #result(command: Command): string | Skip | undefined {
    switch (command.type) {
      case "module":
        return this.#instantiate(command);
      case "register":
        return this.#register(command);
      case "assert_unlinkable":
      case "assert_uninstantiable":
        return this.#failsToInstantiate(command);
      case "assert_invalid":
      case "assert_malformed":
        return command.module_type === "binary" ? this.#refuses(command) : TEXT_FORMAT;
      case "assert_return":
      case "assert_trap":
      case "assert_exhaustion":
      case "action":
        return this.#act(command);
      default:
        return `an unknown command`;
    }
  }

  #refuses(command: Command): string | undefined {
    try {
      this.#compile(command).free();
    } catch (error) {
      if (error instanceof AotError) return undefined;
      throw error;
    }
    return `accepted, although ${command.text}`;
  }

  #read(command: Command): Uint8Array {
    return readFileSync(join(this.#folder, command.filename ?? ""));
  }

  #compile(command: Command): CompiledModule {
    return this.#aot.compile(this.#read(command), { preemptible: this.#preempt });
  }

  #instantiate(command: Command): string | undefined {
    this.#module?.free();
    this.#module = this.#current = undefined;
    const module = this.#compile(command);
    if (this.#links || !isSelfContained(module)) {
      module.free();
      this.#current = this.#linked().instantiate(this.#read(command));
    } else {
      this.#module = module;
      const instance = this.#alone(module);
      if (typeof instance === "string") return instance;
      this.#current = instance;
    }
    if (command.name !== undefined) this.#named.set(command.name, this.#current);
    return undefined;
  }

  /** An instance that nobody imports from, or what its instantiation trapped with. */
  #alone(module: CompiledModule): Subject | string {
    const globals = module.imports.flatMap((i) => (i.kind === "global" ? [GLOBALS[i.name] ?? 0n] : []));
    const imported = module.imports.some(({ kind }) => kind === "memory");
    const pages = imported ? { pages: 1, maxPages: Math.min(module.memory?.max ?? 2, 2) } : {};
    const options = { globals, preempt: this.#preempt, ...pages };
    const instance = new CompiledInstance(this.#machine, module, options);
    if (instance.trap !== abi.TRAP_NONE) return `instantiation trapped with ${TRAPS[instance.trap]}`;
    const start = module.start === undefined ? undefined : instance.call(module.start);
    if (start !== undefined && "trap" in start) return `start function trapped with ${TRAPS[start.trap]}`;
    const indexOf = (name: string): number => module.exports.find((found) => found.name === name)!.index;
    return {
      call: (name, args) => instance.call(indexOf(name), args),
      global: (name) => instance.global(indexOf(name)),
    };
  }

  #linked(): LinkedWorld {
    if (this.#world === undefined) {
      this.#world = new LinkedWorld(this.#aot, { preempt: this.#preempt });
      this.#world.register("spectest", this.#world.instantiate(spectestModule()));
    }
    return this.#world;
  }

  #register({ as = "", name }: Command): string | undefined {
    const instance = this.#subject(name);
    if (!(instance instanceof LinkedInstance)) return "no such instance";
    this.#linked().register(as, instance);
    return undefined;
  }

  #failsToInstantiate(command: Command): string | undefined {
    try {
      this.#linked().instantiate(this.#read(command));
    } catch (error) {
      if (command.type === "assert_unlinkable" && error instanceof LinkError)
        return error.message === command.text ? undefined : `${error.message}, not ${command.text}`;
      if (command.type === "assert_uninstantiable" && error instanceof InstantiationTrap)
        return trapFits(error.trap, command.text ?? "")
          ? undefined
          : `trap ${TRAPS[error.trap]}, not ${command.text}`;
      throw error;
    }
    return `instantiated, although ${command.text}`;
  }

  #subject(name: string | undefined): Subject | undefined {
    return name === undefined ? this.#current : this.#named.get(name);
  }

  #act({ type, action, expected, text }: Command): string | undefined {
    const subject = this.#subject(action?.module);
    if (!subject || !action) return "no such instance";
    const args = (action.args ?? []).map(bitsOf);
    const outcome: Outcome =
      action.type === "get" ? { results: [subject.global(action.field)] } : subject.call(action.field, args);
    if (type === "assert_return") return compareResults(outcome, expected ?? []);
    if (type === "action") return "trap" in outcome ? `trapped with ${TRAPS[outcome.trap]}` : undefined;
    if ("results" in outcome) return `${action.field} returned, although ${text}`;
    return trapFits(outcome.trap, text ?? "") ? undefined : `trap ${TRAPS[outcome.trap]}, not ${text}`;
  }
}

/** True if a command needs that several instances live at once. */
function isAboutLinking({ type, action }: Command): boolean {
  return type === "register" || action?.module !== undefined;
}

/** True if the module needs nothing but the suite's host module, and no table of it. */
function isSelfContained(module: CompiledModule): boolean {
  if ((module.memory?.min ?? 0) > WINDOW_MAX_PAGES) return false;
  return module.imports.every(
    ({ module: from, kind }, i, all) =>
      from === "spectest" &&
      kind !== "table" &&
      !(kind === "global" && module.globals[all[i]!.index]!.mutable),
  );
}

/** A value's bits. An i32's upper half is not zero: callees must not rely on it. References are numbers from 1. */
function bitsOf({ type, value = "0", lane_type }: Value): bigint {
  if (Array.isArray(value)) {
    const width = widthOf(lane_type);
    return value.reduce(
      (bits, lane, i) => bits | (BigInt.asUintN(width, BigInt(lane)) << BigInt(width * i)),
      0n,
    );
  }
  if (type === "externref" || type === "funcref") return value === "null" ? 0n : BigInt(value) + 1n;
  return type === "i32" ? BigInt(value) | 0xdead_0000_0000n : BigInt(value);
}

function trapFits(trap: number, text: string): boolean {
  const word = TRAPS[trap] ?? "?";
  return text.startsWith(word) || (trap === abi.TRAP_NULL_ELEMENT && text === "undefined element");
}

function compareResults(outcome: Outcome, expected: readonly Value[]): string | undefined {
  if ("trap" in outcome) return `trapped with ${TRAPS[outcome.trap]} at byte ${outcome.at}`;
  if (outcome.results.length !== expected.length) return `${outcome.results.length} results`;
  const wrong = expected.findIndex((value, i) => !resultFits(outcome.results[i]!, value));
  if (wrong < 0) return undefined;
  return `result ${wrong} is 0x${outcome.results[wrong]!.toString(16)}, not ${JSON.stringify(expected[wrong])}`;
}

function resultFits(found: bigint, { type, value, lane_type = "" }: Value): boolean {
  if (Array.isArray(value)) {
    const width = widthOf(lane_type);
    return value.every((lane, i) => resultFits(found >> BigInt(width * i), { type: lane_type, value: lane }));
  }
  const width = widthOf(type);
  const bits = BigInt.asUintN(width, found);
  if (value === "nan:canonical") return BigInt.asUintN(width - 1, bits) === quietNan(width);
  if (value === "nan:arithmetic") return (bits & quietNan(width)) === quietNan(width);
  if (type === "externref" || type === "funcref")
    return value === undefined ? bits !== 0n : bits === bitsOf({ type, value });
  return bits === BigInt.asUintN(width, BigInt(value ?? -1));
}

/** Bits of a number or a lane; references are as wide as their numbers here. */
function widthOf(type = ""): number {
  const digits = /^[if](\d+)$/.exec(type)?.[1];
  return digits === undefined ? 64 : Number(digits);
}

function quietNan(width: number): bigint {
  return width === 32 ? 0x7fc00000n : 0x7ff8000000000000n;
}

describe.skipIf(cannotRun())("the specification's test suite", () => {
  let folder = "";
  let aot: Aot;
  let machine: InstanceMachine;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "oscortex-spec-"));
    execFileSync("tar", ["-xzf", ARCHIVE, "-C", folder]);
    aot = await loadAot();
    machine = new InstanceMachine();
  }, COMPILE_TIMEOUT_MS);

  afterAll(() => {
    machine.close();
    rmSync(folder, { recursive: true });
  });

  test.each([
    ["without safepoints", false],
    ["stopping at the first safepoint of every call", true],
  ])("passes %s", { timeout: 120_000 }, (_, preempt) => {
    const root = join(folder, "wasm-testsuite");
    const failures: string[] = [];
    const tally = new Tally();
    let [files, vectorFiles] = [0, 0];
    for (const name of readdirSync(root)) {
      const file = join(root, name, `${name}.json`);
      if (!existsSync(file)) continue;
      if (name.startsWith("simd_")) vectorFiles += 1;
      else files += 1;
      const { commands } = JSON.parse(readFileSync(file, "utf8")) as { commands: Command[] };
      const run = new Run({ aot, machine, tally }, join(root, name), preempt, commands);
      failures.push(...run.failures.map((failure) => `${name} ${failure}`));
    }
    console.info(tally.report(preempt ? "with safepoints" : "without safepoints"));
    expect(failures).toEqual([]);
    expect([files, vectorFiles]).toEqual([90, 56]);
    expect(tally.total).toBeGreaterThan(52_000);
    expect([...tally.skipped.keys()]).toEqual([`assert_malformed: ${TEXT_FORMAT.reason}`]);
  });
});
