// Message ports: what comes out is what went in, in order, with its handles, and an end is seen.
import { beforeAll, describe, expect, test } from "vitest";
import {
  compileKernel,
  type KernelMachine,
  type ScriptedProcess,
} from "../../../tests/support/kernel-machine.ts";
import { forever, load, rest, type Steps } from "../../../tests/support/kernel-world.ts";
import { SeededRandom } from "../../../tests/support/seeded-random.ts";
import { CAP_ALL, CAP_SERVICES } from "../../abi/capabilities.ts";
import {
  E_AGAIN,
  E_BADF,
  E_BUSY,
  E_CLOSED,
  E_EXIST,
  E_FAULT,
  E_INVAL,
  E_LIMIT,
  E_MSGSIZE,
  E_NOENT,
} from "../../abi/errors.ts";
import { PORT_MESSAGE_MAX, PORT_NAMES_MAX, PORT_NOWAIT, PORT_QUEUE_BYTES } from "../../abi/port.ts";

const SECOND = 1_000_000_000n;
const HANDLES = 0x100;
const BUFFER = 0x2ff0; // crosses a page soon

beforeAll(compileKernel, 60_000);

function* pair(p: ScriptedProcess): Steps<[number, number]> {
  expect(yield* p.call("sysPortPair", HANDLES)).toBe(0);
  return [p.word(HANDLES), p.word(HANDLES + 4)];
}

function* send(
  p: ScriptedProcess,
  port: number,
  text: string,
  handles: number[] = [],
  flags = 0,
): Steps<number> {
  p.write(HANDLES, new Uint8Array(Int32Array.from(handles).buffer));
  return yield* p.call("sysPortSend", port, BUFFER, p.write(BUFFER, text), HANDLES, handles.length | flags);
}

/** The text and the handles of the next message, or -E_*. */
function* receive(p: ScriptedProcess, port: number, flags = 0): Steps<number | [string, number[]]> {
  const length = yield* p.call("sysPortReceive", port, BUFFER, PORT_MESSAGE_MAX, HANDLES, 8 | flags);
  if (length < 0) return length;
  const handles = Array.from({ length: 8 }, (_, i) => p.word(HANDLES + 4 * i)).filter(
    (handle) => handle >= 0,
  );
  return [p.text(BUFFER, length), handles];
}

function* name(p: ScriptedProcess, call: "sysPortRegister" | "sysPortConnect", text: string): Steps<number> {
  return yield* p.call(call, BUFFER, p.write(BUFFER, text));
}

/** Boots with init doing this; what it found, and the machine. */
async function init<T>(
  steps: (p: ScriptedProcess) => Steps<T>,
  child?: (p: ScriptedProcess) => Steps,
  capabilities = CAP_ALL,
): Promise<{ found: T; machine: KernelMachine }> {
  let found: T[] = [];
  const machine = await load({
    capabilities,
    *init(p) {
      found = [yield* steps(p)];
      yield* rest(p);
    },
    ...(child && { child }),
  });
  expect(machine.boot().reason).toBe("idle");
  expect(found).toHaveLength(1);
  return { found: found[0]!, machine };
}

