import { DbusConnection } from "../../../agent/host/dbus.ts";
import {
  DbusError,
  type DbusReader,
} from "../../../agent/host/dbus_message.ts";
import { makeTempDir } from "../../../deploy/parts/cleanup.ts";
import { errnoOf } from "../../../shared/errors.ts";
import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
} from "../../support/assert.ts";
import { listenAt, startDbusDaemon } from "../../support/dbus_bus.ts";
import { program } from "../../support/parts.ts";

const daemon = program("dbus-daemon");
const never = new AbortController().signal;

/** A call to the bus itself. */
function toBus(member: string, ...args: string[]) {
  return {
    destination: "org.freedesktop.DBus",
    path: "/org/freedesktop/DBus",
    interface: "org.freedesktop.DBus",
    member,
    args,
  };
}

Deno.test({
  name: "DbusConnection.call() gets many answers from the real dbus-daemon",
  ignore: !daemon.available,
  async fn() {
    await using bus = await startDbusDaemon(daemon.get());
    using connection = await DbusConnection.open(bus.path, never);

    const replies: DbusReader[] = await Promise.all(
      Array.from(
        { length: 100 },
        () => connection.call(toBus("GetNameOwner", "org.freedesktop.DBus")),
      ),
    );
    const names: string[] = [];
    const list = await connection.call(toBus("ListNames"));
    const end = list.u32() + 4;
    while (list.pos < end) names.push(list.string());

    assertEquals(
      new Set(replies.map((reply) => reply.string())),
      new Set(["org.freedesktop.DBus"]),
    );
    assert(names.includes("org.freedesktop.DBus") && names.includes(":1.0"));
  },
});

Deno.test({
  name:
    "DbusConnection.call() rejects with the real daemon's error, and goes on",
  ignore: !daemon.available,
  async fn() {
    await using bus = await startDbusDaemon(daemon.get());
    using connection = await DbusConnection.open(bus.path, never);

    const error = await assertRejects(
      () => connection.call(toBus("GetNameOwner", "no.such.name")),
      DbusError,
    );
    const id = await connection.call(toBus("GetId"));

    assertEquals(error.isAnswer, true);
    assertEquals(error.what, "org.freedesktop.DBus.Error.NameHasNoOwner");
    assertEquals(id.string().length, 32);
  },
});

Deno.test({
  name: "DbusConnection.call() rejects when the real daemon ends",
  ignore: !daemon.available,
  async fn() {
    const bus = await startDbusDaemon(daemon.get());
    using connection = await DbusConnection.open(bus.path, never);

    await bus[Symbol.asyncDispose]();

    const error = await assertRejects(
      () => connection.call(toBus("GetId")),
      DbusError,
    );
    assertEquals(error.isAnswer, false);
  },
});

const ENDS: Record<string, [string, RegExp]> = {
  "refuses us": ["REJECTED EXTERNAL\r\n", /the bus refused us: REJECTED/],
  "does not speak D-Bus": ["220 mail ready\r\n", /the bus refused us: 220/],
  "sends junk after OK": [
    `DATA\r\nOK 0\r\n${"x".repeat(16)}`,
    /this is not a message/,
  ],
};

for (const [what, [text, message]] of Object.entries(ENDS)) {
  Deno.test(`DbusConnection.open() rejects a bus that ${what}`, async () => {
    using dir = makeTempDir();
    const path = `${dir.path}/bus`;
    await using _bus = listenAt(path, async (connection) => {
      await connection.write(new TextEncoder().encode(text));
    });

    const error = await assertRejects(
      () => DbusConnection.open(path, never),
      DbusError,
    );

    assert(message.test(error.message), error.message);
  });
}

Deno.test("DbusConnection.open() rejects a bus that hangs up", async () => {
  using dir = makeTempDir();
  const path = `${dir.path}/bus`;
  await using _bus = listenAt(path, (connection) => {
    connection.close();
    return Promise.resolve();
  });

  await assertRejects(() => DbusConnection.open(path, never), DbusError);
});

Deno.test("DbusConnection.open() gives up a silent bus when the signal aborts", async () => {
  using dir = makeTempDir();
  const path = `${dir.path}/bus`;
  const abort = new AbortController();
  await using _bus = listenAt(path, async (connection) => {
    await connection.read(new Uint8Array(100));
    abort.abort();
  });

  const error = await assertRejects(
    () => DbusConnection.open(path, abort.signal),
    DbusError,
  );

  assertEquals(error.what, "given up");
});

Deno.test("DbusConnection.open() passes on that nobody listens", async () => {
  using dir = makeTempDir();

  const error = await DbusConnection.open(`${dir.path}/none`, never)
    .catch((error) => error);

  assertInstanceOf(error, Error);
  assertEquals(errnoOf(error), "ENOENT");
});
