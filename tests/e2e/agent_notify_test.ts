/** Messages to systemd: the test holds the socket that systemd would hold. */
import { makeTempDir } from "../../deploy/parts/cleanup.ts";
import { waitUntil } from "../../deploy/parts/wait.ts";
import { RunningAgent, waitForScrapes } from "../support/agent_run.ts";
import { assert, assertMatch } from "../support/assert.ts";
import { startReceiver, unusedPort } from "../support/mock_receiver.ts";

/** The lines of each message, and when it came, ms. */
interface Messages extends Disposable {
  /** Value of NOTIFY_SOCKET. */
  readonly name: string;
  readonly received: { readonly atMs: number; readonly lines: string[] }[];
}

/** `path` begins with a NUL byte for a name in the abstract namespace. */
function listen(path: string): Messages {
  const socket = Deno.listenDatagram({ transport: "unixpacket", path });
  const received: Messages["received"] = [];
  void (async () => {
    for await (const [bytes] of socket) {
      const lines = new TextDecoder().decode(bytes).split("\n");
      received.push({ atMs: performance.now(), lines });
    }
  })();
  return {
    name: path.replace(/^\0/, "@"),
    received,
    [Symbol.dispose]: () => socket.close(),
  };
}

function has({ received }: Messages, line: string): boolean {
  return received.some(({ lines }) => lines.includes(line));
}

function closedUrl(): string {
  return `http://127.0.0.1:${unusedPort()}/api/v1/write`;
}

const SOCKETS = {
  "a path": (dir: string) => `${dir}/notify`,
  "an abstract name": () => `\0msp-test-${crypto.randomUUID()}`,
};

for (const [what, pathIn] of Object.entries(SOCKETS)) {
  Deno.test(`run tells systemd at ${what} that it is ready while the centre is down`, async () => {
    using dir = makeTempDir();
    using systemd = listen(pathIn(dir.path));
    await using agent = new RunningAgent({
      url: closedUrl(),
      env: { NOTIFY_SOCKET: systemd.name },
    });

    await waitUntil(() => has(systemd, "READY=1"), { what: "READY=1" });
    await agent.end();

    const [first] = systemd.received;
    assertMatch(first?.lines[1] ?? "", /^STATUS=.*1 requests? waiting$/);
    assert(has(systemd, "STOPPING=1"));
    assert(!has(systemd, "WATCHDOG=1"), "nobody asked for it");
  });
}

Deno.test("run feeds the watchdog twice in the time that systemd gives", async () => {
  using dir = makeTempDir();
  using systemd = listen(`${dir.path}/notify`);
  await using agent = new RunningAgent({
    url: closedUrl(),
    env: { NOTIFY_SOCKET: systemd.name, WATCHDOG_USEC: "2000000" },
  });

  const fed = () =>
    systemd.received.filter(({ lines }) => lines.includes("WATCHDOG=1"));
  await waitUntil(() => fed().length >= 5, { what: "five WATCHDOG=1" });
  await agent.end();

  const times = fed().map(({ atMs }) => atMs);
  const gaps = times.slice(1).map((atMs, i) => atMs - (times[i] ?? NaN));
  const meanMs = gaps.reduce((sum, ms) => sum + ms, 0) / gaps.length;
  // Never late; a busy machine may hand two of them over at once.
  assert(gaps.every((ms) => ms < 2_000) && meanMs > 700, `${gaps}`);
});

Deno.test("run shows in STATUS whether it delivers", async () => {
  using dir = makeTempDir();
  using systemd = listen(`${dir.path}/notify`);
  await using receiver = startReceiver(
    () => new Response(null, { status: 204 }),
  );
  await using agent = new RunningAgent({
    url: receiver.url,
    env: { NOTIFY_SOCKET: systemd.name },
  });

  await waitUntil(
    () => has(systemd, "STATUS=delivering, 1 request waiting"),
    { what: () => `a status: ${JSON.stringify(systemd.received)}` },
  );
  await agent.end();
});

Deno.test("run tells systemd when it reads its files again", async () => {
  using dir = makeTempDir();
  using systemd = listen(`${dir.path}/notify`);
  await using agent = new RunningAgent({
    url: closedUrl(),
    env: { NOTIFY_SOCKET: systemd.name },
  });
  await waitUntil(() => has(systemd, "READY=1"), { what: "READY=1" });

  agent.child.signal("SIGHUP");
  await waitUntil(() => has(systemd, "RELOADING=1"), { what: "RELOADING=1" });
  await waitUntil(() => systemd.received.at(-1)?.lines[0] === "READY=1", {
    what: "READY=1 after it",
  });
  await agent.end();
});

Deno.test("run goes on when nobody listens at NOTIFY_SOCKET", async () => {
  await using agent = new RunningAgent({
    url: closedUrl(),
    env: { NOTIFY_SOCKET: "/nonexistent/notify", WATCHDOG_USEC: "200000" },
  });

  await agent.child.waitForLine("Cannot deliver");
  await waitUntil(async () => await agent.failures("connect") >= 2, {
    what: "a second attempt",
  });
  await agent.end();
});

Deno.test("run goes on when systemd reads no message", async () => {
  using dir = makeTempDir();
  const path = `${dir.path}/notify`;
  const deaf = Deno.listenDatagram({ transport: "unixpacket", path });
  await using receiver = startReceiver(
    () => new Response(null, { status: 204 }),
  );
  await using agent = new RunningAgent({
    url: receiver.url,
    // More messages in a second than such a socket holds.
    env: { NOTIFY_SOCKET: path, WATCHDOG_USEC: "2000" },
  });

  await waitForScrapes(receiver, 4);
  await agent.end();
  deaf.close();
});
