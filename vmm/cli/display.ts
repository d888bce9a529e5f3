// The screen of a run: its server and its picture file.

import { readFileSync } from "node:fs";
import type { System } from "../compose.ts";
import { ScreenShare } from "../display/screen.ts";
import { ScreenshotFile } from "../display/screenshot-file.ts";
import { isLoopback, newToken } from "../display/secret.ts";
import { type DisplayConfig, DisplayServer, type ListenAddress } from "../display/server.ts";
import type { DisplayOption } from "./display-options.ts";
import type { Log } from "./log.ts";
import { UsageError } from "./usage-error.ts";

/** Shows the screen of a system while it runs. */
export class Display {
  readonly #screen: ScreenShare;
  readonly #screenshot: ScreenshotFile | undefined;
  #server: DisplayServer | undefined;

  /** Listens, and says where. Rejects with the host's error, or UsageError for a password that is none. */
  static async open(
    option: DisplayOption,
    { framebuffer, input }: NonNullable<System["screen"]>,
    log: Log,
  ): Promise<Display> {
    const display = new Display(option, new ScreenShare(framebuffer, input));
    if (option.web !== undefined) {
      const server = await startServer(option, option.web, display.#screen, log);
      display.#server = server;
      log.note(`screen at ${server.url}`);
      if (server.tcpEndpoint !== undefined) log.note(`screen for VNC viewers at ${server.tcpEndpoint}`);
    }
    return display;
  }

  private constructor(option: DisplayOption, screen: ScreenShare) {
    this.#screen = screen;
    if (option.screenshot !== undefined) this.#screenshot = new ScreenshotFile(screen, option.screenshot);
  }

  /** The machine has ended. */
  close(): void {
    this.#screenshot?.close();
    this.#server?.close();
    this.#screen.close();
  }
}

async function startServer(
  option: DisplayOption,
  web: ListenAddress,
  screen: ScreenShare,
  log: Log,
): Promise<DisplayServer> {
  const config: DisplayConfig = {
    screen,
    web,
    tcp: option.vnc,
    resizable: option.resizable,
    secret: secretFor(option),
    onProblem: (text) => log.detail(text),
  };
  try {
    return await DisplayServer.listen(config);
  } catch (error) {
    const taken = error instanceof Error && "code" in error && error.code === "EADDRINUSE";
    if (!taken || option.exactPort) throw error;
    return DisplayServer.listen({ ...config, web: { ...web, port: 0 } });
  }
}

/** What viewers have to know: nothing on this machine alone, unless the user says so. */
function secretFor({ web, vnc, passwordFile }: DisplayOption): string | undefined {
  if (passwordFile !== undefined) return passwordOf(passwordFile);
  if (vnc !== undefined && !isLoopback(vnc.host))
    throw new UsageError("--vnc on other addresses than loopback needs --display-password-file");
  return web === undefined || isLoopback(web.host) ? undefined : newToken();
}

function passwordOf(file: string): string {
  const [line = ""] = readFileSync(file, "utf8").split(/\r?\n/, 1);
  if (line === "") throw new UsageError(`--display-password-file: the first line of ${file} is empty`);
  return line;
}
