// The page that shows the machine's screen: connects by itself, keeps the machine's screen as large as the window, and
// connects again when the connection is lost.

import RFB from "./novnc/core/rfb.js";

const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 5000;
const RESIZE_DELAY_MS = 200; // after the last change of the window's size
const MIN_WIDTH = 640; // in CSS pixels; a smaller window shows the screen scaled down
const MIN_HEIGHT = 400;
const MAX_SIDE = 8192; // device pixels
const SCALE_STEP = 25; // percent
const MAX_SCALE = 300;
const KEYSYM_V = 0x76;
const KEYSYM_CONTROL = 0xffe3; // the left one

const token = new URLSearchParams(location.search).get("token");
const screen = element("screen");
const notice = element("notice");
const passwordForm = element("password-form");
const retryButton = element("retry");

let rfb;
let retryMs = FIRST_RETRY_MS;
let retryTimer;
let resizeTimer;
let wasConnected = false;
let settings = { resize: false };
let sharedText; // what both clipboards have, as far as we know
let controlIsDown = false;
let mayRead = "clipboard" in navigator; // until the browser or the user says no

function element(id) {
  return document.getElementById(id);
}

/** A path of this server, with the token that lets us in. */
function withToken(path) {
  return token === null ? path : `${path}?token=${encodeURIComponent(token)}`;
}

/** Shows a message over the screen; none with undefined. */
function say(message, { waiting = false, password = false, retry = false } = {}) {
  notice.hidden = message === undefined;
  notice.classList.toggle("waiting", waiting);
  element("message").textContent = message ?? "";
  passwordForm.hidden = !password;
  retryButton.hidden = !retry;
  if (password) element("password").focus();
}

async function start() {
  say("Connecting…", { waiting: true });
  try {
    settings = await (await fetch("settings.json", { cache: "no-store" })).json();
  } catch {
    // The server is away: so it will be for the connection, which says so.
  }
  await fitScreen();
  connect();
}

function connect() {
  clearTimeout(retryTimer);
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  rfb = new RFB(screen, `${scheme}://${location.host}${withToken("/websockify")}`, { shared: true });
  rfb.scaleViewport = true;
  rfb.focusOnClick = true;
  rfb.background = "transparent";
  rfb.addEventListener("connect", connected);
  rfb.addEventListener("disconnect", disconnected);
  rfb.addEventListener("credentialsrequired", () => say("This screen has a password.", { password: true }));
  rfb.addEventListener("securityfailure", () => {
    retryMs = FIRST_RETRY_MS;
    say("The password was wrong.", { retry: true });
  });
  rfb.addEventListener("clipboard", ({ detail }) => void takeText(detail.text));
  rfb.addEventListener("desktopname", ({ detail }) => {
    document.title = detail.name;
  });
}

function connected() {
  retryMs = FIRST_RETRY_MS;
  wasConnected = true;
  say(undefined);
  rfb.focus();
  document.documentElement.dataset.state = "connected";
}

function disconnected() {
  document.documentElement.dataset.state = "disconnected";
  if (!retryButton.hidden) return; // a wrong password: only the user can help
  const what = wasConnected ? "The machine has ended, or cannot be reached." : "There is no machine.";
  say(`${what} Connecting again…`, { waiting: true });
  retryTimer = setTimeout(connect, retryMs);
  retryMs = Math.min(2 * retryMs, LAST_RETRY_MS);
}

/** Asks the machine for a screen with a pixel for each of the display's in this window. */
async function fitScreen() {
  if (!settings.resize || document.hidden) return;
  const ratio = window.devicePixelRatio;
  const side = (css, min) => Math.min(MAX_SIDE, Math.round(Math.max(css, min) * ratio));
  const scale = Math.min(MAX_SCALE, Math.max(100, Math.round((ratio * 100) / SCALE_STEP) * SCALE_STEP));
  const wanted = {
    width: side(window.innerWidth, MIN_WIDTH),
    height: side(window.innerHeight, MIN_HEIGHT),
    scale,
  };
  try {
    await fetch(withToken("/screen"), { method: "POST", body: JSON.stringify(wanted) });
  } catch {
    // As above.
  }
}

function fitSoon() {
  clearTimeout(resizeTimer);
  resizeTimer = setTimeout(fitScreen, RESIZE_DELAY_MS);
}

/** The machine has another text in its clipboard: so has this computer, if the browser lets us. */
async function takeText(text) {
  sharedText = text;
  try {
    await navigator.clipboard?.writeText(text);
  } catch {
    // Not allowed, or somebody else has the keyboard. The machine's own apps have it all the same.
  }
}

/** Gives the machine what is in this computer's clipboard. The browser may ask the user first. */
async function giveText() {
  if (!mayRead || document.documentElement.dataset.state !== "connected" || !document.hasFocus()) return;
  try {
    const text = await navigator.clipboard.readText();
    if (text === "" || text === sharedText) return;
    sharedText = text;
    rfb.clipboardPasteFrom(text);
  } catch {
    mayRead = false;
  }
}

/** Coming back to this window, a user may have copied something elsewhere. Without leave they are not asked for it. */
async function giveTextIfAllowed() {
  try {
    const { state } = await navigator.permissions.query({ name: "clipboard-read" });
    if (state === "granted") await giveText();
  } catch {
    // A browser without such a permission asks each time: only when somebody pastes.
  }
}

/** Control and V: what is pasted has to be there before the key, which the machine keeps waiting for it. */
async function pasteKey(event) {
  if (event.code !== "KeyV" || !event.ctrlKey || event.repeat || !mayRead) return;
  if (!screen.contains(event.target)) return; // the password's field
  event.preventDefault();
  event.stopPropagation();
  await giveText();
  const letGo = !controlIsDown; // meanwhile
  if (letGo) rfb.sendKey(KEYSYM_CONTROL, "ControlLeft", true);
  rfb.sendKey(event.shiftKey ? KEYSYM_V - 0x20 : KEYSYM_V, "KeyV");
  if (letGo) rfb.sendKey(KEYSYM_CONTROL, "ControlLeft", false);
}

function watchKeys(event) {
  controlIsDown = event.ctrlKey;
  if (event.type === "keydown") void pasteKey(event);
}

passwordForm.addEventListener("submit", (event) => {
  event.preventDefault();
  say("Connecting…", { waiting: true });
  rfb.sendCredentials({ password: element("password").value });
});
retryButton.addEventListener("click", () => {
  say("Connecting…", { waiting: true });
  connect();
});
window.addEventListener("resize", fitSoon);
document.addEventListener("visibilitychange", fitSoon);
window.addEventListener("focus", () => void giveTextIfAllowed());
document.addEventListener("pointerdown", () => void giveTextIfAllowed(), true);
for (const type of ["keydown", "keyup"]) document.addEventListener(type, watchKeys, true);

await start();
