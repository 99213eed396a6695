/** What became of the check samples of `msp-agent check` and the installer. */
import type { FrameSource } from "../shared/forwarder/forwarder_types.ts";

/** How many checks are remembered; the oldest are forgotten. */
const MAX_RECEIPTS = 1_000;
/** Ids are UUIDs; a longer one is not from us. */
const MAX_ID_CHARS = 64;

/** What a frame is recognised by: a check's time is its own to the ms. */
export interface FrameMarks {
  readonly minTimeMs: number;
  readonly maxTimeMs: number;
  readonly sampleCount: number;
  readonly payloadBytes: number;
}

/** What became of one check sample. */
export interface Receipt {
  readonly id: string;
  /** Whether a batch with it is, or was, in the spool. */
  readonly spooled: boolean;
  /** Whether central has taken that batch. */
  readonly forwarded: boolean;
}

/** The last checks. */
export class Receipts {
  /** Frame by id of the check; `undefined` once it was delivered. */
  readonly #frames = new Map<string, string | undefined>();

  /** Notes that a frame with the samples of these checks is on disk. */
  stored(ids: readonly string[], frame: FrameMarks): void {
    for (const id of ids) {
      if (id.length > MAX_ID_CHARS) continue;
      this.#frames.delete(id);
      this.#frames.set(id, keyOf(frame));
    }
    for (const oldest of this.#frames.keys()) {
      if (this.#frames.size <= MAX_RECEIPTS) return;
      this.#frames.delete(oldest);
    }
  }

  /** Notes that central has taken these frames. */
  delivered(frames: readonly FrameMarks[]): void {
    if (this.#frames.size === 0) return;
    const keys = new Set(frames.map(keyOf));
    for (const [id, key] of this.#frames) {
      if (key !== undefined && keys.has(key)) this.#frames.set(id, undefined);
    }
  }

  find(id: string): Receipt {
    const spooled = this.#frames.has(id);
    return {
      id,
      spooled,
      forwarded: spooled && this.#frames.get(id) === undefined,
    };
  }

  /** The spool as the forwarder sees it, with its deliveries noted here. */
  watch(spool: FrameSource): FrameSource {
    return {
      take: (lane, limits) => spool.take(lane, limits),
      waitFor: (lane, signal) => spool.waitFor(lane, signal),
      delivered: (frames) => {
        this.delivered(frames);
        spool.delivered(frames);
      },
      release: (frames) => spool.release(frames),
      quarantine: (frame, facts) => spool.quarantine(frame, facts),
      resendLinger: () => spool.resendLinger(),
      stats: () => spool.stats(),
    };
  }
}

function keyOf(frame: FrameMarks): string {
  const { minTimeMs, maxTimeMs, sampleCount, payloadBytes } = frame;
  return `${minTimeMs} ${maxTimeMs} ${sampleCount} ${payloadBytes}`;
}