describe("a port", () => {
  test("carries messages both ways, in order and apart", async () => {
    const { found } = await init(function* (p) {
      const [a, b] = yield* pair(p);
      const seen: unknown[] = [a, b];
      for (const text of ["one", "", "drei ß", "x".repeat(PORT_MESSAGE_MAX - 100)])
        seen.push(yield* send(p, a, text));
      seen.push(yield* send(p, b, "back"));
      for (let i = 0; i < 3; i++) seen.push(yield* receive(p, b));
      seen.push(Array.isArray(yield* receive(p, b)), yield* receive(p, a));
      return seen;
    });
    expect(found).toEqual([3, 4, 0, 0, 0, 0, 0, ["one", []], ["", []], ["drei ß", []], true, ["back", []]]);
  });

  test("does not wait when it is told not to", async () => {
    const { found } = await init(function* (p) {
      const [a, b] = yield* pair(p);
      const seen: unknown[] = [yield* receive(p, b, PORT_NOWAIT)];
      const most = "m".repeat(PORT_MESSAGE_MAX);
      for (let i = 0; i < 2; i++) seen.push(yield* send(p, a, most, [], PORT_NOWAIT));
      return seen;
    });
    expect(found).toEqual([-E_AGAIN, 0, -E_AGAIN]);
  });

  test.each([0, 1, 8, 9, 1000, PORT_MESSAGE_MAX])(
    "holds as many messages of %i bytes as its queue has room for",
    async (bytes) => {
      const { found } = await init(function* (p) {
        const [a] = yield* pair(p);
        let count = 0;
        while ((yield* send(p, a, "b".repeat(bytes), [], PORT_NOWAIT)) === 0) count++;
        return count;
      });
      expect(found).toBe(Math.floor(PORT_QUEUE_BYTES / (8 + Math.ceil(bytes / 8) * 8)));
    },
  );

  test("makes the receiver wait for a message and the sender for room", async () => {
    const log: string[] = [];
    const text = "t".repeat(PORT_MESSAGE_MAX);
    const { found } = await init(
      function* (p) {
        const port = yield* name(p, "sysPortRegister", "sink");
        yield* p.spawn("/bin/child");
        const message = yield* receive(p, port);
        const [connection] = (message as [string, number[]])[1];
        yield* p.call("sysSleep", SECOND);
        log.push("receives");
        for (let i = 0; i < 5; i++) expect(yield* receive(p, connection!)).toEqual([text, []]);
        return yield* receive(p, connection!);
      },
      function* (p) {
        const port = yield* name(p, "sysPortConnect", "sink");
        for (let i = 0; i < 5; i++) {
          expect(yield* send(p, port, text)).toBe(0);
          log.push(`sent ${i}`);
        }
      },
    );
    expect(log[0]).toBe("sent 0");
    expect(log[1]).toBe("receives");
    expect(found).toBe(-E_CLOSED);
  });

  test("tells both sides that the other has gone, after what came before", async () => {
    const { found } = await init(function* (p) {
      const [a, b] = yield* pair(p);
      yield* send(p, a, "last");
      yield* p.call("sysClose", a);
      return [yield* send(p, b, "x"), yield* receive(p, b), yield* receive(p, b), yield* receive(p, b)];
    });
    expect(found).toEqual([-E_CLOSED, ["last", []], -E_CLOSED, -E_CLOSED]);
  });

  test("wakes who waits when the other side dies", async () => {
    const { found } = await init(
      function* (p) {
        const port = yield* name(p, "sysPortRegister", "doomed");
        const pid = yield* p.spawn("/bin/child");
        const [, [connection]] = (yield* receive(p, port)) as [string, number[]];
        yield* p.spawn("/bin/other");
        yield* p.call("sysKill", pid);
        return [yield* receive(p, connection!), (yield* p.wait(pid))[0] === pid];
      },
      function* (p) {
        yield* name(p, "sysPortConnect", "doomed");
        yield* forever(p);
      },
    );
    expect(found).toEqual([-E_CLOSED, true]);
  });

  test("keeps a message that does not fit", async () => {
    const { found } = await init(function* (p) {
      const [a, b] = yield* pair(p);
      const [c] = yield* pair(p);
      yield* send(p, a, "long", [c]);
      return [
        yield* p.call("sysPortReceive", b, BUFFER, 3, HANDLES, 1),
        yield* p.call("sysPortReceive", b, BUFFER, 4, HANDLES, 0),
        yield* receive(p, b),
      ];
    });
    expect(found).toEqual([-E_MSGSIZE, -E_MSGSIZE, ["long", [5]]]);
  });

  test.each([
    ["a handle that is none", "sysPortSend", [9, 0, 0, 0, 0], -E_BADF],
    ["a handle of something else", "sysPortSend", [1, 0, 0, 0, 0], -E_BADF],
    ["a negative handle", "sysPortReceive", [-1, 0, 0, 0, 0], -E_BADF],
    ["a message past the memory", "sysPortSend", [3, 0xffff, 2, 0, 0], -E_FAULT],
    ["too long a message", "sysPortSend", [3, 0, PORT_MESSAGE_MAX + 1, 0, 0], -E_MSGSIZE],
    ["handles past the memory", "sysPortSend", [3, 0, 0, 0xfffe, 1], -E_FAULT],
    ["too many handles", "sysPortSend", [3, 0, 0, 0, 9], -E_INVAL],
    ["an unknown flag", "sysPortSend", [3, 0, 0, 0, 0x200], -E_INVAL],
    ["an unknown flag", "sysPortReceive", [3, 0, 0, 0, 0x80000000], -E_INVAL],
    ["a buffer past the memory", "sysPortReceive", [3, 0xfff0, 17, 0, 0], -E_FAULT],
    ["room for handles past the memory", "sysPortReceive", [3, 0, 0, 0xfff0, 8], -E_FAULT],
    ["two handles past the memory", "sysPortPair", [0xfffc], -E_FAULT],
  ])("refuses %s: %s", async (_, call, args, expected) => {
    const { found } = await init(function* (p) {
      yield* pair(p);
      return yield* p.call(call, ...args);
    });
    expect(found).toBe(expected);
  });

  test("reads and writes as a stream, to its end", async () => {
    const { found } = await init(function* (p) {
      const [a, b] = yield* pair(p);
      const seen: unknown[] = [yield* p.call("sysWrite", a, BUFFER, p.write(BUFFER, "hello world"))];
      yield* send(p, a, "");
      yield* send(p, a, "!");
      yield* p.call("sysClose", a);
      for (let i = 0; i < 5; i++) {
        const length = yield* p.call("sysRead", b, BUFFER, 5);
        seen.push(p.text(BUFFER, length));
      }
      seen.push(yield* p.call("sysWrite", b, BUFFER, 1));
      return seen;
    });
    expect(found).toEqual([11, "hello", " worl", "d", "!", "", -E_CLOSED]);
  });

  test.each([1, 2, 3, 4])(
    "agrees with a model over random operations, seed %i",
    async (seed) => {
      const { machine } = await init(function* (p) {
        const random = new SeededRandom(seed);
        const ends = yield* pair(p);
        const queues: string[][] = [[], []]; // to the second, to the first
        const size = (text: string): number => 8 + Math.ceil(text.length / 8) * 8;
        for (let step = 0; step < 600; step++) {
          const side = random.below(2);
          const queue = queues[side]!;
          if (random.below(2) === 0) {
            const text = String(step).padEnd(random.below(random.below(2) === 0 ? 40 : 3000), "-");
            const used = queue.reduce((sum, message) => sum + size(message), 0);
            const fits = used + size(text) <= PORT_QUEUE_BYTES;
            expect(yield* send(p, ends[side]!, text, [], PORT_NOWAIT)).toBe(fits ? 0 : -E_AGAIN);
            if (fits) queue.push(text);
          } else {
            const got = yield* receive(p, ends[1 - side]!, PORT_NOWAIT);
            const expected = queue.shift();
            expect(got).toEqual(expected === undefined ? -E_AGAIN : [expected, []]);
          }
        }
      });
      expect(machine.call("portCount")).toBe(2);
    },
    20_000,
  );
});

