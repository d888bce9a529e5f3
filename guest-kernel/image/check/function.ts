// Checks one function: its prologue, then every path through it until nothing more is to be learned.

import { CTX_LIMIT, CTX_SAFEPOINT, CTX_STACK_LIMIT } from "../../abi/instance.ts";
import { CodeFault, decode, type Instruction } from "./decode.ts";
import { type Flow, followFlow, type Step } from "./flow.ts";
import type { Frame } from "./operands.ts";
import { State } from "./state.ts";
import { type Environment, learn, learnTaken, transfer } from "./transfer.ts";
import { isSame, MAX_U32, maxOf } from "./values.ts";

/** A function to check: its code and type, and what surrounds it. */
export interface CheckedFunction {
  code: Uint8Array;
  start: number;
  end: number;
  signature: string;
  /** Whether it must stop when it is asked to. */
  preemptible: boolean;
}

const RAX = 0;
const RSP = 4;
const RBP = 5;
const R14 = 14;
const PRESERVED = [3, 12, 13];
const BELOW = 2;
const FRAME_ALIGN = 16;
const INT_ARGUMENTS = 6;
const VECTOR_ARGUMENTS = 8;

/** Bytes of arguments that a function of this type takes on the stack. */
export function stackArguments(signature: string): number {
  let [ints, vectors, bytes] = [0, 0, 0];
  for (const letter of signature.slice(0, signature.indexOf(">"))) {
    const inRegister = "fFv".includes(letter) ? vectors++ < VECTOR_ARGUMENTS : ints++ < INT_ARGUMENTS;
    if (!inRegister) bytes += letter === "v" ? 16 : 8;
  }
  return bytes;
}

/** Checks a function. @throws CodeFault */
export function checkFunction(
  func: CheckedFunction,
  environment: Omit<Environment, "frame" | "passes">,
): void {
  const { frameBytes, body, slow } = checkPrologue(func);
  const frame: Frame = {
    bytes: frameBytes,
    stackArguments: stackArguments(func.signature),
    lowest: 0,
    outgoing: 0,
  };
  const env: Environment = {
    ...environment,
    frame,
    passes: ({ signature }) => {
      frame.outgoing = Math.max(frame.outgoing, stackArguments(signature));
    },
  };
  const flow = followFlow(func.code, func.start, body, func.end);
  if (slow.some(([at, next]) => [...flow.steps.values()].some((step) => step.at < next && step.next > at)))
    throw new CodeFault(body, "jumps into the prologue's slow path");
  new Paths(func, flow, env).check(body);
  // What callees may change, their arguments on the stack, is nothing that this function keeps.
  if (frame.outgoing > frame.bytes + frame.lowest)
    throw new CodeFault(func.start, "keeps values where arguments are passed");
}

/**
 * push rbp; mov rbp, rsp; lea rax, [rsp - frame]; cmp rax, [r14 + limit]; jb slow; sub rsp, frame. The slow path tells a full
 * stack from a request to stop.
 */
function checkPrologue({ code, start, end, preemptible }: CheckedFunction): {
  frameBytes: number;
  body: number;
  slow: [number, number][];
} {
  const [push, base, probe, compare, guard, reserve] = sequence(code, start, end, 6) as [
    Instruction,
    Instruction,
    Instruction,
    Instruction,
    Instruction,
    Instruction,
  ];
  const frameBytes = reserve.immediate;
  const limit = preemptible ? CTX_LIMIT : CTX_STACK_LIMIT;
  const isPrologue =
    push.name === "pushRbp" &&
    base.name === "mov" &&
    base.wide &&
    base.reg === RBP &&
    base.rm === RSP &&
    probe.name === "lea" &&
    probe.wide &&
    probe.reg === RAX &&
    isMemory(probe, RSP, -frameBytes) &&
    isLimitCheck(compare, limit) &&
    guard.name === "branch" &&
    guard.condition === BELOW &&
    reserve.name === "sub" &&
    reserve.shape?.reg === "digit" &&
    reserve.wide &&
    reserve.rm === RSP &&
    frameBytes >= 0 &&
    frameBytes % FRAME_ALIGN === 0;
  if (!isPrologue) throw new CodeFault(start, "no prologue that checks the stack");
  return {
    frameBytes,
    body: reserve.next,
    slow: checkSlowPath(code, guard.target, end, reserve.at, preemptible),
  };
}

