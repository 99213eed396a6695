/** What a soak knows of alerts, made up for tests of how it judges them. */
import type { SoakAgent } from "./agents.ts";
import { checkAlerts } from "./checks/alerts.ts";
import type { Evidence, PastFault } from "./evidence.ts";
import { emptyHistory } from "./history.ts";
import { READERS, type Told } from "./messages.ts";

const BEGIN_MS = Date.UTC(2026, 0, 1);
const SECOND = 1_000;
const MINUTE = 60_000;

/** What is told of and when, seconds after the soak began; to both readers. */
export interface Message {
  readonly alert: string;
  readonly server: string;
  readonly atS: number;
  readonly startsS?: number;
  readonly isFiring?: boolean;
  readonly reason?: string;
  /** @default both */
  readonly readers?: readonly string[];
}

function told(
  {
    alert,
    server,
    atS,
    startsS = atS - 12,
    isFiring = true,
    reason = "",
    readers = READERS,
  }: Message,
): Told[] {
  return readers.map((reader) => ({
    reader,
    atMs: BEGIN_MS + atS * SECOND,
    startsMs: BEGIN_MS + startsS * SECOND,
    isFiring,
    alert,
    server,
    reason,
  }));
}

/** One that is over; seconds after the soak began. */
export function fault(
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

/** Central heard of itself all the time, but for the seconds that `isDeaf` names. */
export function evidence(
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

/** What the check says: owed, missed, false or told twice. */
export async function found(evidence: Evidence): Promise<string[]> {
  return (await checkAlerts(evidence)).map(({ isRight, found }) =>
    `${isRight ? "right" : "wrong"} ${found}`
  );
}

/** Long enough for people to be told. */
export const PAUSED = fault("agent paused for long", "agent-00", 60, 300);
/** What they are told then. */
export const DOWN: Message = {
  alert: "ServerDown",
  server: "agent-00",
  atS: 175,
};

/** What a byte that flips at second 60 makes people read. */
export const DROPPED: Message = {
  alert: "DataDropped",
  server: "relay-01",
  reason: "damaged",
  atS: 130,
};
