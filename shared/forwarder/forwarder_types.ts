/** What a forwarder is made with, and what it tells about itself. */
import type { Clock } from "../clock.ts";
import type { Logger } from "../log.ts";
import type { Push } from "../remote_write/push.ts";
import type { SelfMetrics } from "../self_metrics.ts";
import type { Codec } from "../spool/frame.ts";
import type { Spool } from "../spool/spool.ts";
import type { DestinationStatus } from "./destination_state.ts";
import type { ForwarderMetrics } from "./forwarder_metrics.ts";
import type { ReadStartTime } from "./start_time.ts";

/** What a forwarder needs of a spool. */
export type FrameSource = Pick<
  Spool,
  | "take"
  | "waitFor"
  | "delivered"
  | "release"
  | "quarantine"
  | "resendLinger"
  | "stats"
>;

/** What a forwarder works with. */
export interface ForwarderDeps {
  readonly spool: FrameSource;
  readonly push: Push;
  readonly clock: Clock;
  readonly log: Logger;
  readonly self: SelfMetrics;
  readonly metrics: ForwarderMetrics;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Asked every 10 s while something is delivered. @default never */
  readonly readStartTime?: ReadStartTime;
}

/** How one destination is served. */
export interface ForwarderOptions {
  /**
   * `free` sends live data first and several requests at once. `strict` is for
   * receivers that take samples in order only: one request at a time, oldest
   * first. Its spool must be opened with `liveBytes: 0`, so that the oldest comes
   * first, and `lingerMs: 0`, because such a receiver refuses what it has.
   */
  readonly order: "free" | "strict";
  /** Requests in flight, by lane. `strict` has one. */
  readonly concurrency: { readonly live: number; readonly backfill: number };
  /** What is sent; zstd falls back to snappy where it is not understood. */
  readonly encoding: Codec;
  /** After a start and after an outage backfill waits a random time up to this. */
  readonly backfillDelayMs: number;
  /** Pause after a small request, so that the next one holds more. */
  readonly gatherMs: number;
}

/** The state of delivery at one moment. Times are wall times in ms. */
export interface ForwarderState {
  readonly status: DestinationStatus;
  /** When the status became what it is. */
  readonly sinceMs: number;
  /** Why it is not up: a status code or kind of fault, and the whole story. */
  readonly code?: string;
  readonly message?: string;
  /** When the next probe is due, unless it is up or one is away. */
  readonly retryAtMs?: number;
  readonly lastDeliveredMs?: number;
  /** The receiver's clock at the last success. */
  readonly lastServerTimeMs?: number;
  /** Limit of the backlog's rate now. */
  readonly backfillBytesPerSecond: number;
  /** Until the backlog is delivered at the present rate; only while it is up. */
  readonly drainSeconds?: number;
}
