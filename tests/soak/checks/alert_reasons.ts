/**
 * Which alerts a soak's faults may cause, each with its reason. What is told
 * without one is a false alert.
 */
import type { SoakAgent } from "../agents.ts";
import type { Evidence, PastFault } from "../evidence.ts";
import type { Span } from "../history.ts";
import type { READERS, Told } from "../messages.ts";

/** Name of the relay's server. */
export const RELAY_SERVER = "relay-01";
/** After that without a sample a server, or a relay, is down. */
export const DOWN_AFTER_MS = 100_000;
/** So much earlier it goes down together with another one... */
const TOGETHER_MS = 15_000;
/** ...which has been down for no longer than this. */
const TAKES_ALONG_MS = 20_000;
/** After that without a sample of anybody central's intake has stalled. */
const STALLED_AFTER_MS = 85_000;
/** What was sampled just before a fault may not have been delivered. */
const DELIVERY_MS = 2_000;
/** Samples come this long after the end of a fault: a wait before a retry, and the interval. */
const RECOVERY_MS = 45_000;
const MINUTE_MS = 60_000;

/** Why a message was right. */
interface Reason {
  readonly alert: RegExp;
  /** Who alone may read it. @default everybody */
  readonly onlyFor?: typeof READERS[number];
  /** Whether it holds for what was told, and of whom. */
  explains(told: Told, evidence: Evidence): boolean;
}

const REASONS: readonly Reason[] = [
  // Nothing came from it for so long, by one fault or by several in a row.
  {
    alert: /^ServerDown$/,
    explains: (told, evidence) => wentDown(told, told.server, evidence),
  },
  {
    alert: /^RelayDown$/,
    explains: (told, evidence) =>
      told.server === RELAY_SERVER && wentDown(told, "relay", evidence),
  },
  {
    alert: /^CentralIngestStalled$/,
    onlyFor: "provider",
    explains: ({ startsMs }, evidence) =>
      wasSilent("central", startsMs, STALLED_AFTER_MS, evidence),
  },
  // A damaged record is lost for good; the store is told of it minutes later, at
  // times. Nothing else is dropped (drops.ts).
  {
    alert: /^DataDropped$/,
    explains: ({ server, reason, startsMs }, { faults }) =>
      server === RELAY_SERVER && reason === "damaged" &&
      faults.some(({ name, beginMs }) =>
        name === "byte flipped" &&
        isWithin(startsMs, beginMs, 12 * MINUTE_MS)
      ),
  },
  // The old token is refused with 401 until everybody has the new one; that
  // counts for ten minutes, and is told after five.
  {
    alert: /^UpstreamRejects$/,
    explains: ({ startsMs }, { faults }) =>
      faults.some(({ name, beginMs }) =>
        name === "token rotated" && isWithin(startsMs, beginMs, 18 * MINUTE_MS)
      ),
  },
  // More than three new starts of one program in half an hour.
  {
    alert: /^AgentRestarted$/,
    explains: ({ server, startsMs }, evidence) =>
      allFaults(evidence).filter((fault) =>
        startsAgain(fault, server === RELAY_SERVER ? "relay" : server) &&
        isWithin(startsMs, fault.beginMs, 32 * MINUTE_MS)
      ).length > 3,
  },
  // Minutes of servers that were really lost, among few servers and in a life
  // that began with the soak: more than any promise allows.
  {
    alert: /^SLA(BurnFast|BurnSlow|BurnLong|BudgetExhausted)$/,
    onlyFor: "provider",
    explains: ({ startsMs }, { longFaults }) =>
      longFaults.some(({ beginMs }) => startsMs >= beginMs),
  },
  // The processor times of a captured machine stand still, as if it were busy
  // without an end, and some of its disks are not here.
  {
    alert: /^(HighCPUUsage|CPUSaturated|FilesystemUnreadable)$/,
    explains: ({ server }, { agents }) =>
      agentNamed(server, agents)?.fixture !== undefined,
  },
  // An agent that reads this machine tells the truth about it: the soak is
  // hard work, and its disks are as full as they are. So are the disks under
  // the folders of captured machines.
  {
    alert:
      /^(HighCPUUsage|CPUSaturated|CPUSteal|HighLoad|HighMemoryUsage|MemoryExhausted|SwapHeavy|DiskIOSaturated)$/,
    explains: ({ server }, { agents }) => {
      const agent = agentNamed(server, agents);
      return agent !== undefined && agent.fixture === undefined;
    },
  },
  {
    alert: /^(HighDiskUsage|DiskAlmostFull|DiskWillFillIn\w+|InodesLow)$/,
    explains: ({ server }, { agents }) =>
      agentNamed(server, agents) !== undefined,
  },
];

