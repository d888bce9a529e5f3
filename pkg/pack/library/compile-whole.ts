// Has asc compile every class and function of some files before anything else, whether or not anybody uses them. Class
// numbers, static addresses and indices into the table are given out in the order in which asc meets things: what
// comes first has the same ones in every program that begins with it.

import type { AscProgram } from "../collect-types.ts";

// What is used of the compiler's own classes: `src/compiler.ts`, `src/program.ts` and `src/resolver.ts` of assemblyscript.

interface AscElement {
  kind: number;
  internalName: string;
  is(flags: number): boolean;
  set(flags: number): void;
}

interface AscFunction extends AscElement {
  hasDecorator(flag: number): boolean;
}

interface AscProperty {
  getterInstance: AscFunction | null;
  setterInstance: AscFunction | null;
}

interface AscPrototype extends AscElement {
  declaration: object;
  members: Map<string, AscElement> | null;
  instanceMembers?: Map<string, AscPrototype> | null;
  getterPrototype?: AscPrototype | null;
  setterPrototype?: AscPrototype | null;
  isField?: boolean;
}

interface AscClass {
  type: { isManaged: boolean };
  members: Map<string, AscElement> | null;
  constructorInstance: AscFunction | null;
}

interface AscFile extends AscElement {
  members: Map<string, AscElement> | null;
}

interface AscResolver {
  discoveredOverride: boolean;
  resolveClass(prototype: AscElement, types: null): AscClass | null;
  resolveFunction(prototype: AscElement, types: null): AscFunction | null;
  resolveProperty(prototype: AscElement): AscProperty | null;
  resolveOverrides(instance: AscFunction): AscFunction[] | null;
}

/** The compiler, as it compiles one program. */
export interface AscCompiler {
  program: AscProgram & { filesByName: Map<string, AscFile> };
  resolver: AscResolver;
  module: { setClosedWorld(closed: boolean): void; optimize(...options: unknown[]): void };
  /** The next static address. */
  memoryOffset: { toString(): string } | number;
  /** Functions that are values, from index 1 on. */
  functionTable: AscFunction[];
  lazyFunctions: Set<AscFunction>;
  /** Methods that are called by the class of their object. */
  overrideStubs: Set<AscFunction>;
  /** The names of functions that say whether an object is of a class. */
  pendingInstanceOf: Map<AscElement, string>;
  compileFile(file: AscFile): void;
  compileFunction(instance: AscFunction, evenLazy?: boolean): boolean;
  compileGlobal(global: AscElement): boolean;
  ensureConstructor(instance: AscClass, node: object): AscFunction;
}

type CompileExports = (this: AscCompiler, file: AscFile) => void;

/** What is used of the package `assemblyscript`. */
interface Asc {
  Compiler: { prototype: { compileModuleExports: CompileExports } };
  ElementKind: Record<
    "ClassPrototype" | "InterfacePrototype" | "FunctionPrototype" | "PropertyPrototype" | "Global",
    number
  >;
  CommonFlags: Record<"Generic" | "Abstract" | "Ambient" | "Overridden", number>;
  DecoratorFlags: Record<"Builtin", number>;
}

const waiting = new WeakMap<object, (compiler: AscCompiler, file: string) => void>();
let asc: Asc | undefined;

/** Calls `then` with the compiler of `program` when it has compiled an entry file, whose path it says without `.ts`. */
export async function whenCompiled(
  program: object,
  then: (compiler: AscCompiler, file: string) => void,
): Promise<void> {
  asc ??= await watchCompiler();
  waiting.set(program, then);
}

async function watchCompiler(): Promise<Asc> {
  const loaded = (await import("assemblyscript")) as unknown as Asc; // whose own types describe less
  const { prototype } = loaded.Compiler;
  const original = prototype.compileModuleExports;
  prototype.compileModuleExports = function compileModuleExports(file) {
    original.call(this, file);
    waiting.get(this.program)?.(this, file.internalName);
  };
  return loaded;
}

/**
 * Has the abstract methods of these files called by the class of their object, even where no class of theirs has them: a
 * program's may.
 */
