// What a bundle says of libraries, abi/bundle.ts: that it is one, or which it was linked to.

import { LIBRARY_IDENTITY_SIZE, NEEDS_PATH, NEEDS_PATH_MAX } from "../guest-kernel/abi/bundle.ts";
import { BundleError } from "./errors.ts";

const PATH = /^\/[\x20-\x7e]*$/;

/** The library that a module was linked to. */
export interface Needs {
  /** LIBRARY_IDENTITY_SIZE bytes. */
  identity: Uint8Array;
  /** Where it is in the initramfs: absolute, printable ASCII, at most NEEDS_PATH_MAX characters. */
  path: string;
}

/** Throws unless the bytes are as long as an identity is. @throws BundleError */
export function checkIdentity(identity: Uint8Array): void {
  if (identity.length !== LIBRARY_IDENTITY_SIZE)
    throw new BundleError(`an identity of ${identity.length} bytes instead of ${LIBRARY_IDENTITY_SIZE}`);
}

/** Encodes a NEEDS section. @throws BundleError if a value is not allowed */
export function encodeNeeds({ identity, path }: Needs): Uint8Array {
  checkIdentity(identity);
  checkPath(path);
  return Buffer.concat([identity, Buffer.from(path, "latin1")]);
}

/** Decodes the NEEDS section of an untrusted bundle. @throws BundleError */
export function decodeNeeds(bytes: Uint8Array): Needs {
  const identity = bytes.subarray(0, NEEDS_PATH);
  const path = Buffer.from(bytes.subarray(NEEDS_PATH)).toString("latin1");
  checkIdentity(identity);
  checkPath(path);
  return { identity, path };
}

function checkPath(path: string): void {
  if (path.length > NEEDS_PATH_MAX || !PATH.test(path))
    throw new BundleError(`the path of a library: ${JSON.stringify(path)}`);
}
