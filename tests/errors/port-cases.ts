// Errors of calls on message ports.
import {
  PORT_HANDLES_MAX,
  PORT_MESSAGE_MAX,
  PORT_NAMES_MAX,
  PORT_NOWAIT,
} from "../../guest-kernel/abi/port.ts";
import type { ScriptedProcess } from "../support/kernel-machine.ts";
import type { Steps } from "../support/kernel-world.ts";
import {
  allHandles,
  type Argument,
  BUFFER,
  type ErrorCase,
  exhaust,
  make,
  must,
  OUTSIDE,
  port,
} from "./cases.ts";
import type { CaseWorld } from "./world.ts";

const NUMBERS = BUFFER + 0x100; // where the handles of a message are listed

/** Lists handles for a message. */
function list(p: ScriptedProcess, ...handles: number[]): void {
  p.write(NUMBERS, new Uint8Array(Int32Array.from(handles).buffer));
}

/** A case on a port: `args` of its first end, once the port has been prepared. */
function onPort(
  call: string,
  error: string,
  args: Argument[],
  prepare: (p: ScriptedProcess, world: CaseWorld, first: number, second: number) => Steps = nothing,
): ErrorCase {
  return [
    call,
    error,
    function* (p, world) {
      const [first, second] = yield* port(p, world);
      yield* prepare(p, world, first, second);
      return [first, ...args];
    },
  ];
}

function* nothing(): Steps {}

function* closeSecond(p: ScriptedProcess, world: CaseWorld, _: number, second: number): Steps {
  yield* must(p, world, "close", second);
}

/** Fills the queue of the second end. */
function* fill(p: ScriptedProcess, world: CaseWorld, first: number): Steps {
  while ((yield* make(p, world, "port_send", first, BUFFER, 1000, 0, PORT_NOWAIT)) === 0);
}

/** Something waits to be received at the first end: bytes, and a handle if asked for. */
function waiting(bytes: number, handle: boolean) {
  return function* (p: ScriptedProcess, world: CaseWorld, _: number, second: number): Steps {
    if (handle) list(p, yield* must(p, world, "open", "/sys/mem", 0));
    yield* must(p, world, "port_send", second, BUFFER, bytes, NUMBERS, handle ? 1 : 0);
  };
}

/** Names are taken until there is no more. */
function* allNames(p: ScriptedProcess, world: CaseWorld): Steps {
  for (let i = 0; i < PORT_NAMES_MAX / 2; i++) yield* must(p, world, "port_register", `one${i}`);
  yield* p.spawn("/bin/child");
  yield* must(p, world, "sleep", 1_000_000n);
}

/** Ends of ports are made until there are no more: in this process, and in its children. */
function* allPorts(p: ScriptedProcess, world: CaseWorld): Steps {
  const [, second] = yield* port(p, world);
  yield* must(p, world, "close", second);
  // What is under way in messages needs no handle.
  while (world.machine.call("portCount") < 8192 && (yield* nest(p, world)));
}

/** Sends both ends of a new port to nobody. False if there is none. */
function* nest(p: ScriptedProcess, world: CaseWorld): Steps<boolean> {
  const [carrier] = yield* port(p, world);
  for (let sent = 0; sent === 0;) {
    for (let i = 0; i < PORT_HANDLES_MAX; i += 2) {
      if ((yield* make(p, world, "port_pair", NUMBERS + 4 * i)) < 0) return false;
    }
    sent = yield* make(p, world, "port_send", carrier, BUFFER, 0, NUMBERS, PORT_HANDLES_MAX | PORT_NOWAIT);
    if (sent < 0)
      for (let i = 0; i < PORT_HANDLES_MAX; i++) yield* must(p, world, "close", p.word(NUMBERS + 4 * i));
  }
  return true;
}

const service = function* (p: ScriptedProcess, world: CaseWorld): Steps {
  yield* must(p, world, "port_register", "name");
};

