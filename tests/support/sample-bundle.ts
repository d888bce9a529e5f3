import { encodeBundle } from "../../pkg/bundle.ts";
import type { Manifest } from "../../pkg/manifest.ts";

/** What a sample bundle is like. */
export interface SampleBundleOptions extends Partial<Manifest> {
  /** Its module is padded with a custom section of so many bytes that differ between bundles. */
  paddingBytes?: number;
}

const WASM_HEADER = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];

/** A small valid bundle, without compiling anything: its entry returns 0. */
export function sampleBundle({ paddingBytes = 0, ...manifest }: SampleBundleOptions = {}): Uint8Array {
  const values = {
    name: "org.oscortex.sample",
    version: "1.0.0",
    entry: "main",
    capabilities: 0,
    memoryPages: 16,
    ...manifest,
  };
  const entry = Buffer.from(values.entry);
  const wasm = Buffer.from([
    ...WASM_HEADER,
    ...section(1, [1, 0x60, 0, 1, 0x7f]), // one type: () -> i32
    ...section(3, [1, 0]), // one function of it
    ...section(7, [1, entry.length, ...entry, 0, 0]), // exported
    ...section(10, [1, 4, 0, 0x41, 0, 0x0b]), // i32.const 0
    ...section(0, [1, 0x78, ...Buffer.alloc(paddingBytes, values.name)]),
  ]);
  return encodeBundle({ manifest: values, wasm });
}

function section(id: number, body: number[]): number[] {
  return [id, ...leb128(body.length), ...body];
}

function leb128(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...leb128(value >>> 7)];
}
