// What org.oscortex.workloads needs from its host, for the C that wasm2c makes of it.

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "workloads.h"

struct Z_oscortex_instance_t {
  const char *argument;
  Z_workloads_instance_t *workloads;
};

u32 Z_oscortexZ_args(struct Z_oscortex_instance_t *host, u32 buffer, u32 capacity) {
  u32 length = (u32)strlen(host->argument) + 1;
  if (length <= capacity) memcpy(Z_workloadsZ_memory(host->workloads)->data + buffer, host->argument, length);
  return length;
}

u64 Z_oscortexZ_clock_monotonic(struct Z_oscortex_instance_t *host) {
  (void)host;
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (u64)now.tv_sec * 1000000000 + (u64)now.tv_nsec;
}

u32 Z_oscortexZ_write(struct Z_oscortex_instance_t *host, u32 handle, u32 buffer, u32 length) {
  (void)handle;
  return (u32)fwrite(Z_workloadsZ_memory(host->workloads)->data + buffer, 1, length, stdout);
}

int main(int count, char **arguments) {
  Z_workloads_instance_t workloads;
  struct Z_oscortex_instance_t host = {count > 1 ? arguments[1] : "", &workloads};
  wasm_rt_init();
  Z_workloads_init_module();
  Z_workloads_instantiate(&workloads, &host);
  return (int)Z_workloadsZ_main(&workloads);
}