describe("handles in messages", () => {
  test("belong to the receiver then, and are still what they were", async () => {
    const { found } = await init(
      function* (p) {
        const port = yield* name(p, "sysPortRegister", "files");
        yield* p.spawn("/bin/child");
        const [, [connection]] = (yield* receive(p, port)) as [string, number[]];
        const file = yield* p.call("sysOpen", BUFFER, p.write(BUFFER, "/sys/proc/list"));
        yield* p.call("sysRead", file, BUFFER, 6);
        yield* send(p, connection!, "a file", [file]);
        return [yield* p.call("sysRead", file, BUFFER, 1), yield* receive(p, connection!)];
      },
      function* (p) {
        const port = yield* name(p, "sysPortConnect", "files");
        const [, [file]] = (yield* receive(p, port)) as [string, number[]];
        const length = yield* p.call("sysRead", file!, BUFFER, 5);
        yield* send(p, port, p.text(BUFFER, length));
      },
    );
    expect(found).toEqual([-E_BADF, [" PPID", []]]);
  });

  test.each([
    ["one that is none", [40], -E_BADF],
    ["one twice", [5, 5], -E_INVAL],
    ["the end that it goes to", [4], -E_INVAL],
  ])("of %s are refused", async (_, handles, expected) => {
    const { found } = await init(function* (p) {
      yield* pair(p);
      yield* pair(p);
      return [yield* send(p, 3, "x", handles), yield* receive(p, 4, PORT_NOWAIT)];
    });
    expect(found).toEqual([expected, -E_AGAIN]);
  });

  test("that are ends with handles in their queues are refused", async () => {
    const { found } = await init(function* (p) {
      const [a, b] = yield* pair(p); // 3 4
      const [c, d] = yield* pair(p); // 5 6
      const [e] = yield* pair(p); // 7 8
      yield* send(p, c, "to d", [e]);
      const busy = yield* send(p, a, "x", [d]);
      yield* receive(p, d);
      return [busy, yield* send(p, a, "x", [d]), yield* receive(p, b)];
    });
    expect(found).toEqual([-E_BUSY, 0, ["x", [6]]]);
  });

  test("for an end that is under way wait until it has been received", async () => {
    const { found } = await init(function* (p) {
      const [a, b] = yield* pair(p);
      const [c, d] = yield* pair(p);
      yield* send(p, a, "d", [d]);
      const plain = yield* send(p, c, "no handles", [], PORT_NOWAIT);
      const [e] = yield* pair(p);
      const early = yield* send(p, c, "x", [e], PORT_NOWAIT);
      yield* receive(p, b);
      return [plain, early, yield* send(p, c, "x", [e], PORT_NOWAIT)];
    });
    expect(found).toEqual([0, -E_AGAIN, 0]);
  });

  test("leave nothing behind when nobody receives them", async () => {
    const free: number[] = [];
    const { machine } = await init(function* (p) {
      for (let round = 0; round < 200; round++) {
        const [a, b] = yield* pair(p);
        const [c, d] = yield* pair(p);
        const file = yield* p.call("sysOpen", BUFFER, p.write(BUFFER, "/sys/mem"));
        expect(yield* send(p, a, "x", [d, file])).toBe(0);
        expect(yield* send(p, c, "under way", [])).toBe(0);
        for (const handle of round % 2 === 0 ? [a, b, c] : [c, b, a]) yield* p.call("sysClose", handle);
        if (round % 50 === 49) free.push(p.machine.call("framesFreeCount"), p.machine.call("portCount"));
      }
    });
    expect(machine.call("portCount")).toBe(0);
    expect(new Set(free).size).toBe(2);
  });

  test("do not fit into a process that has no more room", async () => {
    const { found } = await init(function* (p) {
      const [a, b] = yield* pair(p);
      const [c, d] = yield* pair(p);
      yield* send(p, a, "x", [c, d]);
      for (let i = 0; i < 59; i++) yield* p.call("sysDuplicate", 1);
      const full = yield* p.call("sysDuplicate", 1);
      const full2 = yield* p.call("sysDuplicate", 1);
      const refused = yield* receive(p, b);
      yield* p.call("sysClose", 20);
      yield* p.call("sysClose", 21);
      return [full > 0, full2, refused, yield* receive(p, b)];
    });
    expect(found).toEqual([false, -E_LIMIT, -E_LIMIT, ["x", [20, 21]]]);
  });
});

