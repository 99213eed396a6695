/** A forwarder on a real spool, with a clock and a receiver of the test's own. */
import {
  createForwarderMetrics,
  type ForwarderMetrics,
} from "../../../shared/forwarder/forwarder_metrics.ts";
import { Forwarder } from "../../../shared/forwarder/forwarder.ts";
import type {
  ForwarderDeps,
  ForwarderOptions,
} from "../../../shared/forwarder/forwarder_types.ts";
import type { Series } from "../../../shared/model.ts";
import { decodeWriteRequest } from "../../../shared/remote_write/decode.ts";
import { encodeWriteRequest } from "../../../shared/remote_write/encode.ts";
import type { Push, PushOutcome } from "../../../shared/remote_write/push.ts";
import { compress, uncompress } from "../../../shared/remote_write/snappy.ts";
import {
  createSelfMetrics,
  type SelfMetrics,
} from "../../../shared/self_metrics.ts";
import type { Codec } from "../../../shared/spool/frame.ts";
import type { Spool } from "../../../shared/spool/spool.ts";
import type { SpoolOptions } from "../../../shared/spool/spool_types.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { FakeDisk } from "../../support/fake_disk.ts";
import {
  createRecordingLog,
  type RecordedEvent,
} from "../../support/recording_log.ts";
import { openSpool } from "../spool/harness.ts";

export const OK: PushOutcome = { kind: "delivered", status: 204 };
export const DOWN: PushOutcome = {
  kind: "retry",
  code: "connect",
  message: "refused",
};
export const BAD: PushOutcome = {
  kind: "rejected",
  status: 400,
  code: "400",
  message: "bad series",
};

/** One request as the receiver saw it. */
export interface Seen {
  readonly atMs: number;
  readonly names: readonly string[];
  readonly attempt: number;
  readonly encoding: Codec;
  readonly bytes: number;
}

/** How a test's forwarder differs from the usual one. */
export interface TestForwarder {
  /** @default everything is delivered */
  readonly answer?: (seen: Seen) => PushOutcome | Promise<PushOutcome>;
  /** Takes the place of `answer` altogether. */
  readonly push?: Push;
  readonly options?: Partial<ForwarderOptions>;
  readonly spool?: Partial<SpoolOptions>;
  readonly deps?: Partial<ForwarderDeps>;
  readonly clock?: FakeClock;
}

/** A running forwarder and all that a test looks at. */
export interface Running {
  readonly clock: FakeClock;
  readonly spool: Spool;
  readonly disk: FakeDisk;
  readonly self: SelfMetrics;
  readonly metrics: ForwarderMetrics;
  readonly events: readonly RecordedEvent[];
  readonly seen: Seen[];
  readonly forwarder: Forwarder;
  /** Appends a frame with these series; returns once it is stored. */
  append(names: readonly string[], how?: AppendOptions): Promise<void>;
  /** Names that the receiver has taken, in order. */
  taken(): string[];
  dropped(reason: string): number;
  end(): Promise<void>;
}

/** How a frame differs from one with samples of this moment. */
export interface AppendOptions {
  readonly ageMs?: number;
  readonly codec?: Codec;
  readonly body?: Uint8Array;
}

/** Starts a forwarder. Random numbers are all 1, or just below it. */
export async function startForwarder(
  { answer = () => OK, clock = new FakeClock(), ...init }: TestForwarder = {},
): Promise<Running> {
  const disk = new FakeDisk();
  const spool = await openSpool({
    clock,
    disk,
    options: {
      maxBytes: 64 * 1024 ** 2,
      segmentBytes: 1024 ** 2,
      ...init.spool,
    },
  });
  const self = createSelfMetrics("relay", {
    version: "0",
    mode: "relay",
    startMs: 0,
  });
  const metrics = createForwarderMetrics(self.registry);
  const { log, events } = createRecordingLog();
  const seen: Seen[] = [];
  const taken: string[] = [];
  const push: Push = init.push ?? (async (body, { attempt, encoding }) => {
    const names = encoding === "snappy" ? namesIn(body) : [];
    const one = {
      atMs: clock.monotonicMs(),
      names,
      attempt,
      encoding,
      bytes: body.length,
    };
    seen.push(one);
    const outcome = await answer(one);
    if (outcome.kind === "delivered") taken.push(...names);
    return outcome;
  });
  const forwarder = new Forwarder(
    {
      spool,
      push,
      clock,
      log,
      self,
      metrics,
      random: () => 0.999_999,
      ...init.deps,
    },
    {
      order: "free",
      concurrency: { live: 4, backfill: 2 },
      encoding: "snappy",
      backfillDelayMs: 0,
      gatherMs: 0,
      ...init.options,
    },
  );
  const stop = new AbortController();
  const done = forwarder.run(stop.signal);
  return {
    clock,
    spool,
    disk,
    self,
    metrics,
    events,
    seen,
    forwarder,
    async append(names, { ageMs = 0, codec = "snappy", body } = {}) {
      const timeMs = Math.round(clock.nowMs() - ageMs);
      await spool.append(body ?? bodyOf(names, timeMs), {
        codec,
        sampleCount: names.length,
        minTimeMs: timeMs,
        maxTimeMs: timeMs,
      });
    },
    taken: () => taken,
    dropped: (reason) => self.samplesDropped.reading(reason).value,
    async end() {
      stop.abort();
      await done;
      await spool.close();
    },
  };
}

/** A snappy body with one sample of each series. */
export function bodyOf(
  names: readonly string[],
  timestampMs = 1_000,
): Uint8Array {
  const series: Series[] = names.map((value) => ({
    labels: [{ name: "__name__", value }],
    samples: [{ value: 1, timestampMs }],
  }));
  return compress(encodeWriteRequest({ series }));
}

/** The series of a snappy body. */
export function namesIn(body: Uint8Array): string[] {
  return decodeWriteRequest(uncompress(body, 64 * 1024 ** 2)).series
    .map((series) => series.labels[0]!.value);
}

/** `prefix0`, `prefix1`, … */
export function names(count: number, prefix = "s"): string[] {
  return Array.from({ length: count }, (_, i) => `${prefix}${i}`);
}

/** Lets everything run that waits for no time. */
export async function settle(clock: FakeClock): Promise<void> {
  for (let i = 0; i < 5; i++) await clock.advance(0);
}
