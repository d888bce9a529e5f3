// poll: one wait for several handles.
import { beforeAll, describe, expect, test } from "vitest";
import { FakeVirtio } from "../../../tests/support/fake-virtio.ts";
import { compileKernel, type Script, type ScriptedProcess } from "../../../tests/support/kernel-machine.ts";
import { exitsWith, load, rest, type Steps } from "../../../tests/support/kernel-world.ts";
import { E_FAULT, E_INVAL } from "../../abi/errors.ts";
import {
  POLL_CHILDREN,
  POLL_CLOSED,
  POLL_INVALID,
  POLL_MAX,
  POLL_READ,
  POLL_SIZE,
  POLL_WRITE,
} from "../../abi/poll.ts";
import { PORT_MESSAGE_MAX } from "../../abi/port.ts";
import { VIRTIO_ID_CONSOLE } from "../../abi/virtio-mmio.ts";

const SECOND = 1_000_000_000n;
const LIST = 0x1ffc; // an entry crosses a page
const BUFFER = 0x3000;

beforeAll(compileKernel, 60_000);

/** Polls handles, each with the events that are asked for: the result, and what each is. */
function* poll(
  p: ScriptedProcess,
  wanted: [handle: number, events: number][],
  timeoutNs: bigint,
): Steps<[number, number[]]> {
  const entries = wanted.flatMap(([handle, events]) => [handle, events | 0xffff_0000]);
  p.write(LIST, new Uint8Array(Int32Array.from(entries).buffer));
  const result = yield* p.call("sysPoll", LIST, wanted.length, timeoutNs);
  return [result, wanted.map((_, i) => p.word(LIST + i * POLL_SIZE + 4) >>> 16)];
}

function* pair(p: ScriptedProcess): Steps<[number, number]> {
  yield* p.call("sysPortPair", BUFFER);
  return [p.word(BUFFER), p.word(BUFFER + 4)];
}

async function init<T>(steps: (p: ScriptedProcess) => Steps<T>, child: Script = exitsWith(0)): Promise<T> {
  const found: T[] = [];
  const machine = await load({
    *init(p) {
      found.push(yield* steps(p));
      yield* rest(p);
    },
    child,
  });
  machine.boot();
  expect(found).toHaveLength(1);
  return found[0]!;
}

