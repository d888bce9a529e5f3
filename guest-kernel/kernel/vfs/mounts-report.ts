// /sys/mounts: a line `path kind rw` for each file system, deepest first, as paths are looked up.

import { changeForbidden } from "./ext2/change.ts";
import { sysfsRegister } from "./sysfs.ts";
import { textBegin, textByte, textBytes, textEnd, textPut } from "./text.ts";
import { vfsMountCount, vfsMountKind, vfsMountLength, vfsMountPath, vfsMountWritable } from "./vfs.ts";

const SPACE: u8 = 32;

/** Registers the file. Once, at boot. */
export function mountsReportInit(): void {
  sysfsRegister("mounts", mountsText);
}

function mountsText(buffer: usize, capacity: u32): u32 {
  textBegin(buffer, capacity);
  for (let i: u32 = 0; i < vfsMountCount(); i++) {
    const kind = vfsMountKind(i);
    textBytes(vfsMountPath(i), vfsMountLength(i));
    textByte(SPACE);
    textPut(kind);
    const readOnly = !vfsMountWritable(i) || (kind == "ext2" && changeForbidden());
    textPut(readOnly ? " ro\n" : " rw\n");
  }
  return textEnd();
}
