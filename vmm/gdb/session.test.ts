import { expect, test } from "vitest";
import { RecordingTarget } from "../../tests/support/gdb-target.ts";
import { SeededRandom } from "../../tests/support/seeded-random.ts";
import { encodePacket, MAX_PACKET } from "./packet.ts";
import { parseGdbAddress } from "./server.ts";
import { GdbSession } from "./session.ts";

function conversation() {
  const target = new RecordingTarget();
  let sent = "";
  const session = new GdbSession(target, (bytes) => (sent += Buffer.from(bytes).toString("latin1")));
  const take = (): string => {
    const text = sent;
    sent = "";
    return text;
  };
  const ask = (data: string): string => {
    session.receive(encodePacket(data));
    const reply = take();
    return reply.replace(/^\+/, "").replace(/^\$(.*)#..$/s, "$1");
  };
  return { target, session, ask, take };
}

test("acknowledges packets until it is told not to", () => {
  const { session, take } = conversation();
  session.receive(encodePacket("QStartNoAckMode"));
  expect(take()).toBe("+$OK#9a");
  session.receive(encodePacket("qC"));
  expect(take()).toBe("$QC3#c7");
});

test("asks again for a damaged packet, and repeats its own", () => {
  const { session, take } = conversation();
  session.receive(Buffer.from("$qC#00"));
  expect(take()).toBe("-");
  session.receive(encodePacket("qC"));
  take();
  session.receive(Buffer.from("-"));
  expect(take()).toBe("$QC3#c7");
});

test.each([
  ["vMustReplyEmpty", ""],
  ["qC", "QC3"],
  ["?", "T05thread:3;"],
  ["qfThreadInfo", "m3,10000"],
  ["qsThreadInfo", "l"],
  ["qThreadExtraInfo,3", Buffer.from("org.example.<app>").toString("hex")],
  ["T3", "OK"],
  ["T4", "E03"],
  ["Hg4", "E03"],
  ["Hg3", "OK"],
  ["m1000,4", "00000000"],
  ["m1fff,4", "00"],
  ["mfff,4", "E0e"],
  ["mzz,4", "E16"],
  ["m1000", "E16"],
  ["M1ffe,3:010203", "E0e"],
  ["M1000,3:0102", "E16"],
  ["p10", "3412000000000000"],
  ["pff", "E16"],
  ["P10=aa", "E16"],
  ["Z1,1000,1", ""],
  ["Z5,1000,1", ""],
  ["Z2,1000,4", "OK"],
  ["z4,1000,4", "OK"],
  ["Z2,1000", "E16"],
  ["Z0,zz,1", "E16"],
  ["vCont;", "E16"],
  ["vCont;x", "E16"],
  ["vCont;s:3;x", "E16"],
  ["vCont;r10:3", "E16"],
  ["vCont;r,10:3", "E16"],
  ["qXfer:exec-file:read:1:0,100", "l/a/kernel.elf"],
  ["qXfer:exec-file:read::3,2", "mke"],
  ["qXfer:libraries:read::0,10", "m<library-list><l"],
  ["qRcmd,7073", Buffer.from("did ps").toString("hex")],
])("answers %s with %s", (question, reply) => {
  expect(conversation().ask(question)).toBe(reply);
});

test("escapes names in documents", () => {
  expect(conversation().ask("qXfer:threads:read::0,fff")).toContain('name="org.example.&lt;app>"');
});

test("writes memory as hex and as bytes", () => {
  const { ask, target } = conversation();
  expect(ask("M1000,2:abcd")).toBe("OK");
  expect(ask("X1002,4:$#}*")).toBe("OK");
  expect(Buffer.from(target.memory.subarray(0, 6)).toString("latin1")).toBe("\xab\xcd$#}*");
});

test("writes what it has read of the registers", () => {
  const { ask, target } = conversation();
  const all = ask("g");
  expect(all).toHaveLength(2 * (17 * 8 + 4 + 6 * 4 + 8 * 10 + 8 * 4 + 16 * 16 + 4));
  target.cpu.fpu![512] = 3; // x87 and SSE in use
  const before = structuredClone(target.cpu);
  expect(ask(`G${all}`)).toBe("OK");
  expect(target.cpu).toEqual(before);
  expect(ask("P0=0807060504030201")).toBe("OK");
  expect(target.cpu.registers.rax).toBe(0x0102030405060708n);
  expect(ask(`P28=${"5a".repeat(16)}`)).toBe("OK");
  expect(ask("p28")).toBe("5a".repeat(16));
});

test("says when the guest stops, once, and that it ended", () => {
  const { ask, session, take, target } = conversation();
  session.stopped();
  expect(take()).toBe("");
  expect(ask("vCont;s:3;c")).toBe("");
  session.stopped();
  expect(take()).toBe(encodePacket("T05thread:3;").toString());
  session.stopped();
  expect(take()).toBe("");
  ask("c");
  session.exited(7);
  expect(take()).toBe(encodePacket("W07").toString());
  expect(session.over).toBe(true);
  expect(target.log).toEqual(["step", "continue"]);
});

test("pauses for an interrupt byte, and clears up when the debugger detaches", () => {
  const { ask, session, target } = conversation();
  session.receive(Uint8Array.of(3));
  expect(ask("Z0,1000,1")).toBe("OK");
  expect(ask("z0,1000,1")).toBe("OK");
  expect(ask("D")).toBe("OK");
  expect(session.over).toBe(true);
  expect(target.log).toEqual(["pause", "insert 4096", "remove 4096", "clear", "continue"]);
});

test("any bytes are answered or ignored, never more", () => {
  const random = new SeededRandom(1);
  const letters = "?gGpPmMXcCsSvContHTDkqZz0123456789abcdef,:;=#$}*-+";
  const { session } = conversation();
  for (let i = 0; i < 20_000; i++) {
    const length = random.below(24);
    const text = Array.from({ length }, () => letters[random.below(letters.length)]).join("");
    session.receive(i % 2 === 0 ? encodePacket(text) : Buffer.from(text));
  }
});

test("a packet that is too long costs only itself", () => {
  const { session, take, ask } = conversation();
  session.receive(encodePacket("m".repeat(2 * MAX_PACKET)));
  expect(take()).toBe("-");
  expect(ask("qC")).toBe("QC3");
});

test.each([
  ["1234", { host: "127.0.0.1", port: 1234 }],
  [":1", { host: "127.0.0.1", port: 1 }],
  ["0.0.0.0:65535", { host: "0.0.0.0", port: 65535 }],
  ["/run/gdb", { path: "/run/gdb" }],
  ["./gdb", { path: "./gdb" }],
  ["65536", undefined],
  ["gdb", undefined],
  ["", undefined],
])("the address %s", (text, address) => {
  expect(parseGdbAddress(text)).toEqual(address);
});
