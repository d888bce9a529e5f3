// AssemblyScript keeps the class of each managed object in the header before it.

const RUNTIME_ID_BEFORE: usize = 8; // the id is a u32 that many bytes before the object

/** A number that is the same for two objects of one class only. */
export function runtimeType(object: Object): u32 {
  // SAFETY: each managed object has the runtime's header before it.
  return load<u32>(changetype<usize>(object) - RUNTIME_ID_BEFORE);
}