describe("poll", () => {
  test("says what each handle is, only what was asked for", async () => {
    const found = await init(function* (p) {
      const [a, b] = yield* pair(p);
      const file = yield* p.call("sysOpen", BUFFER, p.write(BUFFER, "/sys/mem"));
      const [closed, other] = yield* pair(p);
      yield* p.call("sysClose", other);
      yield* p.call("sysPortSend", a, BUFFER, 3, 0, 0);
      const both = POLL_READ | POLL_WRITE;
      return yield* poll(
        p,
        [
          [a, both],
          [b, both],
          [b, POLL_WRITE],
          [file, both],
          [closed, both],
          [50, 0],
          [-7, 0],
          [1, both],
          [2, both],
        ],
        0n,
      );
    });
    expect(found).toEqual([
      9,
      [
        POLL_WRITE,
        POLL_READ | POLL_WRITE,
        POLL_WRITE,
        POLL_READ | POLL_WRITE,
        POLL_READ | POLL_CLOSED,
        POLL_INVALID,
        POLL_INVALID,
        POLL_READ | POLL_WRITE,
        POLL_WRITE,
      ],
    ]);
  });

  test("with nothing ready ends at once without a timeout, and at its timeout with one", async () => {
    const found = await init(function* (p) {
      const [a] = yield* pair(p);
      const start = p.machine.now;
      const now = yield* poll(p, [[a, POLL_READ]], 0n);
      const later = yield* poll(p, [[a, POLL_READ]], SECOND);
      const slept = p.machine.now - start;
      const nothing = yield* poll(p, [], SECOND);
      return [
        now,
        later,
        slept >= SECOND && slept < 2n * SECOND,
        nothing,
        p.machine.now - start >= 2n * SECOND,
      ];
    });
    expect(found).toEqual([[0, [0]], [0, [0]], true, [0, []], true]);
  });

  test.each([
    ["too many entries", [LIST, POLL_MAX + 1, 0n], -E_INVAL],
    ["a list past the memory", [0xfffc, 1, 0n], -E_FAULT],
    ["a list at the end of everything", [0xffff_fff8, 64, -1n], -E_FAULT],
  ])("refuses %s", async (_, args, expected) => {
    expect(await init((p) => p.call("sysPoll", ...args))).toBe(expected);
  });

  test("waits for whichever comes first: a message, room, an end, a child", async () => {
    const log: unknown[] = [];
    await init(
      function* (p) {
        const name = p.write(BUFFER, "hub");
        const hub = yield* p.call("sysPortRegister", BUFFER, name);
        yield* p.spawn("/bin/child");
        const [idle] = yield* pair(p);
        const list: [number, number][] = [
          [idle, POLL_READ],
          [hub, POLL_READ],
          [POLL_CHILDREN, POLL_READ],
        ];
        log.push(yield* poll(p, list, -1n));
        yield* p.call("sysPortReceive", hub, 0, 0, BUFFER, 1);
        const connection = p.word(BUFFER);
        list[1] = [connection, POLL_READ];
        log.push(yield* poll(p, list, -1n));
        yield* p.call("sysPortReceive", connection, BUFFER, 8, 0, 0);
        for (let i = 0; i < 2; i++)
          yield* p.call("sysPortSend", connection, BUFFER, i === 0 ? PORT_MESSAGE_MAX : 16, 0, 0);
        list[1] = [connection, POLL_WRITE];
        log.push(yield* poll(p, list, 0n), yield* poll(p, list, -1n));
        list[1] = [connection, POLL_READ];
        log.push(yield* poll(p, list, -1n));
        list[1] = [idle, POLL_READ];
        log.push(yield* poll(p, list, -1n), yield* p.wait());
        log.push(yield* poll(p, list, -1n)); // no child any more: wait would not wait
      },
      function* (p) {
        yield* p.call("sysSleep", SECOND);
        const port = yield* p.call("sysPortConnect", BUFFER, p.write(BUFFER, "hub"));
        yield* p.call("sysSleep", SECOND);
        yield* p.call("sysPortSend", port, BUFFER, 1, 0, 0);
        yield* p.call("sysSleep", SECOND);
        yield* p.call("sysPortReceive", port, BUFFER, PORT_MESSAGE_MAX, 0, 0);
        yield* p.call("sysSleep", SECOND);
        yield* p.call("sysClose", port);
        yield* p.call("sysSleep", SECOND);
        yield* p.call("sysExit", 6);
      },
    );
    expect(log).toEqual([
      [1, [0, POLL_READ, 0]],
      [1, [0, POLL_READ, 0]],
      [0, [0, 0, 0]],
      [1, [0, POLL_WRITE, 0]],
      [1, [0, POLL_READ | POLL_CLOSED, 0]],
      [1, [0, 0, POLL_READ]],
      [2, 6],
      [1, [0, 0, POLL_READ]],
    ]);
  });

  test("wakes every process that waits for an end, and no other", async () => {
    const woken: string[] = [];
    await init(
      function* (p) {
        const hub = yield* p.call("sysPortRegister", BUFFER, p.write(BUFFER, "hub"));
        const ends: number[] = [];
        for (let i = 0; i < 20; i++) {
          yield* p.spawn("/bin/child", [String(i)]);
          yield* p.call("sysPortReceive", hub, 0, 0, BUFFER, 1);
          ends.push(p.word(BUFFER));
        }
        yield* p.call("sysSleep", SECOND);
        yield* p.call("sysClose", ends[3]!);
        yield* p.call("sysPortSend", ends[11]!, 0, 0, 0, 0);
        yield* p.call("sysSleep", SECOND);
      },
      function* (p) {
        const [word = ""] = yield* p.args();
        const port = yield* p.call("sysPortConnect", BUFFER, p.write(BUFFER, "hub"));
        const twice = yield* p.call("sysDuplicate", port);
        yield* poll(
          p,
          [
            [port, POLL_READ],
            [twice, POLL_READ],
            [port, POLL_READ],
          ],
          -1n,
        );
        woken.push(word);
      },
    );
    expect(woken).toEqual(["3", "11"]);
  });

  test("waits for the console", async () => {
    const seen: unknown[] = [];
    const machine = await load({
      devices: (view) => [new FakeVirtio(VIRTIO_ID_CONSOLE, view)],
      *init(p) {
        const [a] = yield* pair(p);
        seen.push(
          yield* poll(
            p,
            [
              [0, POLL_READ],
              [a, POLL_READ],
            ],
            0n,
          ),
        );
        seen.push(
          yield* poll(
            p,
            [
              [0, POLL_READ],
              [a, POLL_READ],
            ],
            -1n,
          ),
        );
        let room = 65536; // fill the output
        while (room > 0) room -= yield* p.call("sysWrite", 1, 0, Math.min(room, 0x8000));
        seen.push(yield* poll(p, [[1, POLL_WRITE]], 0n), yield* poll(p, [[1, POLL_WRITE]], -1n));
        yield* rest(p);
      },
    });
    const [receive, transmit] = machine.devices[0]!.queues;
    let step = 0;
    machine.onIdle = () => {
      if (step === 0) {
        const { id, address } = receive!.take();
        receive!.use(id, machine.guest.putText(address, "line\n"));
      }
      for (; transmit!.available > 0;) transmit!.use(transmit!.take().id);
      machine.raise(1);
      return step++ < 2;
    };
    machine.boot();
    expect(seen).toEqual([
      [0, [0, 0]],
      [1, [POLL_READ, 0]],
      [0, [0]],
      [1, [POLL_WRITE]],
    ]);
  });

  test("of a process that is killed leaves nothing at the ends", async () => {
    const result = await init(
      function* (p) {
        const hub = yield* p.call("sysPortRegister", BUFFER, p.write(BUFFER, "hub"));
        const pid = yield* p.spawn("/bin/child");
        yield* p.call("sysPortReceive", hub, 0, 0, BUFFER, 1);
        const end = p.word(BUFFER);
        yield* p.call("sysSleep", SECOND);
        yield* p.call("sysKill", pid);
        return [yield* p.call("sysPortSend", end, 0, 0, 0, 0), p.machine.call("portCount")];
      },
      function* (p) {
        const port = yield* p.call("sysPortConnect", BUFFER, p.write(BUFFER, "hub"));
        yield* poll(
          p,
          [
            [port, POLL_READ | POLL_WRITE],
            [port, POLL_READ],
          ],
          0n,
        );
        yield* poll(p, [[port, POLL_READ]], -1n);
      },
    );
    expect(result).toEqual([-15, 2]);
  });
});
