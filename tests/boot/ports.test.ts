// Message ports between processes in the guest, through system calls.
import { describe, expect, test } from "vitest";
import { KernelAppGuest } from "../support/kernel-app.ts";
import { lacksKvm } from "../support/kvm.ts";
import { BOOT_TIMEOUT_MS } from "../support/oscortex-command.ts";

describe.skipIf(lacksKvm())("a port", { timeout: BOOT_TIMEOUT_MS }, () => {
  const guest = new KernelAppGuest();

  test("that is full refuses a message, or lets its sender wait for room", async () => {
    expect(await guest.run("full-port")).toEqual([
      "messages of 1000 bytes: 16", // 16 x 1008 of 16384
      "one more: AGAIN",
      "a smaller one: 0",
      "a sender waits in call: 81",
      "received: 1000",
      "the sender ended with: 0",
      "messages left: 17",
      "one more: AGAIN",
    ]);
  });

  test("carries handles, which the receiver has then, and the sender no more", async () => {
    expect(await guest.run("passed-handles")).toEqual([
      "sent: 0",
      "read by who has sent it: BADF",
      "closed by who has sent it: BADF",
      "sent by who has sent it: BADF",
      "the receiver read: what the file says",
      "handles that came back: 1",
      "sought: 5",
      "read: 4",
      "an end sent: 0",
      "from that end: through the end that came",
      "the receiver ended with: 0",
      "then, from that end: CLOSED",
    ]);
  });

  test("whose end goes wakes who waits at the other", async () => {
    expect(await guest.run("closed-end")).toEqual([
      "a receiver waits in call: 82",
      "the other end closed, it got: 15", // CLOSED, as an exit status
      "a sender waits in call: 81",
      "the other end closed, it got: 15",
      "a poller waits in call: 64",
      "the other end closed, it saw: 5", // POLL_READ | POLL_CLOSED
      "received from who was killed meanwhile: CLOSED",
      "the killer ended with: 0",
    ]);
  });

  test("has what a dead process has sent, a handle among it", async () => {
    expect(await guest.run("dead-sender")).toEqual([
      expect.stringMatching(/^the sender ended with: 2\d\d$/), // STATUS_TRAPPED
      "first one",
      "second two, with a file: what the dead one had",
      "third three",
      "then: CLOSED",
      "sent to the dead: CLOSED",
    ]);
  });

  test("with a name is found by it, by whoever may, as long as who offers it lives", async () => {
    expect(await guest.run("named-port")).toEqual([
      "connected before it is offered: NOENT",
      "the service: is offered",
      "offered again by another: EXIST",
      "offered without a name: INVAL",
      "on the first: one, answered",
      "on the second: two, answered",
      "the service ended with: 0",
      "then, on the first: CLOSED",
      "connected when it is gone: NOENT",
      "offered then: by who wants to",
    ]);
  });

  test("loses, changes, joins and reorders none of 2,000 messages", async () => {
    const [sent = "", received, ended] = await guest.run("many-messages");
    expect(sent).toMatch(/^sent 2000 [0-9a-f]+$/);
    expect([received, ended]).toEqual([sent.replace("sent", "received"), "the receiver ended with: 0"]);
  });
});
