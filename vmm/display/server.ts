// The display server: the page, noVNC's files, screenshots and RFB over WebSocket on one HTTP server, and RFB over TCP.

import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createTcpServer, type Server, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { type RawData, type WebSocket, WebSocketServer } from "ws";
import type { Wanted } from "../../devices/framebuffer/device.ts";
import { Outgoing, type Sending } from "./outgoing.ts";
import { screenshotPng } from "./png.ts";
import { RfbError } from "./rfb/errors.ts";
import type { RfbSession } from "./rfb/session.ts";
import type { ScreenShare } from "./screen.ts";
import { isLoopback, sameSecret } from "./secret.ts";
import { webFile } from "./web-files.ts";

const MAX_CONNECTIONS = 64;
const MAX_VIEWERS = 16;
const HANDSHAKE_MS = 30_000;
const WRONG_PASSWORD_MS = 1000; // how long one waits who did not know it
const MAX_BODY = 1024; // bytes
const MAX_WS_MESSAGE = 64 * 1024;
const WS_TRY_LATER = 1013;
const WS_PROTOCOL_ERROR = 1002;

/** Where to listen. Port 0 takes any that is free. */
export interface ListenAddress {
  host: string;
  port: number;
}

/** How a server is set up. */
export interface DisplayConfig {
  /** What is shown. The caller closes it, after the server. */
  screen: ScreenShare;
  /** The page and WebSocket. */
  web: ListenAddress;
  /** Plain RFB, for other viewers; undefined: not served. */
  tcp: ListenAddress | undefined;
  /** Whether the page keeps the screen as large as its window. */
  resizable: boolean;
  /** The password for RFB, and the token of URLs. Without it everybody on this machine gets in, and nobody else. */
  secret: string | undefined;
  /** Hears of what went wrong with a viewer. */
  onProblem?: ((text: string) => void) | undefined;
}

