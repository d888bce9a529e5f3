// Clipboards between viewers and the guest, RFC 6143 §7.5.6, §7.6.4 and the extended clipboard of rfbproto.
import { constants, deflateSync } from "node:zlib";
import { beforeEach, describe, expect, test } from "vitest";
import { FakeScreen } from "../../tests/support/fake-screen.ts";
import { RfbClient, says } from "../../tests/support/rfb-client.ts";
import * as p from "./rfb/protocol.ts";
import { ScreenShare } from "./screen.ts";

const TEXT = "Grüße,\nWelt ☃";
const ACTIONS =
  p.CLIPBOARD_CAPS | p.CLIPBOARD_REQUEST | p.CLIPBOARD_PEEK | p.CLIPBOARD_NOTIFY | p.CLIPBOARD_PROVIDE;
const MAX = 65536;

let guest: FakeScreen;
let share: ScreenShare;
let client: RfbClient;
let say: (bytes: Uint8Array) => void;
let drained: () => void;

interface Viewer {
  client: RfbClient;
  say: (bytes: Uint8Array) => void;
  drained: () => void;
}

function join(...encodings: number[]): Viewer {
  const viewer = new RfbClient();
  const session = share.join(viewer, undefined);
  const receive = (bytes: Uint8Array): void => session.receive(bytes);
  viewer.connect(receive);
  receive(says.encodings(p.ENCODING_RAW, ...encodings));
  return { client: viewer, say: receive, drained: () => session.drained() };
}

beforeEach(() => {
  guest = new FakeScreen();
  share = new ScreenShare(guest.device, guest);
  guest.setMode(160, 120);
  guest.draw(guest.whole, 1);
});

describe("a viewer of Latin-1", () => {
  beforeEach(() => ({ client, say, drained } = join()));

  test("gives its text to the guest", () => {
    say(Buffer.concat([says.cutText(5), Buffer.from("Gr\xfc\r\n", "latin1")]));
    expect([guest.pastes, guest.sizeWishes, guest.paste()]).toEqual([1, 1, "Grü\n"]);
  });

  test("hears of the guest's text, with marks for what Latin-1 has not", () => {
    guest.copy(TEXT);
    expect(client.readCutText()).toEqual({ text: "Grüße,\nWelt ?" });
    expect(client.waiting).toBe(0);
    guest.copy(TEXT); // the same text once more may be news: it has been elsewhere meanwhile
    expect(client.readCutText()).toEqual({ text: "Grüße,\nWelt ?" });
  });

  test("hears of the newest text only, once it takes bytes again", () => {
    client.accepts = false;
    guest.copy("one");
    expect(client.readCutText()).toEqual({ text: "one" });
    guest.copy("two");
    guest.copy("three");
    expect(client.waiting).toBe(0);
    client.accepts = true;
    drained();
    expect(client.readCutText()).toEqual({ text: "three" });
    expect(client.waiting).toBe(0);
  });

  test("may come in pieces, and with more behind it", () => {
    const bytes = Buffer.concat([says.cutText(3), Buffer.from("abc"), says.cutText(1), Buffer.from("d")]);
    for (const byte of bytes) say(Uint8Array.of(byte));
    expect([guest.pastes, guest.paste()]).toEqual([2, "d"]);
  });

  test("whose text is too long is not heard, and what follows is", () => {
    say(says.cutText(MAX + 1));
    for (let i = 0; i < 2; i++) say(new Uint8Array(MAX / 2));
    say(Uint8Array.of(0));
    expect(guest.pastes).toBe(0);
    say(Buffer.concat([says.cutText(1), Buffer.from("x")]));
    expect([guest.pastes, guest.paste()]).toEqual([1, "x"]);
  });

  test("a text that becomes too long as UTF-8 is dropped", () => {
    say(Buffer.concat([says.cutText(MAX), Buffer.alloc(MAX, 0xfc)]));
    expect(guest.pastes).toBe(0);
    say(Buffer.concat([says.cutText(MAX), Buffer.alloc(MAX, 0x61)]));
    expect(guest.paste()).toBe("a".repeat(MAX));
  });
});

