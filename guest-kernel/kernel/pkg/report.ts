// One line in the kernel's log for each resolve that missed the cache.

import {
  E_LIMIT,
  E_NOMEM,
  E_PKG_BUNDLE,
  E_PKG_CACHE_FULL,
  E_PKG_CATALOG,
  E_PKG_DIGEST,
  E_PKG_HTTP,
  E_PKG_LIBRARY,
  E_PKG_MODULE,
  E_PKG_SERVER,
  E_PKG_TRUNCATED,
  E_PKG_UNKNOWN,
} from "../../abi/errors.ts";
import { log } from "../log.ts";
import { textBegin, textBytes, textEnd, textNumber, textPut } from "../vfs/text.ts";

const LINE_MAX: u32 = 128;
const line = memory.data(128);

/** Reports a resolve that gave `result`, an app id or -E_*, after `ns` nanoseconds. */
export function reportResolve(name: usize, length: u32, result: i32, ns: i64): void {
  begin();
  textBytes(name, length);
  if (result > 0) {
    textPut(": resolved in ");
    textNumber(<u64>ns / 1000);
    textPut(" us");
  } else {
    textPut(": ");
    textPut(reason(result));
  }
  end();
}

/** Reports a fetch of the catalog that failed with -E_*. */
export function reportCatalog(error: i32): void {
  begin();
  textPut("catalog: ");
  textPut(reason(error));
  end();
}

function begin(): void {
  textBegin(line, LINE_MAX);
  textPut("pkg: ");
}

function end(): void {
  log(String.UTF8.decodeUnsafe(line, <usize>textEnd()));
}

function reason(error: i32): string {
  switch (-error) {
    case E_PKG_UNKNOWN:
      return "not in the catalog";
    case E_PKG_SERVER:
      return "server down or unreachable";
    case E_PKG_HTTP:
      return "unexpected HTTP response";
    case E_PKG_TRUNCATED:
      return "truncated, or not the catalog's size";
    case E_PKG_DIGEST:
      return "SHA-256 is not the catalog's";
    case E_PKG_CATALOG:
      return "malformed catalog";
    case E_PKG_BUNDLE:
      return "malformed bundle";
    case E_PKG_MODULE:
      return "module refused by the compiler";
    case E_PKG_LIBRARY:
      return "linked to another build of a library, or one that is not here";
    case E_PKG_CACHE_FULL:
      return "every cache slot is pinned or in use";
    case E_NOMEM:
      return "out of memory";
    case E_LIMIT:
      return "too many connections";
    default:
      return "failed";
  }
}