/** Serves the screen until `close`. */
export class DisplayServer {
  readonly #config: DisplayConfig;
  readonly #screen: ScreenShare;
  readonly #http: Server;
  readonly #tcp: Server | undefined;
  readonly #sockets = new Set<Duplex>();
  readonly #webSockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: MAX_WS_MESSAGE,
  });

  /** Listens; rejects with the host's error. */
  static async listen(config: DisplayConfig): Promise<DisplayServer> {
    const server = new DisplayServer(config);
    try {
      await listening(server.#http, config.web);
      if (server.#tcp !== undefined && config.tcp !== undefined) await listening(server.#tcp, config.tcp);
    } catch (error) {
      server.close();
      throw error;
    }
    return server;
  }

  private constructor(config: DisplayConfig) {
    this.#config = config;
    this.#screen = config.screen;
    const http = createHttpServer((request, response) => void this.#answer(request, response));
    http.on("upgrade", (request, socket, head) => this.#upgrade(request, socket, head));
    this.#http = http;
    this.#tcp = config.tcp === undefined ? undefined : createTcpServer((socket) => this.#acceptTcp(socket));
    for (const server of [this.#http, this.#tcp]) {
      if (server === undefined) continue;
      server.maxConnections = MAX_CONNECTIONS;
      server.on("connection", (socket: Socket) => this.#track(socket));
      server.on("error", (error) => config.onProblem?.(`display: ${error.message}`)); // one connection less
    }
  }

  /** The page's address, with the token where one is needed. */
  get url(): string {
    const { secret } = this.#config;
    const query = secret === undefined ? "" : `?token=${encodeURIComponent(secret)}`;
    return `http://${endpointOf(this.#http)}/${query}`;
  }

  /** Where plain RFB is served, as HOST:PORT. */
  get tcpEndpoint(): string | undefined {
    return this.#tcp && endpointOf(this.#tcp);
  }

  /** Ends every connection. Can be called again. */
  close(): void {
    for (const server of [this.#http, this.#tcp]) server?.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #track(socket: Socket): void {
    socket.setNoDelay(true);
    this.#sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => this.#sockets.delete(socket));
  }

  // HTTP

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      await this.#route(request, response);
    } catch (error) {
      this.#config.onProblem?.(`display: ${String(error)}`);
      if (!response.headersSent) respond(response, 500, "text/plain", "internal error\n");
      else response.destroy();
    }
  }

  async #route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = urlOf(request);
    if (url === undefined || !this.#hostAllowed(request)) return refuse(response, 403);
    const route = `${request.method === "HEAD" ? "GET" : request.method} ${url.pathname}`;
    switch (route) {
      case "GET /screenshot.png":
        if (!this.#allowed(request, url)) return refuse(response, 403);
        return respond(response, 200, "image/png", await screenshotPng(this.#screen.picture));
      case "GET /settings.json":
        return respond(response, 200, "application/json", JSON.stringify({ resize: this.#config.resizable }));
      case "POST /screen":
        if (!this.#allowed(request, url)) return refuse(response, 403);
        return this.#setScreen(await bodyOf(request), response);
      default: {
        const file = request.method === "GET" ? await webFile(url.pathname) : undefined;
        if (file === undefined) return refuse(response, 404);
        return respond(response, 200, file.type, file.body);
      }
    }
  }

  #setScreen(body: string | undefined, response: ServerResponse): void {
    const wanted = body === undefined ? undefined : parseWanted(body);
    if (wanted === undefined) return refuse(response, 400);
    try {
      this.#screen.want(wanted);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      return refuse(response, 400);
    }
    respond(response, 204, "text/plain", "");
  }

  /**
   * Without a secret this server trusts who is on this machine, and what a browser sends on behalf of a page of its
   * own only: no other page, also not by a name of its own for 127.0.0.1.
   */
  #hostAllowed(request: IncomingMessage): boolean {
    if (this.#config.secret !== undefined) return true;
    const { host, origin } = request.headers;
    if (host === undefined || !isLoopback(hostName(host))) return false;
    return origin === undefined || origin === `http://${host}`;
  }

  #allowed(request: IncomingMessage, url: URL): boolean {
    const { secret } = this.#config;
    if (secret === undefined) return this.#hostAllowed(request);
    const token = url.searchParams.get("token");
    return token !== null && sameSecret(token, secret);
  }

  // Viewers

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const url = urlOf(request);
    const password = this.#passwordFor(request, url);
    if (url?.pathname !== "/websockify" || password === "refused" || !this.#hostAllowed(request)) {
      socket.end("HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n");
      return;
    }
    const local = isLoopback(request.socket.remoteAddress);
    this.#webSockets.handleUpgrade(request, socket, head, (webSocket) =>
      this.#acceptWebSocket(webSocket, local, password),
    );
  }

  /** What the viewer still has to say in RFB: nothing if its URL has the token, and nothing more if it has a wrong one. */
  #passwordFor(request: IncomingMessage, url: URL | undefined): string | undefined {
    const { secret } = this.#config;
    if (secret === undefined || url === undefined || this.#allowed(request, url)) return undefined;
    return url.searchParams.has("token") ? "refused" : secret;
  }

  #acceptWebSocket(webSocket: WebSocket, local: boolean, password: string | undefined): void {
    const sending: Sending = {
      write: (bytes, sent) => webSocket.send(bytes, { binary: true }, sent),
      get waiting() {
        return webSocket.bufferedAmount;
      },
    };
    const viewer = this.#join(sending, local, password, (reason) =>
      webSocket.close(reason === undefined ? WS_TRY_LATER : WS_PROTOCOL_ERROR, reason),
    );
    webSocket.on("message", (data: RawData) => viewer?.receive(bytesOf(data)));
    webSocket.on("error", () => webSocket.terminate());
    webSocket.on("close", () => viewer?.leave());
  }

  #acceptTcp(socket: Socket): void {
    const sending: Sending = {
      write: (bytes, sent) => socket.write(bytes, () => sent()),
      get waiting() {
        return socket.writableLength;
      },
    };
    const local = isLoopback(socket.remoteAddress);
    const viewer = this.#join(sending, local, this.#config.secret, () => socket.end());
    socket.on("data", (bytes) => viewer?.receive(bytes));
    socket.on("close", () => viewer?.leave());
  }

  #join(
    sending: Sending,
    local: boolean,
    password: string | undefined,
    end: (reason?: string) => void,
  ): Viewer | undefined {
    if (this.#screen.viewers < MAX_VIEWERS)
      return new Viewer(this.#screen, sending, local, password, (reason) => {
        this.#config.onProblem?.(`a viewer was sent away: ${reason}`);
        end(reason);
      });
    end();
    return undefined;
  }
}

/** A session on a connection. */
class Viewer {
  readonly #screen: ScreenShare;
  readonly #session: RfbSession;
  readonly #end: (reason: string) => void;
  readonly #handshake: NodeJS.Timeout;
  #left = false;

  constructor(
    screen: ScreenShare,
    sending: Sending,
    local: boolean,
    password: string | undefined,
    end: (reason: string) => void,
  ) {
    this.#screen = screen;
    this.#end = end;
    const output = new Outgoing(sending, local, () => this.#session.drained());
    this.#session = screen.join(output, password);
    this.#handshake = setTimeout(() => this.#sendAway("it said nothing"), HANDSHAKE_MS).unref();
  }

  receive(bytes: Uint8Array): void {
    if (this.#left) return;
    try {
      this.#session.receive(bytes);
      if (this.#session.connected) clearTimeout(this.#handshake);
    } catch (error) {
      if (!(error instanceof RfbError)) throw error;
      this.#sendAway(error.message);
    }
  }

  leave(): void {
    this.#left = true;
    clearTimeout(this.#handshake);
    this.#screen.leave(this.#session);
  }

  #sendAway(reason: string): void {
    const delay = this.#session.refused ? WRONG_PASSWORD_MS : 0;
    this.leave();
    setTimeout(() => this.#end(reason), delay).unref();
  }
}

function urlOf(request: IncomingMessage): URL | undefined {
  const text = request.url ?? "";
  return text.startsWith("/") && URL.canParse(text, "http://host/")
    ? new URL(text, "http://host/")
    : undefined;
}

/** The name in a Host header, without port and brackets. */
function hostName(host: string): string {
  return host.replace(/:\d+$/, "").replace(/^\[(.*)\]$/, "$1");
}

function bytesOf(data: RawData): Uint8Array {
  if (Array.isArray(data)) return Buffer.concat(data);
  return data instanceof ArrayBuffer ? new Uint8Array(data) : data;
}

function refuse(response: ServerResponse, status: number): void {
  respond(response, status, "text/plain", `${status}\n`);
}

function respond(response: ServerResponse, status: number, type: string, body: Uint8Array | string): void {
  response.writeHead(status, {
    "Content-Type": type,
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy":
      "default-src 'self'; connect-src 'self' ws: wss:; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'",
  });
  response.end(body);
}

/** The body of a request; undefined if it is too long. */
async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  let text = "";
  for await (const piece of request) {
    text += String(piece);
    if (text.length > MAX_BODY) return undefined;
  }
  return text;
}

function parseWanted(body: string): Wanted | undefined {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return undefined; // it is the sender's fault, who is told
  }
  if (typeof value !== "object" || value === null) return undefined;
  const { width, height, scale } = value as Record<string, unknown>;
  if (typeof width !== "number" || typeof height !== "number" || typeof scale !== "number") return undefined;
  return { width, height, scale };
}

async function listening(server: Server, { host, port }: ListenAddress): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port }, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

function endpointOf(server: Server): string {
  const address = server.address();
  if (typeof address === "string" || address === null) return "";
  return address.family === "IPv6"
    ? `[${address.address}]:${address.port}`
    : `${address.address}:${address.port}`;
}
