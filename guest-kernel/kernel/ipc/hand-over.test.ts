// Messages to a process that waits for them: they do not go through the queue, and nobody can tell. And port_call, which is
// made for that.
import { beforeAll, describe, expect, test } from "vitest";
import { compileKernel, type ScriptedProcess } from "../../../tests/support/kernel-machine.ts";
import { load, rest, type Steps } from "../../../tests/support/kernel-world.ts";
import { SeededRandom } from "../../../tests/support/seeded-random.ts";
import { E_BADF, E_CLOSED, E_FAULT, E_INVAL, E_MSGSIZE } from "../../abi/errors.ts";
import { POLL_READ } from "../../abi/poll.ts";
import { PORT_HEADER, PORT_MESSAGE_MAX, PORT_QUEUE_BYTES } from "../../abi/port.ts";

const MILLISECOND = 1_000_000n;
const HANDLES = 0x100;
const NAME = 0x200;
const BUFFER = 0x2ff0; // crosses a page soon
const REPLY = 0x6001;

beforeAll(compileKernel, 60_000);

function* name(p: ScriptedProcess, call: "sysPortRegister" | "sysPortConnect"): Steps<number> {
  return yield* p.call(call, NAME, p.write(NAME, "peer"));
}

function* send(p: ScriptedProcess, port: number, text: string, at = BUFFER): Steps<number> {
  return yield* p.call("sysPortSend", port, at, p.write(at, text), 0, 0);
}

/** The text of the next message, or -E_*, and what the call says of handles. */
function* receive(
  p: ScriptedProcess,
  port: number,
  capacity = PORT_MESSAGE_MAX,
  count = 0,
  at = BUFFER,
): Steps<[number | string, number[]]> {
  p.write(HANDLES, new Uint8Array(8 * 4).fill(7));
  const length = yield* p.call("sysPortReceive", port, at, capacity, HANDLES, count);
  const numbers = Array.from({ length: 8 }, (_, i) => p.word(HANDLES + 4 * i));
  return [length < 0 ? length : p.text(at, length), numbers.slice(0, count)];
}

/** Init has one end of a port, its child the other, and begins when the child waits: what each found. */
async function between<A, B>(
  ours: (p: ScriptedProcess, port: number) => Steps<A>,
  theirs: (p: ScriptedProcess, port: number) => Steps<B>,
): Promise<[A, B]> {
  let first: A[] = [];
  let second: B[] = [];
  const machine = await load({
    *init(p) {
      const service = yield* name(p, "sysPortRegister");
      const pid = yield* p.spawn("/bin/child");
      yield* p.call("sysPortReceive", service, BUFFER, 0, HANDLES, 1);
      const port = p.word(HANDLES);
      yield* p.call("sysSleep", MILLISECOND);
      first = [yield* ours(p, port)];
      yield* p.call("sysClose", port);
      yield* p.wait(pid);
      yield* rest(p);
    },
    *child(p) {
      second = [yield* theirs(p, yield* name(p, "sysPortConnect"))];
    },
  });
  expect(machine.boot().reason).toBe("idle");
  expect([first.length, second.length]).toEqual([1, 1]);
  expect(machine.call("portCount")).toBe(1); // the name's
  return [first[0]!, second[0]!];
}

test.each([0, 1, 8, 15, 16, 17, 5000, PORT_MESSAGE_MAX])(
  "%i bytes come whole, and take no memory for a queue",
  async (length) => {
    const text = "0123456789abcde".repeat(1000).slice(0, length);
    const [found, got] = await between(
      function* (p, port) {
        const before = p.machine.call("framesFreeCount");
        const sent = yield* send(p, port, text, 0x5ff7);
        return [sent, before - p.machine.call("framesFreeCount")];
      },
      function* (p, port) {
        return yield* receive(p, port);
      },
    );
    expect(found).toEqual([0, 0]);
    expect(got).toEqual([text, []]);
  },
);

test("who would take handles hears that there are none", async () => {
  const [, got] = await between(
    function* (p, port) {
      return yield* send(p, port, "x");
    },
    function* (p, port) {
      return yield* receive(p, port, 1, 3);
    },
  );
  expect(got).toEqual(["x", [-1, -1, -1]]);
});

