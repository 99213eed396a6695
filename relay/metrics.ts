/** What the relay counts beside what both programs count. */
import type { Clock } from "../shared/clock.ts";
import { Family, type Histogram, type Reading } from "../shared/metrics.ts";
import { createSelfMetrics, type SelfMetrics } from "../shared/self_metrics.ts";
import type { SpoolStats } from "../shared/spool/spool_types.ts";
import { readProcess } from "./process_stat.ts";
import type { Senders } from "./senders.ts";

/** Bytes stored within this time say how soon the spool will be full. */
const FILL_WINDOW_MS = 10 * 60_000;

/** The relay's families. */
export interface RelayMetrics {
  readonly self: SelfMetrics;
  readonly receivedSamples: Reading;
  readonly receivedBatches: Reading;
  readonly receivedBytes: Reading;
  /** Label `reason`. */
  readonly rejected: Family;
  /** Labels `path`, `status_code`. */
  readonly requests: Family;
  readonly requestSeconds: Histogram;
  readonly fsyncSeconds: Histogram;
  readonly mixedSeries: Reading;
  readonly codecMismatches: Reading;
  /** Everything, with what is read off `state` at this moment. */
  readings(state: MetricsState): Reading[];
}

/** What is read when somebody asks. */
export interface MetricsState {
  readonly inflightBytes: number;
  readonly senders: Senders;
  /** `undefined` until the spool is open. */
  readonly spool: SpoolStats | undefined;
}

/** Registers everything. `relay` is this relay's name, for its senders' series. */
export function createRelayMetrics(
  { version, relay, clock }: {
    readonly version: string;
    readonly relay: string;
    readonly clock: Clock;
  },
): RelayMetrics {
  const startMs = clock.nowMs();
  const self = createSelfMetrics("relay", { version, mode: "relay", startMs });
  const { registry } = self;
  const counter = (name: string, help: string) =>
    registry.counter(`msp_relay_${name}`, help).reading();
  const metrics = {
    self,
    receivedSamples: counter(
      "received_samples_total",
      "Samples taken in; estimated where not every batch was decoded.",
    ),
    receivedBatches: counter("received_batches_total", "Requests stored."),
    receivedBytes: counter(
      "received_bytes_total",
      "Bytes of stored requests, as they travelled.",
    ),
    rejected: registry.counter(
      "msp_relay_rejected_requests_total",
      "Requests that were not stored, by reason.",
      ["reason"],
    ),
    requests: registry.counter(
      "msp_relay_http_requests_total",
      "Requests by path and status.",
      ["path", "status_code"],
    ),
    requestSeconds: registry.histogram(
      "msp_relay_http_request_duration_seconds",
      "From a request's headers to its acknowledgement.",
      [0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10],
    ),
    fsyncSeconds: registry.histogram(
      "msp_relay_persistentqueue_fsync_duration_seconds",
      "Duration of one synced write of the spool.",
      [0.0005, 0.001, 0.005, 0.025, 0.1, 0.5, 2.5],
    ),
    mixedSeries: counter(
      "mixed_series_total",
      "Series with samples and native histograms, which central refuses.",
    ),
    codecMismatches: counter(
      "codec_mismatch_total",
      "Requests in another codec than announced.",
    ),
  };
  const gauges = createGauges(self);
  const lastPush = new Family(
    "msp_relay_agent_last_push_timestamp_seconds",
    "gauge",
    "Last push of each sender, Unix seconds.",
    ["server_name", "relay"],
    registry.constLabels,
  );
  const fill = new FillRate(clock);
  const process = readProcess(registry.constLabels);
  return {
    ...metrics,
    readings(state) {
      gauges.set(state, fill);
      const names = new Set<string>();
      for (const { name, lastPushMs } of state.senders.list()) {
        if (lastPushMs === 0) continue;
        names.add(name);
        lastPush.reading(name, relay).set(lastPushMs / 1000);
      }
      lastPush.prune(({ labels }) => names.has(labels[0]?.value ?? ""));
      return [
        ...registry.readings(),
        ...lastPush.readings(),
        ...process.readings(),
      ];
    },
  };
}

/** Gauges whose values are read off the state. */
function createGauges(self: SelfMetrics) {
  const { registry } = self;
  const gauge = (name: string, help: string) =>
    registry.gauge(`msp_relay_${name}`, help).reading();
  const connected = gauge(
    "agents_connected",
    "Senders that pushed within the last minute.",
  );
  const inflight = gauge("inflight_bytes", "Bytes being read or stored.");
  const rows = gauge(
    "persistentqueue_rows_pending",
    "Samples that wait for delivery.",
  );
  const segments = gauge("persistentqueue_segments", "Files of the spool.");
  const disk = gauge(
    "persistentqueue_disk_bytes",
    "Bytes of the spool's files, with what lingers after its delivery.",
  );
  const eta = gauge(
    "persistentqueue_full_eta_seconds",
    "Until the spool is full if nothing is delivered; 0 when unknown.",
  );
  const recovery = gauge(
    "spool_recovery_seconds",
    "How long opening the spool took.",
  );
  const failing = gauge(
    "spool_failed_commits",
    "Commits that failed since one succeeded.",
  );
  const quarantined = registry.counter(
    "msp_relay_persistentqueue_blocks_quarantined_total",
    "Batches set aside because central refuses them.",
  ).reading();
  const droppedBytes = registry.counter(
    "msp_relay_persistentqueue_bytes_dropped_total",
    "Bytes of batches that will never be delivered, by reason.",
    ["reason"],
  );
  return {
    set({ inflightBytes, senders, spool }: MetricsState, fill: FillRate) {
      connected.set(senders.connected());
      inflight.set(inflightBytes);
      if (spool === undefined) return;
      self.spoolBytes.set(spool.pending.bytes);
      self.spoolCapacityBytes.set(spool.capacityBytes);
      self.spoolOldestTimestamp.set((spool.oldestMs ?? 0) / 1000);
      for (const [reason, lost] of spool.dropped) {
        self.samplesDropped.reading(reason).set(lost.samples);
        droppedBytes.reading(reason).set(lost.bytes);
      }
      quarantined.set(spool.quarantined.frames);
      rows.set(spool.pending.samples);
      segments.set(spool.segments);
      disk.set(spool.diskBytes);
      recovery.set(spool.recoverySeconds);
      failing.set(spool.failedCommits);
      eta.set(fill.secondsUntilFull(spool));
    },
  };
}

/** How fast the spool grows, from what was stored and what it holds. */
class FillRate {
  readonly #clock: Clock;
  #marks: { readonly atMs: number; readonly pendingBytes: number }[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** 0 while what waits does not grow. */
  secondsUntilFull({ pending, capacityBytes }: SpoolStats): number {
    const atMs = this.#clock.monotonicMs();
    this.#marks.push({ atMs, pendingBytes: pending.bytes });
    while ((this.#marks[0]?.atMs ?? atMs) < atMs - FILL_WINDOW_MS) {
      this.#marks.shift();
    }
    const first = this.#marks[0] ?? { atMs, pendingBytes: pending.bytes };
    const grown = pending.bytes - first.pendingBytes;
    if (grown <= 0) return 0;
    const bytesPerSecond = grown / ((atMs - first.atMs) / 1000);
    return Math.max(0, capacityBytes - pending.bytes) / bytesPerSecond;
  }
}
