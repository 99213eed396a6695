/** What both programs count about themselves, under one set of names. */
import {
  type Family,
  type Histogram,
  type Reading,
  Registry,
} from "./metrics.ts";
import type { DropReason } from "./spool/store.ts";

/** Which of the two programs counts. */
export type Program = "agent" | "relay";

/** Why either of them may lose samples. */
const DROP_REASONS: Record<DropReason | "rejected" | "too_large", true> = {
  limit: true,
  age: true,
  damaged: true,
  storage: true,
  rejected: true,
  too_large: true,
};

/** The program's own families; each is also registered in `registry`. */
export interface SelfMetrics {
  readonly registry: Registry;
  /** Local clock minus the receiver's, seconds. */
  readonly clockOffset: Reading;
  /** Bytes that wait for delivery. */
  readonly spoolBytes: Reading;
  readonly spoolCapacityBytes: Reading;
  /** Time of the oldest waiting sample, Unix seconds; 0 when none waits. */
  readonly spoolOldestTimestamp: Reading;
  readonly samplesSent: Reading;
  /** Label `reason`. */
  readonly samplesDropped: Family;
  /** Label `code`: a status code, or `dns`, `connect`, `tls`, `reset`, `timeout`. */
  readonly sendFailures: Family;
  readonly sendDuration: Histogram;
  /** 1 while the receiver refuses our credential. */
  readonly authRejected: Reading;
}

/** Registers the metrics of `program`, started at `startMs`. */
export function createSelfMetrics(
  program: Program,
  { version, mode, startMs }: {
    version: string;
    mode: string;
    startMs: number;
  },
): SelfMetrics {
  const registry = new Registry([{ name: "program", value: program }]);
  registry.gauge(
    "msp_build_info",
    "Version and mode of this program; always 1.",
    ["version", "mode"],
  ).reading(version, mode).set(1);
  registry.gauge(
    "msp_start_time_seconds",
    "Start of this program, Unix seconds.",
  )
    .reading().set(startMs / 1000);
  const gauge = (name: string, help: string) =>
    registry.gauge(name, help).reading();
  const samplesDropped = registry.counter(
    "msp_samples_dropped_total",
    "Samples that will never be delivered, by reason.",
    ["reason"],
  );
  // There from the start: of a series that begins with its first loss, central
  // does not know that anything was lost.
  for (const reason of Object.keys(DROP_REASONS)) {
    samplesDropped.reading(reason);
  }
  return {
    registry,
    clockOffset: gauge(
      "msp_clock_offset_seconds",
      "This clock minus the receiver's, to about a second.",
    ),
    spoolBytes: gauge("msp_spool_bytes", "Bytes that wait for delivery."),
    spoolCapacityBytes: gauge(
      "msp_spool_capacity_bytes",
      "Bytes that may wait before the oldest are dropped.",
    ),
    spoolOldestTimestamp: gauge(
      "msp_spool_oldest_timestamp_seconds",
      "Time of the oldest sample that waits; 0 when none does.",
    ),
    samplesSent: registry.counter(
      "msp_samples_sent_total",
      "Samples that the receiver has accepted.",
    ).reading(),
    samplesDropped,
    sendFailures: registry.counter(
      "msp_send_failures_total",
      "Attempts to send that failed, by status code or kind of fault.",
      ["code"],
    ),
    sendDuration: registry.histogram(
      "msp_send_duration_seconds",
      "Duration of one attempt to send.",
      [0.01, 0.1, 1, 10],
    ),
    authRejected: gauge(
      "msp_auth_rejected",
      "1 while the receiver refuses the token.",
    ),
  };
}
