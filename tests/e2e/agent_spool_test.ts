/** What the agent keeps on disk, and what it does where it cannot. */
import { makeTempDir } from "../../deploy/parts/cleanup.ts";
import { waitUntil } from "../../deploy/parts/wait.ts";
import {
  assertEveryGridTime,
  IDENTITY,
  ONE_COLLECTOR,
  RunningAgent,
  scrapeTimes,
  waitForScrapes,
} from "../support/agent_run.ts";
import {
  assert,
  assertEquals,
  assertStringIncludes,
} from "../support/assert.ts";
import { startReceiver, unusedPort } from "../support/mock_receiver.ts";
import { runAgent } from "../support/process.ts";
import { canMount, mountSmallFs, type SmallFs } from "../support/small_fs.ts";

function accept(): Response {
  return new Response(null, { status: 204 });
}

function segments(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name)
    .filter((name) => name.endsWith(".seg"));
}

function segmentBytes(folder: string): number {
  return segments(folder)
    .reduce((sum, name) => sum + Deno.statSync(`${folder}/${name}`).size, 0);
}

Deno.test("run leaves the disk alone while all is delivered", async () => {
  using folder = makeTempDir();
  await using receiver = startReceiver(accept);
  await using agent = new RunningAgent({
    url: receiver.url,
    spool: folder.path,
  });

  await waitForScrapes(receiver, 5);

  assertEquals(segments(folder.path), []);
  await agent.end();
  assertEquals(segments(folder.path), []);
});

Deno.test("run stopped in an outage delivers everything after its next start", async () => {
  using folder = makeTempDir();
  let isUp = false;
  await using receiver = startReceiver(() =>
    isUp ? accept() : new Response(null, { status: 503 })
  );
  await using first = new RunningAgent({
    url: receiver.url,
    spool: folder.path,
  });
  await waitForScrapes(receiver, 1);
  await waitUntil(
    async () => await first.metric('msp_spool_bytes{program="agent"}') > 500,
    { what: "some scrapes in the spool" },
  );
  await first.end(0);
  assertEquals(first.eventsNamed("Agent stopped")[0]?.["saved"], true);
  const { undelivered } = first.eventsNamed("Agent stopped")[0]!;
  receivedBefore(receiver).length = 0;

  isUp = true;
  await using second = new RunningAgent({
    url: receiver.url,
    spool: folder.path,
  });
  await waitForScrapes(receiver, Number(undelivered) + 2);
  await second.end();

  const times = scrapeTimes(receiver.received);
  assertEveryGridTime(times.slice(0, Number(undelivered)));
});

Deno.test("I-29: run killed in an outage has what was saved before, after its next start", async () => {
  using folder = makeTempDir();
  let isUp = false;
  await using receiver = startReceiver(() =>
    isUp ? accept() : new Response(null, { status: 503 })
  );
  await using first = new RunningAgent({
    url: receiver.url,
    spool: folder.path,
  });
  await waitForScrapes(receiver, 1);
  const [firstTimeMs] = scrapeTimes(receiver.received);
  // A segment begins with a header alone: the frames come after it.
  await waitUntil(() => segmentBytes(folder.path) > 1_000, {
    what: "frames on disk",
    timeoutMs: 40_000,
  });
  await first.child.kill();
  receivedBefore(receiver).length = 0;

  isUp = true;
  await using second = new RunningAgent({
    url: receiver.url,
    spool: folder.path,
  });
  // What is new comes first, and the backlog up to half a minute later.
  const saved = () =>
    scrapeTimes(receiver.received)
      .filter((timeMs) => timeMs < firstTimeMs! + 14_500)
      .sort((a, b) => a - b);
  await waitUntil(() => saved().length >= 14, {
    what: "the scrapes that were saved",
    timeoutMs: 60_000,
  });
  await second.end();

  assertEquals(saved()[0], firstTimeMs);
  assertEveryGridTime(saved());
});

Deno.test("run ends with 10 and the remedy when its spool cannot be used", async () => {
  using folder = makeTempDir();
  Deno.writeTextFileSync(`${folder.path}/file`, "");
  const spool = `${folder.path}/file/spool`;
  await using receiver = startReceiver(accept);

  const { code, stderr } = await runAgent([
    "run",
    ...IDENTITY,
    ...ONE_COLLECTOR,
    `--spool=${spool}`,
    `--remote-write-url=${receiver.url}`,
  ]);

  assertEquals(code, 10, stderr);
  assertStringIncludes(stderr, `Cannot open spool "${spool}"`);
  assertStringIncludes(stderr, "fix: Let this user write to");
  assertEquals(receiver.received, []);
});

/** Writes until nothing fits any more. */
function fill(fs: SmallFs): void {
  using file = Deno.createSync(`${fs.path}/filler`);
  try {
    for (;;) file.writeSync(new Uint8Array(4096));
  } catch {
    // Full, as it should be.
  }
}

for (const [signal, expected] of [["SIGTERM", 143], ["SIGINT", 130]] as const) {
  Deno.test({
    name:
      `run ends with ${expected} after ${signal} when neither central nor disk take what it has`,
    ignore: !canMount("tmpfs"),
    async fn() {
      using fs = mountSmallFs("tmpfs", 256 * 1024);
      await using agent = new RunningAgent({
        url: `http://127.0.0.1:${unusedPort()}/api/v1/write`,
        spool: `${fs.path}/spool`,
      });
      await agent.child.waitForLine("Cannot deliver");
      fill(fs);

      agent.child.signal(signal);

      const { code } = await agent.child.exited;
      assertEquals(code, expected, agent.child.tail(10));
      assertEquals(agent.eventsNamed("Agent stopped")[0]?.["saved"], false);
    },
  });
}

Deno.test("run ends with 10 when another agent has its spool", async () => {
  using folder = makeTempDir();
  const url = `http://127.0.0.1:${unusedPort()}/api/v1/write`;
  await using first = new RunningAgent({ url, spool: folder.path });
  await first.child.waitForLine("Agent started");

  const { code, stderr } = await runAgent([
    "run",
    ...IDENTITY,
    ...ONE_COLLECTOR,
    `--spool=${folder.path}`,
    `--remote-write-url=${url}`,
  ]);

  assertEquals(code, 10, stderr);
  assertStringIncludes(stderr, "another process holds it");
  assertStringIncludes(stderr, "--spool");
  assert(first.eventsNamed("Agent started").length === 1);
});

/** The receiver's list, to be emptied between two agents. */
function receivedBefore(receiver: { received: readonly unknown[] }): unknown[] {
  return receiver.received as unknown[];
}
