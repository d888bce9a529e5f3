// Viewers that say anything.
import { expect, test } from "vitest";
import { FakeScreen } from "../../../tests/support/fake-screen.ts";
import { RfbClient, says } from "../../../tests/support/rfb-client.ts";
import { SeededRandom } from "../../../tests/support/seeded-random.ts";
import { ScreenShare } from "../screen.ts";
import { RfbError } from "./errors.ts";
import * as p from "./protocol.ts";
import type { RfbSession } from "./session.ts";

const ROUNDS = 400;
const MESSAGES = 60;

/** A message that is right, mostly; and bytes that are none. */
function message(random: SeededRandom): Uint8Array {
  const rect = (): { x: number; y: number; width: number; height: number } => ({
    x: random.below(200),
    y: random.below(200),
    width: random.below(4) === 0 ? 0xffff : random.below(200),
    height: random.below(200),
  });
  const encodings = [
    0,
    6,
    16,
    -239,
    -223,
    -224,
    -258,
    -308,
    0x574d5664,
    1,
    p.ENCODING_EXTENDED_CLIPBOARD,
    7,
    -1,
  ];
  switch (random.below(12)) {
    case 0:
      return says.encodings(
        ...Array.from({ length: random.below(12) }, () => encodings[random.below(encodings.length)]!),
      );
    case 1:
      return says.pixelFormat(
        [8, 16, 32][random.below(3)]!,
        random.below(2) === 0,
        [[1, 3, 7, 255][random.below(4)]!, 3, 3],
        [random.below(8), random.below(8), random.below(8)],
        random.below(33),
      );
    case 2:
      return says.key(
        random.below(2) === 0 ? random.below(0x10000) : 0xff00 + random.below(256),
        random.below(2) === 0,
      );
    case 3:
      return says.extendedKey(random.below(0x100), random.below(0x100), random.below(2) === 0);
    case 4:
      return says.pointer(random.below(0x10000), random.below(300), random.below(256));
    case 5:
      return says.desktopSize(random.below(9000), random.below(300));
    case 6:
      return says.cutText(random.below(2) === 0 ? -random.below(2000) : random.below(2000));
    case 7:
      return says.extendedCutText(
        (1 << (24 + random.below(6))) | random.below(3),
        random.bytes(random.below(40)),
      );
    case 8:
      return says.provide(
        "x\r\n\0".repeat(random.below(9)),
        random.below(3) === 0 ? random.below(99) : undefined,
      );
    default:
      return says.request(rect(), random.below(2) === 0);
  }
}

test.each([1, 2])("cost themselves, and nothing else, seed %d", async (seed) => {
  const random = new SeededRandom(seed);
  const guest = new FakeScreen();
  const share = new ScreenShare(guest.device, guest);
  guest.setMode(160, 120);
  guest.draw(guest.whole, 1);
  const quiet = new RfbClient();
  const bystander = share.join(quiet, undefined);
  quiet.connect((bytes) => bystander.receive(bytes));
  let thrown = 0;
  let survived = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const client = new RfbClient();
    client.near = random.below(2) === 0;
    const session: RfbSession = share.join(client, random.below(4) === 0 ? "secret" : undefined);
    try {
      if (random.below(8) > 0) client.connect((bytes) => session.receive(bytes), "secret");
      for (let i = 0; i < MESSAGES; i++) {
        const bytes = message(random);
        const spoil = random.below(MESSAGES * 3) === 0;
        if (spoil) bytes[random.below(bytes.length)] = random.below(256);
        const cut = random.below(bytes.length + 1);
        session.receive(bytes.subarray(0, cut));
        session.receive(bytes.subarray(cut));
        if (random.below(6) === 0)
          guest.draw({ x: random.below(100), y: random.below(100), width: 20, height: 20 }, i);
        if (random.below(20) === 0) guest.copy("text ".repeat(random.below(5)));
        if (random.below(40) === 0) {
          guest.setMode(100 + random.below(100), 120 + random.below(100));
          guest.draw(guest.whole, 2);
        }
        client.accepts = random.below(4) > 0;
        if (client.accepts) session.drained();
        client.take(client.waiting);
      }
      survived++;
    } catch (error) {
      // What a viewer says is an RfbError, and what the test's client cannot read after it is none of ours.
      if (!(error instanceof RfbError)) throw error;
      thrown++;
    }
    share.leave(session);
    guest.input.length = 0;
    if (round % 20 === 0) await new Promise(setImmediate);
  }
  expect(thrown).toBeGreaterThan(20);
  expect(survived).toBeGreaterThan(100);
  // The one who did nothing sees the screen.
  bystander.receive(says.encodings(p.ENCODING_RAW, p.ENCODING_EXTENDED_DESKTOP_SIZE));
  bystander.receive(says.request(guest.whole));
  quiet.readUpdate();
  bystander.receive(says.request(guest.whole, false));
  expect((await quiet.nextUpdate()).reduce((sum, { width, height }) => sum + width * height, 0)).toBe(
    guest.width * guest.height,
  );
  share.close();
});

test("any bytes at all throw nothing but RfbError", () => {
  const random = new SeededRandom(9);
  const guest = new FakeScreen();
  const share = new ScreenShare(guest.device, guest);
  for (let round = 0; round < 2000; round++) {
    const session = share.join(new RfbClient(), undefined);
    try {
      if (round % 2 === 0) {
        session.receive(Buffer.from(p.VERSION));
        session.receive(Uint8Array.of(p.SECURITY_NONE, 1));
      }
      for (let i = 0; i < 20; i++) session.receive(random.bytes(random.below(40)));
    } catch (error) {
      if (!(error instanceof RfbError)) throw error;
    }
    share.leave(session);
  }
  expect(share.viewers).toBe(0);
  share.close();
});
