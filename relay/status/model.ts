/** What the status page shows, as plain data: it holds no secret. */
import type { Clock } from "../../shared/clock.ts";
import type { ForwarderState } from "../../shared/forwarder/forwarder_types.ts";
import type { SpoolStats } from "../../shared/spool/spool_types.ts";
import type { DropReason } from "../../shared/spool/store.ts";
import type { Gate } from "../gate.ts";
import type { RelayMetrics } from "../metrics.ts";
import type { RefusalReason } from "../refusal.ts";
import type { Senders } from "../senders.ts";
import type { Counters, History, Mark, Rates } from "./history.ts";
import {
  listSenders,
  printable,
  type SenderList,
  type SenderQuery,
} from "./sender_list.ts";

/** Central's answer may be a whole page. */
const MAX_MESSAGE_CHARS = 400;
/** Fuller than this, the oldest data go with each new segment. */
const FULL_SHARE = 0.97;

/** What does not change while the relay runs. */
export interface About {
  readonly version: string;
  /** The relay's own server name. */
  readonly name: string;
  /** Empty when it has none. */
  readonly customer: string;
  /** `host:port` as configured. */
  readonly listen: string;
  /** Central's address without credentials. */
  readonly destination: string;
  /** Monotonic: a wall clock that is set is no restart. */
  readonly startedAtMs: number;
}

/** The line to central. Times are Unix ms. */
export interface Line {
  readonly state: "starting" | "stopping" | ForwarderState["status"];
  readonly sinceMs: number;
  /** Status code or kind of fault; `undefined` while nothing is wrong. */
  readonly code: string | undefined;
  /** The whole story, in English; printable. */
  readonly message: string | undefined;
  readonly retryAtMs: number | undefined;
  readonly lastDeliveredMs: number | undefined;
}

/** What waits on disk. */
export interface Backlog {
  readonly pendingBytes: number;
  readonly pendingSamples: number;
  readonly capacityBytes: number;
  readonly isFull: boolean;
  /** Time of the oldest sample that waits, Unix ms. */
  readonly oldestMs: number | undefined;
  /** If nothing were delivered from now on; `undefined` when nothing comes. */
  readonly secondsUntilFull: number | undefined;
  /** Until all is delivered; `undefined` while the line is not up. */
  readonly drainSeconds: number | undefined;
  /** Whether the disk refuses to store. */
  readonly isFailing: boolean;
}

/** Samples that will never reach central, since the start. */
export interface Loss {
  readonly reason: DropReason;
  readonly batches: number;
  readonly samples: number;
  readonly bytes: number;
}

/** Requests that were refused, since the start. */
export interface RefusedRequests {
  readonly reason: RefusalReason;
  readonly requests: number;
}

/** Everything on the page. */
export interface RelayStatus {
  readonly about: About;
  readonly nowMs: number;
  readonly uptimeSeconds: number;
  readonly line: Line;
  /** `undefined` until the spool is open. */
  readonly backlog: Backlog | undefined;
  /** `undefined` in the first seconds. */
  readonly rates: Rates | undefined;
  readonly marks: readonly Mark[];
  readonly dropped: readonly Loss[];
  readonly quarantined: Omit<Loss, "reason">;
  readonly refused: readonly RefusedRequests[];
  readonly senders: SenderList;
  /** Whether servers can be installed from this relay. */
  readonly hasRelease: boolean;
}

/** Where the page's data come from. */
export interface StatusDeps {
  readonly clock: Clock;
  readonly gate: Gate;
  readonly about: About;
  readonly senders: Senders;
  readonly metrics: Pick<RelayMetrics, "rejected">;
  readonly history: History;
  readonly mirror: { hasRelease(): boolean };
  /** `undefined` until the spool is open. */
  spool(): { stats(): SpoolStats } | undefined;
  /** `undefined` until the forwarder runs. */
  forwarder(): { state(): ForwarderState } | undefined;
}

/** Reads the state of this moment; of the disk, only whether a release is there. */
export function readStatus(deps: StatusDeps, query: SenderQuery): RelayStatus {
  const { clock, about, history } = deps;
  const nowMs = clock.nowMs();
  const uptimeMs = clock.monotonicMs() - about.startedAtMs;
  const rates = history.rates();
  const stats = deps.spool()?.stats();
  const state = deps.forwarder()?.state();
  const { frames: batches = 0, samples = 0, bytes = 0 } = stats?.quarantined ??
    {};
  return {
    about,
    nowMs,
    uptimeSeconds: uptimeMs / 1000,
    line: readLine(deps, state, nowMs - uptimeMs),
    backlog: stats && readBacklog(stats, state, rates),
    rates,
    marks: history.marks(),
    dropped: [...stats?.dropped ?? []].map(([reason, lost]) => ({
      reason,
      batches: lost.frames,
      samples: lost.samples,
      bytes: lost.bytes,
    })),
    quarantined: { batches, samples, bytes },
    refused: readRefused(deps),
    senders: listSenders(deps.senders.list(), query, nowMs),
    hasRelease: deps.mirror.hasRelease(),
  };
}

/** What a mark of the history records. */
export function readCounters(
  { metrics, spool }: {
    readonly metrics:
      & Pick<RelayMetrics, "receivedSamples" | "receivedBytes">
      & {
        readonly self: Pick<RelayMetrics["self"], "samplesSent">;
      };
    spool(): { stats(): SpoolStats } | undefined;
  },
): Counters {
  return {
    receivedSamples: metrics.receivedSamples.value,
    receivedBytes: metrics.receivedBytes.value,
    deliveredSamples: metrics.self.samplesSent.value,
    pendingBytes: spool()?.stats().pending.bytes ?? 0,
  };
}

function readLine(
  { gate }: StatusDeps,
  state: ForwarderState | undefined,
  startMs: number,
): Line {
  const isForwarding = gate.state === "open" && state !== undefined;
  const message = state?.message;
  return {
    state: isForwarding
      ? state.status
      : gate.state === "stopping"
      ? "stopping"
      : "starting",
    sinceMs: state?.sinceMs ?? startMs,
    code: state?.code,
    message: message && printable(message, MAX_MESSAGE_CHARS),
    retryAtMs: state?.retryAtMs,
    lastDeliveredMs: state?.lastDeliveredMs,
  };
}

function readBacklog(
  { pending, capacityBytes, oldestMs, failedCommits, diskBytes }: SpoolStats,
  state: ForwarderState | undefined,
  rates: Rates | undefined,
): Backlog {
  // The relay's own metrics are stored too, and are in no request.
  const inflow = Math.max(rates?.receivedBytes ?? 0, rates?.pendingBytes ?? 0);
  const room = Math.max(0, capacityBytes - pending.bytes);
  const isWaiting = pending.bytes > capacityBytes / 2;
  return {
    pendingBytes: pending.bytes,
    pendingSamples: pending.samples,
    capacityBytes,
    // Delivered segments linger on the disk: they make room at once.
    isFull: isWaiting && diskBytes >= capacityBytes * FULL_SHARE,
    oldestMs,
    secondsUntilFull: inflow > 0 ? room / inflow : undefined,
    drainSeconds: state?.drainSeconds,
    isFailing: failedCommits > 0,
  };
}

function readRefused({ metrics }: StatusDeps): RefusedRequests[] {
  return [...metrics.rejected.readings()].map(({ labels, value }) => ({
    reason: labels[0]?.value as RefusalReason, // the only label, of this set
    requests: value,
  })).sort((a, b) => b.requests - a.requests);
}