describe("duplicates", () => {
  test("of an end keep it until the last is closed", async () => {
    const { found } = await init(function* (p) {
      const [a, b] = yield* pair(p);
      const c = yield* p.call("sysDuplicate", a);
      yield* p.call("sysClose", a);
      const sent = yield* send(p, c, "still");
      yield* p.call("sysClose", c);
      return [sent, yield* receive(p, b), yield* receive(p, b)];
    });
    expect(found).toEqual([0, ["still", []], -E_CLOSED]);
  });

  test("of a file have one position", async () => {
    const { found } = await init(function* (p) {
      const file = yield* p.call("sysOpen", BUFFER, p.write(BUFFER, "/sys/proc/list"));
      const second = yield* p.call("sysDuplicate", file);
      yield* p.call("sysRead", file, BUFFER, 7);
      yield* p.call("sysClose", file);
      const length = yield* p.call("sysRead", second, BUFFER, 4);
      return [p.text(BUFFER, length), yield* p.call("sysDuplicate", file)];
    });
    expect(found).toEqual(["PPID", -E_BADF]);
  });
});

describe("names", () => {
  test("connect who wants a service with who offers it", async () => {
    const { found } = await init(
      function* (p) {
        const port = yield* name(p, "sysPortRegister", "org.test.echo");
        for (let i = 0; i < 3; i++) yield* p.spawn("/bin/child", [String(i)]);
        for (let i = 0; i < 3; i++) {
          const [text, [connection]] = (yield* receive(p, port)) as [string, number[]];
          expect(text).toBe("");
          const [question] = (yield* receive(p, connection!)) as [string, number[]];
          yield* send(p, connection!, `${question}!`);
          yield* p.call("sysClose", connection!);
        }
        const statuses: number[] = [];
        for (let i = 0; i < 3; i++) statuses.push((yield* p.wait())[1]);
        return statuses.toSorted((a, b) => a - b);
      },
      function* (p) {
        const [word = ""] = yield* p.args();
        const port = yield* name(p, "sysPortConnect", "org.test.echo");
        yield* send(p, port, word);
        expect(yield* receive(p, port)).toEqual([`${word}!`, []]);
        yield* p.call("sysExit", Number(word));
      },
    );
    expect(found).toEqual([0, 1, 2]);
  });

  test("are taken once, and free when the port is closed, whose connections end", async () => {
    const { found } = await init(function* (p) {
      const seen = [yield* name(p, "sysPortConnect", "a"), yield* name(p, "sysPortRegister", "a")];
      seen.push(yield* name(p, "sysPortRegister", "a"));
      const connection = yield* name(p, "sysPortConnect", "a");
      yield* p.call("sysClose", 3);
      seen.push((yield* receive(p, connection)) as number, yield* name(p, "sysPortConnect", "a"));
      seen.push(yield* name(p, "sysPortRegister", "a"));
      return seen;
    });
    expect(found).toEqual([-E_NOENT, 3, -E_EXIST, -E_CLOSED, -E_NOENT, 3]);
  });

  test.each(["", "A", "a b", "ä", "a/b", "x".repeat(33)])("%j is none", async (text) => {
    const { found } = await init(function* (p) {
      return [yield* name(p, "sysPortRegister", text), yield* name(p, "sysPortConnect", text)];
    });
    expect(found).toEqual([-E_INVAL, -E_INVAL]);
  });

  test("are limited, and so are the connections that nobody receives", async () => {
    const { found } = await init(
      function* (p) {
        const seen: number[] = [];
        for (let i = 0; i < PORT_NAMES_MAX - 8; i++)
          expect(yield* name(p, "sysPortRegister", `n${i}`)).toBe(3 + i);
        yield* p.spawn("/bin/child");
        seen.push((yield* p.wait())[1]);
        for (let i = 0; i < 10; i++) seen.push(yield* name(p, "sysPortConnect", "n0"));
        return seen;
      },
      function* (p) {
        for (let i = 0; i < 8; i++) yield* name(p, "sysPortRegister", `m${i}`);
        yield* p.call("sysExit", -(yield* name(p, "sysPortRegister", "one-more")));
      },
    );
    expect(found.slice(0, 6)).toEqual([E_LIMIT, 59, 60, 61, 62, 63]);
    expect(found.slice(6)).toEqual(Array.from({ length: 5 }, () => -E_LIMIT));
  });

  test("a named port is no stream, and cannot be sent to", async () => {
    const { found } = await init(
      function* (p) {
        const port = yield* name(p, "sysPortRegister", "a");
        return [
          yield* send(p, port, "x"),
          yield* p.call("sysRead", port, BUFFER, 1),
          yield* p.call("sysWrite", port, BUFFER, 1),
        ];
      },
      undefined,
      CAP_SERVICES,
    );
    expect(found).toEqual([-E_INVAL, -E_INVAL, -E_INVAL]);
  });
});
