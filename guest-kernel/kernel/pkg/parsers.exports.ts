// What unit tests call of the parsers and the hash.

import { HTTP_RESPONSE_SIZE, HttpResponse, httpBegin, httpBody, httpEnd, httpFeed } from "./http.ts";
import { Sha256, sha256Final, sha256Init, sha256Update } from "./sha256.ts";
import { bundleCheck } from "./bundle.ts";
import { catalogBegin, catalogCount, catalogDrop, catalogFind, catalogStep } from "./catalog.ts";
import { manifestMatches } from "./manifest.ts";
import { checkPackageName, checkPackageVersion } from "./package-name.ts";
import { checkUtf8 } from "./utf8.ts";

export {
  bundleCheck,
  catalogBegin,
  catalogCount,
  catalogDrop,
  catalogFind,
  catalogStep,
  manifestMatches,
  checkPackageName,
  checkPackageVersion,
  checkUtf8,
};

const hash = changetype<Sha256>(memory.data(104));
const response = changetype<HttpResponse>(memory.data(2096));
if (HTTP_RESPONSE_SIZE != 2096) ERROR("HTTP_RESPONSE_SIZE");

export function hashInit(): void {
  sha256Init(hash);
}

export function hashUpdate(src: usize, len: u32): void {
  sha256Update(hash, src, len);
}

export function hashFinal(digest: usize): void {
  sha256Final(hash, digest);
}

export function responseBegin(): void {
  httpBegin(response);
}

export function responseFeed(src: usize, len: u32): u32 {
  return httpFeed(response, src, len);
}

export function responseBody(length: u32): void {
  httpBody(response, length);
}

export function responseEnd(): bool {
  return httpEnd(response);
}

export function responseState(): u32 {
  return response.state;
}

export function responseStatus(): u32 {
  return response.status;
}

export function responseRun(): u32 {
  return response.run;
}

export function responsePersistent(): bool {
  return response.persistent;
}
