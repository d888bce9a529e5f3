// org.oscortex.nothing [FOREVER]: ends at once; with an argument, sleeps until it is killed. To measure what a process costs.

import { args, sleep } from "../../sdk/oscortex.ts";

export function main(): i32 {
  while (args(0, 0) != 0) sleep(i64.MAX_VALUE);
  return 0;
}