export function openAbstractMethods(program: AscCompiler["program"], files: readonly string[]): void {
  for (const file of filesOf(program, files))
    for (const member of file.members?.values() ?? [])
      for (const method of (member as AscPrototype).instanceMembers?.values() ?? []) openIfAbstract(method);
}

function openIfAbstract(method: AscPrototype): void {
  const { CommonFlags } = asc!;
  for (const part of [method, method.getterPrototype, method.setterPrototype])
    if (part && method.is(CommonFlags.Abstract)) part.set(CommonFlags.Overridden);
}

function filesOf(program: AscCompiler["program"], files: readonly string[]): AscFile[] {
  const chosen = new Set(files);
  return [...program.filesByName.values()].filter(({ internalName }) => chosen.has(internalName));
}

/** Compiles all that is in the files named, paths without `.ts`, and all that this calls. */
export function compileWhole(compiler: AscCompiler, files: readonly string[]): void {
  for (const file of filesOf(compiler.program, files)) {
    compiler.compileFile(file);
    for (const member of file.members?.values() ?? []) compileElement(compiler, member as AscPrototype);
  }
  compileLate(compiler);
}

function compileElement(compiler: AscCompiler, element: AscPrototype): void {
  const { ElementKind, CommonFlags } = asc!;
  if (element.is(CommonFlags.Generic)) return; // compiled for the types that it is used with
  switch (element.kind) {
    case ElementKind.ClassPrototype:
    case ElementKind.InterfacePrototype:
      compileClass(compiler, element);
      break;
    case ElementKind.FunctionPrototype:
      compileMethod(compiler, element);
      break;
    case ElementKind.PropertyPrototype:
      compileProperty(compiler, element);
      break;
    case ElementKind.Global:
      compiler.compileGlobal(element);
      break;
    default: // enums and types are no code
  }
}

function compileClass(compiler: AscCompiler, prototype: AscPrototype): void {
  const { ElementKind, CommonFlags } = asc!;
  const instance = compiler.resolver.resolveClass(prototype, null);
  if (instance === null) return;
  if (prototype.kind === ElementKind.ClassPrototype) {
    if (instance.type.isManaged && !prototype.is(CommonFlags.Abstract))
      compiler.ensureConstructor(instance, prototype.declaration);
    if (instance.constructorInstance !== null) compiler.compileFunction(instance.constructorInstance);
  }
  for (const members of [instance.members, prototype.members])
    for (const member of members?.values() ?? []) compileElement(compiler, member as AscPrototype);
}

function compileMethod(compiler: AscCompiler, prototype: AscPrototype): void {
  const { CommonFlags, DecoratorFlags } = asc!;
  if (prototype.is(CommonFlags.Abstract) || prototype.is(CommonFlags.Ambient)) return;
  const instance = compiler.resolver.resolveFunction(prototype, null);
  if (instance !== null && !instance.hasDecorator(DecoratorFlags.Builtin)) compiler.compileFunction(instance);
}

function compileProperty(compiler: AscCompiler, prototype: AscPrototype): void {
  if (prototype.isField === true) return;
  const property = compiler.resolver.resolveProperty(prototype);
  for (const accessor of [property?.getterInstance, property?.setterInstance])
    if (accessor && !accessor.is(asc!.CommonFlags.Abstract)) compiler.compileFunction(accessor);
}

/** What asc would leave for the end of the program: its lazy functions, and what overrides the methods that are called. */
function compileLate(compiler: AscCompiler): void {
  const { lazyFunctions, overrideStubs, resolver } = compiler;
  let before: number;
  do {
    before = overrideStubs.size;
    const lazy = [...lazyFunctions];
    lazyFunctions.clear();
    for (const instance of lazy) compiler.compileFunction(instance, true);
    resolver.discoveredOverride = false;
    for (const called of overrideStubs)
      for (const override of resolver.resolveOverrides(called) ?? []) compiler.compileFunction(override);
  } while (resolver.discoveredOverride || overrideStubs.size !== before || lazyFunctions.size > 0);
}
