// The grammar of package names and versions. Names are looked up byte by byte, so there is one spelling of each.

import { MANIFEST_NAME_SIZE, MANIFEST_VERSION_SIZE } from "../guest-kernel/abi/manifest.ts";

const LABEL = "[a-z0-9](?:[a-z0-9-]*[a-z0-9])?";
const NAME = new RegExp(`^${LABEL}(?:\\.${LABEL})+$`);

// Semantic Versioning 2.0.0 §2, §9, §10, without the rule against leading zeros in pre-release identifiers.
const NUMBER = "(?:0|[1-9][0-9]*)";
const IDENTIFIERS = "[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*";
const VERSION = new RegExp(`^${NUMBER}\\.${NUMBER}\\.${NUMBER}(?:-${IDENTIFIERS})?(?:\\+${IDENTIFIERS})?$`);

/** True for a reverse-DNS name such as `org.oscortex.hello` that fits its field. */
export function checkPackageName(name: string): boolean {
  return name.length < MANIFEST_NAME_SIZE && NAME.test(name);
}

/** True for a semantic version such as `1.2.0` that fits its field. */
export function checkPackageVersion(version: string): boolean {
  return version.length < MANIFEST_VERSION_SIZE && VERSION.test(version);
}
