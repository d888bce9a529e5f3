// The two system calls whose names are words of the language. Formatter and linter cannot read a decorator on
// a declaration, which AssemblyScript needs here, so this file is excluded from both.

/** System calls of module `oscortex` under names that the language can spell. */
export declare class reserved {
  /** `null() -> 0`: does nothing. It is there to be measured. */
  @external("oscortex", "null")
  static nothing(): i32;
  /** `yield() -> 0`: lets the other processes run first. */
  @external("oscortex", "yield")
  static yieldNow(): i32;
}