/** Whether a fault, or the soak itself, is the reason of what was told. */
export function isExplained(told: Told, evidence: Evidence): boolean {
  return REASONS.some(({ alert, onlyFor = told.reader, explains }) =>
    alert.test(told.alert) && onlyFor === told.reader &&
    explains(told, evidence)
  );
}

/** All of them, in order. */
export function allFaults({ faults, longFaults }: Evidence): PastFault[] {
  return [...faults, ...longFaults].sort((a, b) => a.beginMs - b.beginMs);
}

/** When nothing can have come from whom, and whether that was only the relay's doing. */
interface Silence extends Span {
  readonly isRelayAlone: boolean;
}

/** Faults that nothing comes through between are one silence. */
function silencesOf(whom: string, evidence: Evidence): Silence[] {
  const isBehind = agentNamed(whom, evidence.agents)?.mode === "relay-agent";
  const found: Silence[] = [];
  for (const { silences, beginMs, endMs } of allFaults(evidence)) {
    const isRelayAlone = isBehind && silences === "relay";
    if (![whom, "central"].includes(silences ?? "") && !isRelayAlone) continue;
    const last = found.at(-1);
    const one = { beginMs, endMs: endMs + RECOVERY_MS, isRelayAlone };
    if (last === undefined || last.endMs < beginMs) found.push(one);
    else {
      found[found.length - 1] = {
        beginMs: last.beginMs,
        endMs: Math.max(last.endMs, one.endMs),
        isRelayAlone: last.isRelayAlone && isRelayAlone,
      };
    }
  }
  return found;
}

/** Whether it was down by itself when it was said to be, or together with another one. */
function wentDown(
  { alert, startsMs }: Told,
  whom: string,
  evidence: Evidence,
): boolean {
  const wasDown = (name: string, atMs: number) =>
    wasSilent(name, atMs, DOWN_AFTER_MS, evidence);
  if (wasDown(whom, startsMs)) return true;
  return wasSilent(whom, startsMs, DOWN_AFTER_MS - TOGETHER_MS, evidence) &&
    evidence.told.some((other) =>
      other.isFiring && other.alert === alert &&
      isWithin(startsMs, other.startsMs, TAKES_ALONG_MS) &&
      wasDown(other.server, other.startsMs)
    );
}

/**
 * Whether nothing had come from it for so long by then. RelayDown stands for
 * those behind a relay that was away; the last sample may be an interval older
 * than the fault.
 */
function wasSilent(
  whom: string,
  atMs: number,
  forMs: number,
  evidence: Evidence,
): boolean {
  const leastMs = forMs - evidence.intervalMs - DELIVERY_MS;
  return silencesOf(whom, evidence).some(({ isRelayAlone, beginMs, endMs }) =>
    !isRelayAlone && atMs >= beginMs + leastMs && atMs <= endMs
  );
}

function startsAgain({ name, target }: PastFault, program: string): boolean {
  return (target === program && /killed|away/.test(name)) ||
    (program === "relay" && name === "byte flipped");
}

function isWithin(atMs: number, fromMs: number, lengthMs: number): boolean {
  return atMs >= fromMs && atMs <= fromMs + lengthMs;
}

function agentNamed(
  server: string,
  agents: readonly SoakAgent[],
): SoakAgent | undefined {
  return agents.find(({ name }) => name === server);
}
