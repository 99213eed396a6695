/** What callers of the spool hand over and get back. */
import type { Clock } from "../clock.ts";
import type { Logger } from "../log.ts";
import type { Disk } from "./disk.ts";
import type { FrameFacts } from "./frame.ts";
import type { Amount } from "./segment.ts";
import type { DropReason } from "./store.ts";

/** Limits and habits of one spool. */
export interface SpoolOptions {
  /** Most bytes of all segments; then the oldest segment is dropped. */
  readonly maxBytes: number;
  /** Size of a segment, bytes. @default 16 MiB, at most a quarter of maxBytes */
  readonly segmentBytes?: number;
  /** Age after which a segment is ended, ms. @default 10 minutes */
  readonly segmentMs?: number;
  /** Segments whose newest sample is older are dropped, ms. @default never */
  readonly maxAgeMs?: number;
  /** Disk space that others keep; below it append() is refused. @default 0 */
  readonly minFreeBytes?: number;
  /** Payload bytes of the live lane. @default 8 MiB, at most maxBytes / 8 */
  readonly liveBytes?: number;
  /**
   * How long what was delivered is kept, ms: for {@linkcode Spool.resendLinger},
   * and because the next start sends it again. 0 for a receiver that has on its
   * disk what it acknowledges, or that refuses what it has.
   *
   * @default one minute: VictoriaMetrics writes to its disk every 5 s
   */
  readonly lingerMs?: number;
  /**
   * Memory-first mode, for the agent: `append()` resolves at once, and a frame
   * is written only when it has waited this long for its delivery, when the
   * live lane is full, or in {@linkcode Spool.close}. Delivered in time, it
   * never touches the disk; during an outage one sync serves all frames of this
   * span. A crash loses at most what was accepted in the last `memoryFirstMs`
   * plus the time between two calls of `append()` or `maintain()`. Nothing is
   * lost by close(), and nothing waits for the disk: on one that refuses,
   * frames stay in memory up to `liveBytes`, on one that hangs up to twice that.
   *
   * @default off: every frame is on disk before it is acknowledged
   */
  readonly memoryFirstMs?: number;
  /**
   * A commit begins so long after the one before it, ms, so that one sync
   * serves many frames; at once when more time has passed. @default 0
   */
  readonly gatherMs?: number;
}

/** What a spool works with. */
export interface SpoolDeps {
  readonly clock: Clock;
  readonly log: Logger;
  readonly disk: Disk;
  /** A number from 0 up to, and without, 1. @default Math.random */
  readonly random?: () => number;
  /** Counts how long each synced write took, seconds. */
  readonly syncSeconds?: { observe(seconds: number): void };
}

/** What is known of a body that is appended. */
export type AppendFacts = Omit<FrameFacts, "receivedAtMs">;

/** `live` is new data; `backfill` what waits on disk, oldest first. */
export type Lane = "live" | "backfill";

/** Why and what of a frame goes into quarantine. */
export interface QuarantineFacts {
  /** One of a small set, such as `rejected`. */
  readonly reason: string;
  /** For a person, such as the receiver's answer. */
  readonly detail: string;
  /** A part of the frame as a body of its own, when the rest was delivered. */
  readonly body?: Uint8Array;
  readonly sampleCount?: number;
}

/** The state of a spool at one moment. */
export interface SpoolStats {
  /** Bytes of all segment files. */
  readonly diskBytes: number;
  readonly capacityBytes: number;
  /** What waits for delivery, with what is taken. */
  readonly pending: Amount;
  /** Oldest sample that waits, ms since the epoch; `undefined` when none does. */
  readonly oldestMs: number | undefined;
  readonly segments: number;
  readonly liveFrames: number;
  /** Since the start. */
  readonly dropped: ReadonlyMap<DropReason, Readonly<Amount>>;
  /** Since the start. */
  readonly quarantined: Readonly<Amount>;
  /** Commits that failed since one succeeded: 0 when the disk is well. */
  readonly failedCommits: number;
  readonly recoverySeconds: number;
}
