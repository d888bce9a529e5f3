// org.oscortex.ballast: an app of about 64 KiB, nearly all of it code, for measuring how fast packages load. What it
// does is real, too: it puts the standard library through its paces and prints a digest of the results.

import { print } from "../../sdk/console.ts";
import { collectionDigest } from "./collections.ts";
import { mathDigest } from "./mathematics.ts";

export function main(): i32 {
  print("mathematics " + mathDigest().toString(16));
  print("collections " + collectionDigest().toString(16));
  return 0;
}