/** cmp rax, [r14 + CTX_STACK_LIMIT]; jb full; call [r14 + CTX_SAFEPOINT]; jmp back; full: ud2 */
function checkSlowPath(
  code: Uint8Array,
  at: number,
  end: number,
  back: number,
  preemptible: boolean,
): [number, number][] {
  if (at >= end || at < back) throw new CodeFault(back, "leaves its function when the stack is full");
  const first = decode(code, at, end);
  if (!preemptible) {
    if (first.name !== "trap") throw new CodeFault(at, "goes on although the stack is full");
    return [[first.at, first.next]];
  }
  const [, full, stop, again] = sequence(code, at, end, 4) as [
    Instruction,
    Instruction,
    Instruction,
    Instruction,
  ];
  const isSlowPath =
    isLimitCheck(first, CTX_STACK_LIMIT) &&
    full.name === "branch" &&
    full.condition === BELOW &&
    full.target >= again.next &&
    full.target < end &&
    decode(code, full.target, end).name === "trap" &&
    stop.name === "callTo" &&
    isMemory(stop, R14, CTX_SAFEPOINT) &&
    again.name === "jump" &&
    again.target === back;
  if (!isSlowPath) throw new CodeFault(at, "goes on although the stack is full");
  return [[first.at, again.next]];
}

function isLimitCheck(compare: Instruction, limit: number): boolean {
  const { name, wide, reg } = compare;
  return name === "cmp" && wide && reg === RAX && isMemory(compare, R14, limit);
}

function isMemory({ memory }: Instruction, base: number, displacement: number): boolean {
  return memory?.base === base && memory.index < 0 && memory.displacement === displacement;
}

function sequence(code: Uint8Array, start: number, end: number, length: number): Instruction[] {
  const found: Instruction[] = [];
  while (found.length < length) found.push(decode(code, found.at(-1)?.next ?? start, end));
  return found;
}

class Paths {
  readonly #func: CheckedFunction;
  readonly #flow: Flow;
  readonly #env: Environment;
  /** What holds where paths meet, of the paths seen so far. */
  readonly #known = new Map<number, State>();
  readonly #waiting = new Set<number>();
  #byEnd: Map<number, Step> | undefined;
  /** Of each byte of the function whether it is part of a loop. */
  readonly #loops: Uint8Array;

