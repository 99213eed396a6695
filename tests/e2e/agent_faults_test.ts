/** What the agent does about each answer, and that it loses nothing by it. */
import { waitUntil } from "../../deploy/parts/wait.ts";
import {
  arrivals,
  assertEveryGridTime,
  RunningAgent,
  scrapeTimes,
  TOKEN,
  waitForScrapes,
} from "../support/agent_run.ts";
import {
  assert,
  assertEquals,
  assertStringIncludes,
} from "../support/assert.ts";
import {
  type Received,
  type Receiver,
  startReceiver,
} from "../support/mock_receiver.ts";

/** A receiver that stores what `fault` has no answer for. */
interface FaultyReceiver extends Receiver {
  /** What was answered with 204. */
  readonly accepted: { readonly received: readonly Received[] };
}

function startFaulty(
  fault: (request: Received, index: number) =>
    | Response
    | Promise<Response>
    | undefined,
): FaultyReceiver {
  const accepted: Received[] = [];
  const receiver = startReceiver((request, index) => {
    const answer = fault(request, index);
    if (answer !== undefined) return answer;
    accepted.push(request);
    return new Response(null, { status: 204 });
  });
  return { ...receiver, accepted: { received: accepted } };
}

function firstWarning(agent: RunningAgent): Promise<Record<string, unknown>> {
  return waitUntil(() => agent.eventsNamed("Cannot deliver").at(0), {
    what: () => `a warning: ${agent.child.tail()}`,
  });
}

/** What was refused or not answered came again, perhaps with later scrapes. */
function assertFirstScrapeAccepted(
  { received, accepted }: Pick<FaultyReceiver, "received" | "accepted">,
): void {
  const [first] = scrapeTimes(received);
  assert(first !== undefined);
  assertEquals(scrapeTimes(accepted.received)[0], first);
}

/** What every fault ends with: all data there, one warning, nothing dropped. */
function assertNothingLost(
  agent: RunningAgent,
  { received, accepted }: FaultyReceiver,
): void {
  assertFirstScrapeAccepted({ received, accepted });
  assertEveryGridTime(scrapeTimes(accepted.received));
  assert(
    received.every((one) =>
      one.method === "POST" &&
      one.headers.get("authorization") === `Bearer ${TOKEN}`
    ),
  );
  assertEquals(agent.eventsNamed("Cannot deliver").length, 1);
  assertEquals(agent.eventsNamed("Series refused and set aside"), []);
  assertEquals(agent.eventsNamed("Agent stopped")[0]?.["undelivered"], 0);
}

const BUSY: Record<string, [status: number, headers: Record<string, string>]> =
  {
    "429 with Retry-After": [429, { "retry-after": "1" }],
    "500": [500, {}],
    "503 with Retry-After": [503, { "retry-after": "1" }],
  };

for (const [what, [status, headers]] of Object.entries(BUSY)) {
  Deno.test(`run sends the same again after ${what}`, async () => {
    await using receiver = startFaulty((_, index) =>
      index < 2 ? new Response("busy", { status, headers }) : undefined
    );
    await using agent = new RunningAgent({ url: receiver.url });

    await waitForScrapes(receiver.accepted, 3);
    const failures = await agent.failures(String(status));
    await agent.end();

    assertEquals(failures, 2);
    assertStringIncludes(String((await firstWarning(agent))["err"]), "busy");
    assertEquals(agent.eventsNamed("Delivery works again").length, 1);
    assertNothingLost(agent, receiver);
  });
}

const REFUSALS: Record<string, [status: number, location?: string]> = {
  "400 to everything": [400],
  "401": [401],
  "403": [403],
  "404": [404],
  "a redirect with 301": [301, "/elsewhere"],
};

for (const [what, [status, location]] of Object.entries(REFUSALS)) {
  Deno.test(`run keeps everything after ${what}`, async () => {
    const headers = new Headers(location === undefined ? {} : { location });
    await using receiver = startFaulty((_, index) =>
      index === 0
        ? new Response(`no entry for ${TOKEN}`, { status, headers })
        : undefined
    );
    await using agent = new RunningAgent({ url: receiver.url });

    const warning = await firstWarning(agent);
    const failures = await agent.failures(String(status));
    const refused = await agent.metric('msp_auth_rejected{program="agent"}');
    await agent.end();

    assertEquals([warning["code"], failures], [String(status), 1]);
    assertEquals(refused, status === 401 || status === 403 ? 1 : 0);
    assertNothingLost(agent, receiver);
  });
}

Deno.test("run follows a redirect with 307 as a POST", async () => {
  await using receiver = startFaulty(({ path }) =>
    path === "/moved" ? undefined : new Response(null, {
      status: 307,
      headers: { location: "/moved" },
    })
  );
  await using agent = new RunningAgent({ url: receiver.url });

  await waitForScrapes(receiver.accepted, 2);
  await agent.end();

  assertEquals(agent.eventsNamed("Cannot deliver"), []);
  assertEveryGridTime(scrapeTimes(receiver.accepted.received));
});

Deno.test("run halves what is too large for the receiver", async () => {
  let limitBytes = 0;
  await using receiver = startFaulty(({ body }) => {
    limitBytes ||= body.length * 0.7;
    return body.length > limitBytes
      ? new Response("too large", { status: 413 })
      : undefined;
  });
  await using agent = new RunningAgent({ url: receiver.url });

  await waitForScrapes(receiver.accepted, 2);
  const failures = await agent.failures("413");
  await agent.end();

  const [first] = receiver.received;
  assert(first !== undefined && failures >= 2);
  const accepted = arrivals(receiver.accepted.received);
  for (const series of arrivals([first]).keys()) assert(accepted.has(series));
  assertEveryGridTime(scrapeTimes(receiver.accepted.received));
  assertEquals(agent.eventsNamed("Series refused and set aside"), []);
});

Deno.test("run loses only the series that the receiver refuses", async () => {
  const isPoison = ({ body }: Received) =>
    Array.from(arrivals([{ ...NO_REQUEST, body }]).keys())
      .some((series) => series.includes("node_load5"));
  await using receiver = startFaulty((request, index) =>
    index > 0 && isPoison(request)
      ? new Response("bad series", { status: 400 })
      : undefined
  );
  await using agent = new RunningAgent({ url: receiver.url });

  await waitForScrapes(receiver.accepted, 3);
  const dropped = await agent.metric(
    'msp_samples_dropped_total{program="agent",reason="rejected"}',
  );
  await agent.end();

  assert(dropped >= 1);
  const [first] = receiver.received;
  assert(first !== undefined);
  const names = Array.from(arrivals([first]).keys());
  for (
    const [series, { timestampsMs }] of arrivals(receiver.accepted.received)
  ) {
    if (!names.includes(series)) continue;
    assertEquals(timestampsMs.length === 1, series.includes("node_load5"));
  }
  assertEveryGridTime(scrapeTimes(receiver.accepted.received));
});

Deno.test("run sends again what a receiver never answered", async () => {
  const silence = Promise.withResolvers<Response>();
  await using receiver = startFaulty((_, index) =>
    index === 0 ? silence.promise : undefined
  );
  await using agent = new RunningAgent({ url: receiver.url });

  await waitUntil(() => receiver.received.length > 0, { what: "a request" });
  await agent.end();
  silence.resolve(new Response(null, { status: 503 }));

  assertFirstScrapeAccepted(receiver);
  assertEveryGridTime(scrapeTimes(receiver.accepted.received));
});

/** Fills the fields that only a real request has. */
const NO_REQUEST = { method: "POST", path: "/", headers: new Headers() };
