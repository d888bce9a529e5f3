// A machine with a library and an app that is linked to it, which do what scripts say.
import { KernelMachine, type Script } from "./kernel-machine.ts";
import { exitsWith, rest } from "./kernel-world.ts";
import { LIBRARY_PATH, libraryBundle, linkedBundle } from "./linked-modules.ts";
import { tinyBundle } from "./tiny-wasm.ts";

export const APP_PATH = "/bin/app";

/** What the processes do, and what there is instead of the usual library and app. */
export interface LibraryWorld {
  init?: Script;
  app?: Script;
  library?: Uint8Array;
  bundle?: Uint8Array;
  programs?: Record<string, Uint8Array>;
}

/** A machine with a library at LIBRARY_PATH and an app at APP_PATH. */
export function loadWithLibrary({
  init = rest,
  app = exitsWith(0),
  library,
  bundle,
  programs = {},
}: LibraryWorld = {}): Promise<KernelMachine> {
  const more = Object.entries(programs).map(([path, other]) => [path, { bundle: other }] as const);
  return KernelMachine.load({
    programs: {
      "/init": {
        bundle: tinyBundle({}, { name: "org.test.init", capabilities: 31 }),
        script: init,
      },
      [LIBRARY_PATH]: { bundle: library ?? libraryBundle() },
      [APP_PATH]: { bundle: bundle ?? linkedBundle(), script: app },
      ...Object.fromEntries(more),
    },
  });
}
