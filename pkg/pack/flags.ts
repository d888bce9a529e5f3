import { SOURCE_ROOT } from "../source-root.ts";

/** asc's flags for whatever runs in the guest. --debug only adds the name section: the code is the same. */
export function flagsFor(sdkPath: string): string[] {
  const fixed = `--runtime minimal --enable simd --sourceMap --debug --use abort=${sdkPath}/abort/abort`;
  return ["--baseDir", SOURCE_ROOT, ...fixed.split(" ")];
}