export const PORT_CASES: ErrorCase[] = [
  ["port_pair", "FAULT", [OUTSIDE]],
  [
    "port_pair",
    "LIMIT",
    function* (p, world) {
      yield* allHandles(p, world);
      return [BUFFER];
    },
  ],
  [
    "port_pair",
    "LIMIT",
    function* (p, world) {
      yield* allPorts(p, world);
      return [BUFFER];
    },
  ],
  onPort("port_send", "INVAL", [BUFFER, 1, NUMBERS, PORT_HANDLES_MAX + 1]),
  onPort("port_send", "FAULT", [OUTSIDE, 1, 0, 0]),
  ["port_send", "BADF", [77, BUFFER, 1, 0, 0]],
  onPort("port_send", "MSGSIZE", [BUFFER, PORT_MESSAGE_MAX + 1, 0, 0]),
  onPort("port_send", "CLOSED", [BUFFER, 1, 0, 0], closeSecond),
  onPort("port_send", "AGAIN", [BUFFER, 1000, 0, PORT_NOWAIT], fill),
  onPort("port_send", "NOMEM", [BUFFER, 1, 0, 0], exhaust),
  onPort("port_send", "BUSY", [BUFFER, 0, NUMBERS, 1], function* (p, world) {
    // An end with a handle in its own queue cannot go along.
    const [one, other] = yield* port(p, world);
    list(p, yield* must(p, world, "open", "/sys/mem", 0));
    yield* must(p, world, "port_send", one, BUFFER, 0, NUMBERS, 1);
    list(p, other);
  }),
  onPort("port_receive", "INVAL", [BUFFER, 1, NUMBERS, PORT_HANDLES_MAX + 1]),
  onPort("port_receive", "FAULT", [OUTSIDE, 1, 0, 0]),
  ["port_receive", "BADF", [77, BUFFER, 1, 0, 0]],
  onPort("port_receive", "MSGSIZE", [BUFFER, 9, 0, 0], waiting(10, false)),
  onPort("port_receive", "CLOSED", [BUFFER, 1, 0, 0], closeSecond),
  onPort("port_receive", "AGAIN", [BUFFER, 1, 0, PORT_NOWAIT]),
  onPort("port_receive", "LIMIT", [BUFFER, 1, NUMBERS, 1], function* (p, world, first, second) {
    yield* waiting(0, true)(p, world, first, second);
    yield* allHandles(p, world);
  }),
  ["port_register", "INVAL", ["A name"]],
  ["port_register", "FAULT", [OUTSIDE, 4]],
  [
    "port_register",
    "EXIST",
    function* (p, world) {
      yield* service(p, world);
      return ["name"];
    },
  ],
  [
    "port_register",
    "LIMIT",
    function* (p, world) {
      yield* allHandles(p, world);
      return ["name"];
    },
  ],
  [
    "port_register",
    "LIMIT",
    function* (p, world) {
      yield* allNames(p, world);
      return ["name"];
    },
    {
      *child(p, world) {
        for (let made = 0, i = 0; made >= 0; i++) made = yield* make(p, world, "port_register", `two${i}`);
        yield* must(p, world, "sleep", 1_000_000_000n);
      },
    },
  ],
  ["port_connect", "INVAL", ["A name"]],
  ["port_connect", "FAULT", [OUTSIDE, 4]],
  ["port_connect", "NOENT", ["nobody"]],
  [
    "port_connect",
    "LIMIT",
    function* (p, world) {
      yield* service(p, world);
      yield* allHandles(p, world);
      return ["name"];
    },
  ],
  [
    "port_connect",
    "NOMEM",
    function* (p, world) {
      yield* service(p, world);
      world.exhaust();
      return ["name"];
    },
  ],
  [
    "port_connect",
    "AGAIN",
    function* (p, world) {
      yield* service(p, world);
      // Nobody receives them: the queue of the name is full.
      for (let handle = 0; handle >= 0;) {
        handle = yield* make(p, world, "port_connect", "name");
        if (handle >= 0) yield* must(p, world, "close", handle);
      }
      return ["name"];
    },
  ],
  onPort("port_call", "INVAL", [BUFFER, PORT_MESSAGE_MAX + 1, BUFFER, 1]),
  onPort("port_call", "FAULT", [OUTSIDE, 1, BUFFER, 1]),
  ["port_call", "BADF", [77, BUFFER, 1, BUFFER, 1]],
  onPort("port_call", "MSGSIZE", [BUFFER, 1, BUFFER, 9], waiting(10, false)),
  onPort("port_call", "CLOSED", [BUFFER, 1, BUFFER, 1], closeSecond),
  onPort("port_call", "NOMEM", [BUFFER, 1, BUFFER, 1], exhaust),
];
