/** Signals, and messages to systemd. */
import { makeTempDir } from "../../deploy/parts/cleanup.ts";
import { waitUntil } from "../../deploy/parts/wait.ts";
import {
  assertEveryGridTime,
  INTERVAL_MS,
  ONE_COLLECTOR,
  RunningAgent,
  scrapeTimes,
  TOKEN,
  waitForScrapes,
} from "../support/agent_run.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { startReceiver, unusedPort } from "../support/mock_receiver.ts";
import { ROOT } from "../support/process.ts";

const TLS = `${ROOT}/tests/fixtures/tls`;

function accept(): Response {
  return new Response(null, { status: 204 });
}

/** An address where nobody ever answers. */
function closedUrl(): string {
  return `http://127.0.0.1:${unusedPort()}/api/v1/write`;
}

Deno.test("run ends with 0 after SIGINT when all is delivered", async () => {
  await using receiver = startReceiver(accept);
  await using agent = new RunningAgent({ url: receiver.url });
  await waitForScrapes(receiver, 2);

  agent.child.signal("SIGINT");
  const { code } = await agent.child.exited;

  assertEquals(code, 0);
  assertEveryGridTime(scrapeTimes(receiver.received));
});

Deno.test("run ends with 0 after SIGINT when what stays behind is on disk", async () => {
  await using agent = new RunningAgent({ url: closedUrl() });
  await agent.child.waitForLine("Cannot deliver");

  agent.child.signal("SIGINT");

  assertEquals((await agent.child.exited).code, 0);
  assertEquals(agent.eventsNamed("Agent stopped")[0]?.["saved"], true);
});

Deno.test("run ends at once after a second SIGINT", async () => {
  const silence = Promise.withResolvers<Response>();
  await using receiver = startReceiver(() => silence.promise);
  await using agent = new RunningAgent({ url: receiver.url });
  await waitUntil(() => receiver.received.length > 0, { what: "a request" });

  agent.child.signal("SIGTERM");
  // The flush has begun, and would wait for its answer for ten seconds.
  await waitUntil(() => receiver.received.length > 1, { what: "the flush" });
  agent.child.signal("SIGINT");
  const { code } = await agent.child.exited;
  silence.resolve(accept());

  // After the flush it would be 0 or 143.
  assertEquals(code, 130);
});

Deno.test("run ends after SIGTERM although a client of --listen says nothing", async () => {
  await using receiver = startReceiver(accept);
  await using agent = new RunningAgent({ url: receiver.url });
  await waitForScrapes(receiver, 1);
  const { hostname, port } = new URL(agent.listenUrl);
  using silent = await Deno.connect({ hostname, port: Number(port) });
  await silent.write(new TextEncoder().encode("GET /metrics HTTP/1.1\r\n"));

  await agent.end();
});

Deno.test("run uses a new token and CA right after SIGHUP", async () => {
  const renewed = `${TOKEN}-2`;
  await using receiver = startReceiver(
    ({ headers }) =>
      headers.get("authorization") === `Bearer ${renewed}`
        ? accept()
        : new Response(null, { status: 401 }),
    {
      cert: Deno.readTextFileSync(`${TLS}/good.crt`),
      key: Deno.readTextFileSync(`${TLS}/good.key`),
    },
  );
  using dir = makeTempDir();
  const caFile = `${dir.path}/ca.crt`;
  Deno.copyFileSync(`${TLS}/wrong_host.crt`, caFile);
  await using agent = new RunningAgent({
    url: receiver.url,
    flags: [...ONE_COLLECTOR, `--ca-file=${caFile}`],
  });
  await agent.child.waitForLine('"code":"tls"');

  Deno.copyFileSync(`${TLS}/ca.crt`, caFile);
  agent.child.signal("SIGHUP");
  await agent.child.waitForLine('"code":"401"');
  Deno.writeTextFileSync(agent.tokenFile, renewed);
  agent.child.signal("SIGHUP");
  await agent.child.waitForLine("Delivery works again");

  const [refused] = agent.eventsNamed("Cannot deliver")
    .filter(({ code }) => code === "401");
  const [works] = agent.eventsNamed("Delivery works again");
  // Without the signal it would have been tried again when it had said.
  assert(
    Date.parse(String(works?.["ts"])) <
      Date.parse(String(refused?.["ts"])) + Number(refused?.["retry_in_ms"]),
  );
  assertEquals(agent.eventsNamed("Token and CA read again").length, 2);
  await agent.end();
  const accepted = receiver.received.filter(({ headers }) =>
    headers.get("authorization") === `Bearer ${renewed}`
  );
  assertEveryGridTime(scrapeTimes(accepted));
});

Deno.test("run keeps token and CA when SIGHUP finds a broken file", async () => {
  await using receiver = startReceiver(accept);
  await using agent = new RunningAgent({ url: receiver.url });
  await waitForScrapes(receiver, 1);

  Deno.writeTextFileSync(agent.tokenFile, "");
  agent.child.signal("SIGHUP");
  const line = await agent.child.waitForLine("Cannot renew token and CA");
  await waitForScrapes(receiver, 3);
  await agent.end();

  assert(line.includes("it is empty") && line.includes('"hint":"Write the'));
  assert(
    receiver.received.every(({ headers }) =>
      headers.get("authorization") === `Bearer ${TOKEN}`
    ),
  );
  assertEveryGridTime(scrapeTimes(receiver.received));
});

Deno.test("run makes up no scrapes for the time in which it was stopped", async () => {
  await using receiver = startReceiver(accept);
  await using agent = new RunningAgent({ url: receiver.url });
  await waitForScrapes(receiver, 2);

  agent.child.signal("SIGSTOP");
  const stoppedMs = Date.now();
  await waitUntil(() => Date.now() > stoppedMs + 3.5 * INTERVAL_MS, {
    what: "some intervals",
  });
  const before = scrapeTimes(receiver.received).length;
  const resumedMs = Date.now();
  agent.child.signal("SIGCONT");
  await waitForScrapes(receiver, before + 3);
  await agent.end();

  const times = scrapeTimes(receiver.received);
  assert(
    !times.some((t) => t > stoppedMs + INTERVAL_MS && t < resumedMs - 200),
    `${times} between ${stoppedMs} and ${resumedMs}`,
  );
  assertEveryGridTime(times.filter((t) => t > resumedMs));
});