  constructor(func: CheckedFunction, flow: Flow, env: Environment) {
    this.#func = func;
    this.#flow = flow;
    this.#env = env;
    this.#loops = new Uint8Array(func.end - func.start);
    this.#forEachJumpBack((step, target) => {
      // A cycle goes back over each of its bytes. What a safepoint does is done where it is asked for.
      if (!this.#isBackFromSafepoint(step)) this.#loops.fill(1, target - func.start, step.next - func.start);
    });
  }

  check(body: number): void {
    this.#reach(body, State.atEntry());
    while (this.#waiting.size > 0) {
      const at = Math.min(...this.#waiting); // in the order of the code most paths have met when one goes on
      this.#waiting.delete(at);
      this.#run(at);
    }
    if (this.#func.preemptible) this.#checkLoops();
  }

  #reach(at: number, state: State): void {
    const known = this.#known.get(at);
    if (known !== undefined) {
      if (known.merge(state, at)) this.#waiting.add(at);
      return;
    }
    const first = new State(state);
    first.comparison = undefined;
    this.#known.set(at, first);
    this.#waiting.add(at);
  }

  /** From a place where paths meet to the next. */
  #run(start: number): void {
    const state = new State(this.#known.get(start));
    for (let at = start; ;) {
      const step = this.#flow.steps.get(at)!; // SAFETY: the flow has been followed from the same place
      state.inLoop = this.#loops[at - this.#func.start] === 1;
      transfer(step, state, this.#env);
      if (step.kind === "tableJump") return step.targets.forEach((target) => this.#reach(target, state));
      if (step.kind === "plain" && this.#ends(step.instruction, state)) return;
      at = step.next;
      if (this.#flow.targets.has(at)) return this.#reach(at, state);
    }
  }

  /** Follows a jump; true if control does not go on behind it. */
  #ends(instruction: Instruction, state: State): boolean {
    switch (instruction.name) {
      case "branch":
        this.#reach(instruction.target, learnTaken(instruction, state));
        learn(instruction, state);
        return false;
      case "jump":
        this.#reach(instruction.target, state);
        return true;
      case "trap":
        return true;
      case "leave":
        if (
          this.#instructionAt(instruction.next)?.name !== "return" ||
          this.#flow.targets.has(instruction.next)
        )
          throw new CodeFault(instruction.at, "goes on without a frame");
        this.#checkReturn(instruction.at, state);
        return true;
      case "return":
        throw new CodeFault(instruction.at, "returns with its frame in place");
      default:
        return false;
    }
  }

  #checkReturn(at: number, state: State): void {
    for (const register of PRESERVED)
      if (!isSame(state.registers[register]!, { kind: "caller", register }))
        throw new CodeFault(at, `returns with another value in register ${register} than it was called with`);
    if (this.#func.signature.endsWith(">i") && maxOf(state.registers[RAX]!) > MAX_U32)
      throw new CodeFault(at, "returns an i32 that is not zero-extended");
  }

  /** Where a jump goes back, the loop stops on request; but for the jumps back from that, and loops that only wait for a word. */
  #checkLoops(): void {
    this.#forEachJumpBack((step, target) => this.#checkJumpBack(step, target));
  }

  #forEachJumpBack(visit: (step: Step, target: number) => void): void {
    for (const step of this.#flow.steps.values()) {
      const { target } = step.kind === "plain" ? step.instruction : { target: -1 };
      const targets = step.kind === "tableJump" ? step.targets : [target];
      const isCall = step.kind === "plain" && step.instruction.name === "call";
      for (const back of targets) if (!isCall && back >= 0 && back <= step.at) visit(step, back);
    }
  }

  #checkJumpBack(step: Step, target: number): void {
    const head = this.#instructionAt(target);
    const stops =
      head?.name === "cmp" &&
      head.wide &&
      head.reg === RSP &&
      head.memory?.base === R14 &&
      head.memory.displacement === CTX_LIMIT;
    if (stops || this.#isBackFromSafepoint(step) || this.#isAtomicRetry(step, target)) return;
    throw new CodeFault(step.at, "a loop that does not stop when it is asked to");
  }

  #isBackFromSafepoint(step: Step): boolean {
    const before = this.#endingAt(step.at);
    if (before?.kind !== "plain") return false;
    return before.instruction.name === "callTo" && isMemory(before.instruction, R14, CTX_SAFEPOINT);
  }

  /** mov r11, rax; op r11, value; lock cmpxchg; jne */
  #isAtomicRetry(step: Step, target: number): boolean {
    const names = [target];
    for (let at = target; at < step.at;) names.push((at = this.#flow.steps.get(at)?.next ?? Infinity));
    return names.length === 4 && (this.#instructionAt(names[2]!)?.name.startsWith("cmpxchg") ?? false);
  }

  /** The step that ends at `at`. */
  #endingAt(at: number): Step | undefined {
    this.#byEnd ??= new Map([...this.#flow.steps.values()].map((step) => [step.next, step]));
    return this.#byEnd.get(at);
  }

  #instructionAt(at: number): Instruction | undefined {
    const step = this.#flow.steps.get(at);
    return step?.kind === "plain" ? step.instruction : undefined;
  }
}
