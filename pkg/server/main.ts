// `npm run pkg-server`.

import { serve } from "./command.ts";

process.exitCode = await serve(process.argv.slice(2), "pkg-server");
