// `npm run pack`.

import { pack } from "./command.ts";

process.exitCode = await pack(process.argv.slice(2), "oscortex-pack");
