// An installed app: its bundle, the machine code that the kernel compiled from it, and what an instance needs.

import {
  BUNDLE_HEADER_SIZE,
  SECTION_KIND_LINES,
  SECTION_KIND_WASM,
  SECTION_LENGTH,
  SECTION_OFFSET,
} from "../../abi/bundle.ts";
import { E_NOMEM, E_PKG_BUNDLE, E_PKG_MODULE } from "../../abi/errors.ts";
import { SITE_CODE_OFFSET, SITE_SIZE, SITE_WASM_OFFSET } from "../../abi/instance.ts";
import {
  MANIFEST_CAPABILITIES,
  MANIFEST_ENTRY,
  MANIFEST_MEMORY_PAGES,
  MANIFEST_NAME,
} from "../../abi/manifest.ts";
import { PAGE_SIZE } from "../../abi/memory-map.ts";
import { Compiler } from "../../aot/compiler.ts";
import { FLAG_PREEMPTIBLE } from "../../aot/limits.ts";