test("who has less room is told, and the message stays", async () => {
  const [sent, got] = await between(
    function* (p, port) {
      return yield* send(p, port, "four");
    },
    function* (p, port) {
      return [yield* receive(p, port, 3), yield* receive(p, port, 4)];
    },
  );
  expect(sent).toBe(0);
  expect(got).toEqual([
    [-E_MSGSIZE, []],
    ["four", []],
  ]);
});

test("who waits by read or poll is served, too", async () => {
  const [, got] = await between(
    function* (p, port) {
      yield* send(p, port, "to read");
      yield* p.call("sysSleep", MILLISECOND);
      yield* send(p, port, "to poll");
      return 0;
    },
    function* (p, port) {
      const length = yield* p.call("sysRead", port, BUFFER, 100);
      const read = p.text(BUFFER, length);
      p.write(BUFFER, new Uint8Array(Int32Array.of(port, POLL_READ).buffer));
      const ready = yield* p.call("sysPoll", BUFFER, 1, -1n);
      return [read, ready, yield* receive(p, port)];
    },
  );
  expect(got).toEqual(["to read", 1, ["to poll", []]]);
});

test("those that wait for one end are served in turn", async () => {
  const got: string[] = [];
  const machine = await load({
    *init(p) {
      yield* p.call("sysPortPair", HANDLES);
      const [ours, theirs] = [p.word(HANDLES), p.word(HANDLES + 4)];
      const service = yield* name(p, "sysPortRegister");
      for (let i = 0; i < 3; i++) {
        yield* p.spawn("/bin/child", [`${i}`]);
        yield* p.call("sysPortReceive", service, BUFFER, 0, HANDLES, 1);
        const connection = p.word(HANDLES);
        const copy = yield* p.call("sysDuplicate", theirs);
        p.write(HANDLES, new Uint8Array(Int32Array.of(copy).buffer));
        expect(yield* p.call("sysPortSend", connection, BUFFER, 0, HANDLES, 1)).toBe(0);
        yield* p.call("sysSleep", MILLISECOND);
      }
      for (let i = 0; i < 7; i++) yield* send(p, ours, `message ${i}`);
      yield* p.call("sysSleep", MILLISECOND);
      yield* rest(p);
    },
    *child(p) {
      const [number = ""] = yield* p.args();
      const connection = yield* name(p, "sysPortConnect");
      yield* p.call("sysPortReceive", connection, BUFFER, 0, HANDLES, 1);
      const port = p.word(HANDLES);
      for (let i = 0; i < 2; i++) got.push(`${number}: ${(yield* receive(p, port))[0]}`);
    },
  });
  machine.boot();
  // Three go to who waits, before any of them runs; the others to who comes back first.
  expect(got.toSorted()).toEqual([
    "0: message 0",
    "0: message 3",
    "1: message 1",
    "1: message 4",
    "2: message 2",
    "2: message 5",
  ]);
});

test.each([1, 2, 3])("a stream of messages stays in order while both sides wait, seed %i", async (seed) => {
  const random = new SeededRandom(seed);
  const texts = Array.from({ length: 200 }, (_, i) => `${i}`.padEnd(random.below(4000), "."));
  const pauses = texts.map(() => random.below(4) === 0);
  const [, got] = await between(
    function* (p, port) {
      for (const [i, text] of texts.entries()) {
        if (pauses[i] === true) yield* p.call("sysSleep", MILLISECOND);
        expect(yield* send(p, port, text)).toBe(0);
      }
      return 0;
    },
    function* (p, port) {
      const seen: (number | string)[] = [];
      for (let i = 0; i < texts.length; i++) {
        if (pauses[(i * 7) % texts.length] === true) yield* p.call("sysSleep", MILLISECOND);
        seen.push((yield* receive(p, port))[0]);
      }
      return seen;
    },
  );
  expect(got).toEqual(texts);
});

/** What port_call brings, or -E_*. */
function* ask(
  p: ScriptedProcess,
  port: number,
  text: string,
  capacity = PORT_MESSAGE_MAX,
): Steps<number | string> {
  const length = yield* p.call("sysPortCall", port, BUFFER, p.write(BUFFER, text), REPLY, capacity);
  return length < 0 ? length : p.text(REPLY, length);
}