describe("a viewer with the extended clipboard", () => {
  beforeEach(() => {
    ({ client, say } = join(p.ENCODING_EXTENDED_CLIPBOARD));
    const { flags, content } = client.readCutText();
    expect(flags).toBe((ACTIONS | p.CLIPBOARD_TEXT) >>> 0);
    expect(Buffer.from(content!).readUInt32BE()).toBe(MAX);
  });

  test("is asked for the text that it says it has, and provides it", () => {
    say(says.extendedCutText(p.CLIPBOARD_CAPS | p.CLIPBOARD_TEXT, new Uint8Array(4)));
    say(says.extendedCutText(p.CLIPBOARD_NOTIFY | p.CLIPBOARD_TEXT));
    expect(client.readCutText().flags).toBe(p.CLIPBOARD_REQUEST | p.CLIPBOARD_TEXT);
    say(says.provide(`${TEXT.replace("\n", "\r\n")}\0`));
    expect([guest.pastes, guest.paste()]).toEqual([1, TEXT]);
  });

  test("pastes what it provides, though the key comes before the text", () => {
    say(says.extendedCutText(p.CLIPBOARD_NOTIFY | p.CLIPBOARD_TEXT));
    say(says.key("v".charCodeAt(0), true));
    expect(guest.input).toEqual([]);
    say(says.provide("new"));
    expect(guest.input.flat().map(({ code }) => code)).toContain(47); // KEY_V
    expect(guest.paste()).toBe("new");
  });

  test("may leave its zlib stream open", () => {
    const content = Buffer.from("\0\0\0\x03abc");
    const packed = deflateSync(content, { finishFlush: constants.Z_FULL_FLUSH });
    say(says.extendedCutText(p.CLIPBOARD_PROVIDE | p.CLIPBOARD_TEXT, packed));
    expect(guest.paste()).toBe("abc");
  });

  test("may go while keys wait for its text", () => {
    say(says.extendedCutText(p.CLIPBOARD_NOTIFY | p.CLIPBOARD_TEXT));
    say(says.key("v".charCodeAt(0), true));
    share.close();
    expect(
      guest.input
        .flat()
        .filter(({ code }) => code === 47)
        .map(({ value }) => value),
    ).toEqual([1, 0]);
  });

  test("hears that there is a text, and gets it when it asks", () => {
    guest.copy(TEXT);
    expect(client.readCutText().flags).toBe(p.CLIPBOARD_NOTIFY | p.CLIPBOARD_TEXT);
    say(says.extendedCutText(p.CLIPBOARD_REQUEST | p.CLIPBOARD_TEXT));
    expect(client.readCutText().text).toBe(`${TEXT.replace("\n", "\r\n")}\0`);
  });

  test("may look whether there is one", () => {
    say(says.extendedCutText(p.CLIPBOARD_PEEK));
    expect(client.readCutText().flags).toBe(p.CLIPBOARD_NOTIFY);
    say(says.extendedCutText(p.CLIPBOARD_REQUEST | p.CLIPBOARD_TEXT)); // there is none
    expect(client.waiting).toBe(0);
  });

  test.each([
    ["text that is longer than it says", says.provide("abc", 4)],
    ["a size beyond all bounds", says.provide("abc", 0xffffffff)],
    ["no text", says.extendedCutText(p.CLIPBOARD_PROVIDE | p.CLIPBOARD_TEXT, deflateSync(Buffer.alloc(0)))],
    [
      "half a size",
      says.extendedCutText(p.CLIPBOARD_PROVIDE | p.CLIPBOARD_TEXT, deflateSync(Buffer.alloc(3))),
    ],
    [
      "what is not packed",
      says.extendedCutText(p.CLIPBOARD_PROVIDE | p.CLIPBOARD_TEXT, Buffer.from("hello")),
    ],
    ["nothing", says.extendedCutText(p.CLIPBOARD_PROVIDE | p.CLIPBOARD_TEXT)],
    ["a bomb", says.provide("x".repeat(3 * MAX))],
    ["too much", says.provide("x".repeat(MAX + 1))],
    ["another format", says.extendedCutText(p.CLIPBOARD_PROVIDE | 2, deflateSync(Buffer.alloc(9)))],
    [
      "what is no UTF-8",
      says.extendedCutText(p.CLIPBOARD_PROVIDE | 1, deflateSync(Uint8Array.of(0, 0, 0, 1, 0xff))),
    ],
    ["no flags", says.cutText(-3)],
  ])("%s is dropped", (_, bytes) => {
    say(bytes);
    if (bytes.length === 8) say(new Uint8Array(3));
    expect(guest.pastes).toBe(0);
    say(says.provide("after"));
    expect(guest.paste()).toBe("after");
  });
});

test("several viewers: the guest's text goes to all, and what one says to the guest", () => {
  const first = join();
  const second = join(p.ENCODING_EXTENDED_CLIPBOARD);
  second.client.readCutText();
  guest.copy("shared");
  expect(first.client.readCutText().text).toBe("shared");
  expect(second.client.readCutText().flags).toBe(p.CLIPBOARD_NOTIFY | p.CLIPBOARD_TEXT);
  first.say(Buffer.concat([says.cutText(2), Buffer.from("me")]));
  expect(guest.paste()).toBe("me");
});

describe("a guest", () => {
  test("without room for a text gets an empty one", () => {
    guest.device.paste("hello");
    expect([guest.paste(4), guest.paste(5)]).toEqual(["", "hello"]);
  });

  test("whose text is too long, or not in memory, has said nothing", () => {
    guest.copy("x".repeat(MAX + 1));
    expect(guest.device.clipboard).toBeUndefined();
    guest.copy("x".repeat(MAX));
    expect(guest.device.clipboard?.text).toHaveLength(MAX);
  });
});
