// org.oscortex.spin: computes for ever and makes no system call, so that only preemption takes the processor from it.

let turns: u64 = 0;

export function main(): i32 {
  while (true) turns++;
}