describe("port_call", () => {
  test("asks, and answers", async () => {
    const [answers, questions] = await between(
      function* (p, port) {
        const seen: (number | string)[] = [];
        for (const question of ["one", "", "x".repeat(PORT_MESSAGE_MAX)])
          seen.push(yield* ask(p, port, question));
        return seen;
      },
      function* (p, port) {
        let [question] = yield* receive(p, port);
        const seen = [question];
        while (typeof question === "string") {
          question = yield* ask(p, port, `${question.length} bytes`);
          seen.push(question);
        }
        return seen;
      },
    );
    expect(answers).toEqual(["3 bytes", "0 bytes", "8192 bytes"]);
    expect(questions).toEqual(["one", "", "x".repeat(PORT_MESSAGE_MAX), -E_CLOSED]);
  });

  test("waits for room first", async () => {
    const half = "h".repeat(PORT_QUEUE_BYTES / 2 - PORT_HEADER);
    const [answer, got] = await between(
      function* (p, port) {
        for (let i = 0; i < 2; i++) yield* send(p, port, half);
        return yield* ask(p, port, "question");
      },
      function* (p, port) {
        yield* p.call("sysSleep", 2n * MILLISECOND);
        const seen: (number | string)[] = [];
        for (let i = 0; i < 3; i++) seen.push((yield* receive(p, port))[0]);
        yield* send(p, port, "answer");
        return seen;
      },
    );
    expect(got).toEqual([half, half, "question"]);
    expect(answer).toBe("answer");
  });

  test("takes what has come already", async () => {
    const [answer, got] = await between(
      function* (p, port) {
        yield* p.call("sysSleep", 2n * MILLISECOND);
        return yield* ask(p, port, "question");
      },
      function* (p, port) {
        yield* send(p, port, "early");
        return (yield* receive(p, port))[0];
      },
    );
    expect([answer, got]).toEqual(["early", "question"]);
  });

  test("leaves an answer that is too long, or has handles", async () => {
    const [found] = await between(
      function* (p, port) {
        const long = yield* ask(p, port, "a", 3);
        const whole = (yield* receive(p, port, 4))[0];
        const handles = yield* ask(p, port, "b");
        return [long, whole, handles, (yield* receive(p, port, 1, 1))[0]];
      },
      function* (p, port) {
        yield* receive(p, port);
        yield* ask(p, port, "long");
        const copy = yield* p.call("sysDuplicate", 1);
        p.write(HANDLES, new Uint8Array(Int32Array.of(copy).buffer));
        yield* p.call("sysPortSend", port, BUFFER, 0, HANDLES, 1);
        return yield* receive(p, port);
      },
    );
    expect(found).toEqual([-E_MSGSIZE, "long", -E_MSGSIZE, ""]);
  });

  test.each(["with room", "without"])("hears that the other side goes, %s", async (room) => {
    const half = "h".repeat(PORT_QUEUE_BYTES / 2 - PORT_HEADER);
    const [found] = await between(
      function* (p, port) {
        if (room === "without") for (let i = 0; i < 2; i++) yield* send(p, port, half);
        return [yield* ask(p, port, "x"), yield* ask(p, port, "x")];
      },
      function* (p) {
        yield* p.call("sysSleep", 2n * MILLISECOND);
        return 0;
      },
    );
    expect(found).toEqual([-E_CLOSED, -E_CLOSED]);
  });

  test("refuses what is wrong with its arguments", async () => {
    const [found] = await between(
      function* (p, port) {
        const calls = [
          [40, 0, 0, 0, 0],
          [1, 0, 0, 0, 0],
          [port, 0, PORT_MESSAGE_MAX + 1, 0, 0],
          [port, 0xffff, 2, 0, 0],
          [port, 0, 0, 0xfff0, 17],
        ];
        const seen: number[] = [];
        for (const args of calls) seen.push(yield* p.call("sysPortCall", ...args));
        return seen;
      },
      function* (p, port) {
        return (yield* receive(p, port))[0];
      },
    );
    expect(found).toEqual([-E_BADF, -E_BADF, -E_INVAL, -E_FAULT, -E_FAULT]);
  });
});
