import { assertEquals } from "../support/assert.ts";
import type { SoakAgent } from "./agents.ts";
import { checkAlerts } from "./checks/alerts.ts";
import type { Evidence, PastFault } from "./evidence.ts";
import { emptyHistory } from "./history.ts";
import { READERS, type Told } from "./messages.ts";

const BEGIN_MS = Date.UTC(2026, 0, 1);
const SECOND = 1_000;
const MINUTE = 60_000;

/** What is told of and when, seconds after the soak began; to both readers. */
interface Message {
  readonly alert: string;
  readonly server: string;
  readonly atS: number;
  readonly startsS?: number;
  readonly isFiring?: boolean;
}

function told(
  { alert, server, atS, startsS = atS - 12, isFiring = true }: Message,
): Told[] {
  return READERS.map((reader) => ({
    reader,
    atMs: BEGIN_MS + atS * SECOND,
    startsMs: BEGIN_MS + startsS * SECOND,
    isFiring,
    alert,
    server,
  }));
}

function fault(
  name: string,
  target: string,
  fromS: number,
  lengthS: number,
  silences = target,
): PastFault {
  const beginMs = BEGIN_MS + fromS * SECOND;
  return {
    name,
    target,
    silences,
    beginMs,
    endMs: beginMs + lengthS * SECOND,
  };
}

function agent(
  name: string,
  mode: SoakAgent["mode"],
  fixture?: string,
): SoakAgent {
  // Only what the check reads.
  return { name, mode, fixture } as SoakAgent;
}

/** Central heard of itself all the time, unless `beats` says otherwise. */
function evidence(
  longFaults: readonly PastFault[],
  messages: readonly Message[],
  { faults = [], isDeaf = () => false }: {
    readonly faults?: readonly PastFault[];
    readonly isDeaf?: (second: number) => boolean;
  } = {},
): Evidence {
  const seconds = Array.from({ length: 420 }, (_, i) => -600 + i * 10)
    .filter((second) => !isDeaf(second));
  const timestampsMs = seconds.map((second) => BEGIN_MS + second * SECOND);
  return {
    store: {
      exportSeries: () =>
        Promise.resolve([{
          labels: { __name__: "msp:central_alive" },
          timestampsMs,
          values: timestampsMs.map(() => 1),
        }]),
    },
    intervalMs: 15 * SECOND,
    agents: [
      agent("agent-00", "direct", "vm-6.1"),
      agent("agent-01", "relay-agent"),
    ],
    relay: emptyHistory(),
    ledgers: [],
    faults,
    longFaults,
    told: messages.flatMap(told),
    watchedUntilMs: BEGIN_MS + 60 * MINUTE,
    flipped: [],
    memory: new Map(),
  };
}

async function found(evidence: Evidence): Promise<string[]> {
  return (await checkAlerts(evidence)).map(({ isRight, found }) =>
    `${isRight ? "right" : "wrong"} ${found}`
  );
}

const PAUSED = fault("agent paused for long", "agent-00", 60, 300);
const DOWN: Message = { alert: "ServerDown", server: "agent-00", atS: 175 };

Deno.test("checkAlerts() is content when each reader is told once of a long fault", async () => {
  assertEquals(await found(evidence([PAUSED], [DOWN])), [
    "right 2",
    "right 0",
    "right 0",
  ]);
});

Deno.test("checkAlerts() finds an alert that nobody was told of", async () => {
  const [, missed, wrong] = await found(evidence([PAUSED], []));
  assertEquals(
    missed?.slice(0, 43),
    "wrong 2: ServerDown agent-00 to provider at",
  );
  assertEquals(wrong, "right 0");
});

Deno.test("checkAlerts() finds an alert that was told too late", async () => {
  const late = evidence([PAUSED], [{ ...DOWN, atS: 300, startsS: 165 }]);
  assertEquals((await found(late))[1]?.slice(0, 7), "wrong 2");
});

Deno.test("checkAlerts() finds an alert that no fault explains", async () => {
  const other = { ...DOWN, server: "agent-01" };
  const [, missed, wrong] = await found(evidence([PAUSED], [DOWN, other]));
  assertEquals(missed, "right 0");
  assertEquals(
    wrong,
    "wrong 2: ServerDown agent-01 to provider at 00:02:55; ServerDown agent-01 to customer at 00:02:55",
  );
});

Deno.test("checkAlerts() takes ServerDown after a short fault for false", async () => {
  const short = fault("agent killed", "agent-00", 60, 24);
  const faults = [short];
  const [, , wrong] = await found(evidence([], [DOWN], { faults }));
  assertEquals(wrong?.slice(0, 7), "wrong 2");
});

Deno.test("checkAlerts() takes ServerDown after two short faults in a row for explained", async () => {
  const faults = [
    fault("store killed", "VictoriaMetrics", 60, 24, "central"),
    fault("agent killed", "agent-00", 125, 24),
  ];
  assertEquals(await found(evidence([], [DOWN], { faults })), [
    "right 0",
    "right 0",
    "right 0",
  ]);
});

Deno.test("checkAlerts() finds a server told of twice for one fault", async () => {
  const again = { ...DOWN, atS: 200, startsS: 185 };
  const [, , wrong] = await found(evidence([PAUSED], [DOWN, again]));
  assertEquals(
    wrong?.includes("agent-00 to provider at 00:05:20 twice"),
    false,
  );
  assertEquals(wrong?.includes("twice"), true);
});

Deno.test("checkAlerts() wants RelayDown for a relay that is away, and nothing of those behind it", async () => {
  const away = fault("relay away", "relay", 60, 180);
  const relayDown = { alert: "RelayDown", server: "relay-01", atS: 175 };
  assertEquals(await found(evidence([away], [relayDown])), [
    "right 2",
    "right 0",
    "right 0",
  ]);
  const behind = { ...DOWN, server: "agent-01" };
  const [, , wrong] = await found(evidence([away], [relayDown, behind]));
  assertEquals(wrong?.slice(0, 7), "wrong 2");
});

Deno.test("checkAlerts() wants nothing while central has been away too much to judge", async () => {
  // A minute of ten is lost, and stays so until the fault is over.
  const isDeaf = (second: number) => second >= 0 && second < 60;
  assertEquals(await found(evidence([PAUSED], [], { isDeaf })), [
    "right 0 (none for 1 long faults: central had been away too much)",
    "right 0",
    "right 0",
  ]);
});

Deno.test("checkAlerts() wants DataDropped for a damaged record, and only once in half an hour", async () => {
  const faults = [
    fault("byte flipped", "a frame of load-00001", 60, 24, "relay"),
    fault("byte flipped", "a frame of load-00002", 1_000, 24, "relay"),
  ];
  const dropped = { alert: "DataDropped", server: "relay-01", atS: 130 };
  assertEquals(await found(evidence([], [dropped], { faults })), [
    "right 4",
    "right 0",
    "right 0",
  ]);
  const [, missed] = await found(evidence([], [], { faults }));
  assertEquals(missed?.slice(0, 7), "wrong 4");
});
