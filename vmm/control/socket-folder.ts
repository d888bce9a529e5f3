import { tmpdir } from "node:os";
import { join } from "node:path";

/** The folder of this user's control sockets, PID.sock each. */
export function socketFolder(): string {
  const runtime = process.env["XDG_RUNTIME_DIR"];
  return runtime === undefined
    ? join(tmpdir(), `oscortex-${process.getuid?.() ?? 0}`)
    : join(runtime, "oscortex");
}
