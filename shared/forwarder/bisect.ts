/**
 * Finds out what of a refused request the receiver does take: by frames, then
 * by the series of a frame, so that one bad series costs one series.
 */
import { describeError } from "../errors.ts";
import type { PushOutcome } from "../remote_write/push.ts";
import { compress } from "../remote_write/snappy.ts";
import {
  halveBySamples,
  halveBySeries,
  type Halves,
  separateHistograms,
} from "../remote_write/split.ts";
import { summarizeWriteRequest } from "../remote_write/summarize.ts";
import { DecodeError } from "../remote_write/wire_reader.ts";
import type { Frame } from "../spool/segment.ts";
import { zlib } from "../zlib.ts";
import { toSnappy, unpack } from "./merge.ts";

/** An answer that blames the bytes. */
export type Refusal = Extract<
  PushOutcome,
  { readonly kind: "rejected" | "too_large" }
>;

/** What is wrong in a frame; the rest of it was delivered. */
export interface Verdict {
  readonly frame: Frame;
  /** The refused part, packed like the frame; `undefined` for all of it. */
  readonly body?: Uint8Array;
  readonly samples: Readonly<Record<Refusal["kind"], number>>;
  /** The receiver's words about one of the parts. */
  readonly detail: string;
}

/** What became of the frames of a refused request. */
export interface BisectResult {
  /** The receiver took some part: it does not refuse everything. */
  readonly accepted: boolean;
  readonly delivered: readonly Frame[];
  readonly condemned: readonly Verdict[];
  /** Not tried to the end. */
  readonly undecided: readonly Frame[];
  /** The answer that ended the search early, when it was one about the line. */
  readonly stop?: PushOutcome;
}

/** How the parts are tried. */
export interface BisectDeps {
  /** Sends one snappy block. */
  readonly send: (block: Uint8Array) => Promise<PushOutcome>;
  /** Parts go out in their order, each once those before it are settled. */
  readonly isStrict: boolean;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** Frames refused in a row before it is the receiver that is suspected. */
const MAX_FRAME_REFUSALS = 32;
/**
 * Refusals after which a frame of which nothing was taken is given up. Fewer
 * where order counts: there a whole request is refused again when only the
 * answer to it was lost.
 */
const MAX_BARREN_REFUSALS = { free: 64, strict: 16 } as const;
/** Refusals after which what is left of a frame is given up. */
const MAX_REFUSALS = 256;

/** Sends the parts of `frames`, which were refused together. */
export async function bisect(
  frames: readonly Frame[],
  refusal: Refusal,
  deps: BisectDeps,
): Promise<BisectResult> {
  const search = new Search(deps);
  await search.run(frames, refusal);
  const { accepted, delivered, condemned, undecided, stop } = search;
  return {
    accepted,
    delivered,
    condemned,
    undecided,
    ...stop === undefined ? {} : { stop },
  };
}

class Search {
  accepted = false;
  readonly delivered: Frame[] = [];
  readonly condemned: Verdict[] = [];
  readonly undecided: Frame[] = [];
  stop: PushOutcome | undefined;
  readonly #deps: BisectDeps;

  constructor(deps: BisectDeps) {
    this.#deps = deps;
  }

  async run(frames: readonly Frame[], refusal: Refusal): Promise<void> {
    const suspects = await this.#searchFrames(frames, refusal);
    for (const [frame, why] of suspects) {
      const isHopeless = !this.accepted && this.condemned.length > 0;
      if (this.stop !== undefined || isHopeless) this.undecided.push(frame);
      else await this.#dissect(frame, why);
    }
  }

  /** Delivers the sound frames; returns those that are refused alone. */
  async #searchFrames(
    frames: readonly Frame[],
    refusal: Refusal,
  ): Promise<[Frame, Refusal][]> {
    const { isStrict, random } = this.#deps;
    const suspects: [Frame, Refusal][] = [];
    const pending: Frame[][] = [];
    let refusals = 0;
    const split = async (group: Frame[], why: Refusal) => {
      const middle = group.length + 1 >> 1;
      const [only] = group;
      if (group.length > 1) {
        pending.push(group.slice(middle), group.slice(0, middle));
      } else if (only !== undefined && isStrict) {
        await this.#dissect(only, why);
      } else if (only !== undefined) suspects.push([only, why]);
    };
    // One sender's frames stand together: mixed, a few tell about all senders.
    await split(isStrict ? [...frames] : shuffle(frames, random), refusal);
    for (let group = pending.pop(); group; group = pending.pop()) {
      const isHopeless = !this.accepted && refusals >= MAX_FRAME_REFUSALS;
      if (this.stop !== undefined || isHopeless) {
        this.undecided.push(...group);
        continue;
      }
      const outcome = await this.#sendFrames(group);
      if (outcome.kind === "delivered") {
        this.accepted = true;
        this.delivered.push(...group);
      } else if (isRefusal(outcome)) {
        refusals++;
        await split(group, outcome);
      } else {
        this.stop = outcome;
        this.undecided.push(...group);
      }
    }
    return suspects;
  }

  async #sendFrames(frames: readonly Frame[]): Promise<PushOutcome> {
    let block: Uint8Array;
    try {
      block = toSnappy(frames);
    } catch (error) {
      return corrupt(error);
    }
    return await this.#deps.send(block);
  }

  /** Delivers the sound series of a frame, and condemns the others. */
  async #dissect(frame: Frame, refusal: Refusal): Promise<void> {
    const { send, isStrict } = this.#deps;
    const poison: [Uint8Array, Refusal][] = [];
    const pending: Uint8Array[] = [];
    const barrenLimit = MAX_BARREN_REFUSALS[isStrict ? "strict" : "free"];
    let refusals = 0;
    let accepted = false;
    const split = (request: Uint8Array, why: Refusal) => {
      const halves = halve(request, why);
      if (halves === undefined) poison.push([request, why]);
      else if (isStrict) pending.unshift(...halves);
      // All large parts before any small one: the sound ones are soon away.
      else pending.push(...halves);
    };
    try {
      split(unpack(frame), refusal);
    } catch (error) {
      return this.#condemn(frame, [], corrupt(error));
    }
    for (let part = pending.shift(); part; part = pending.shift()) {
      const limit = accepted ? MAX_REFUSALS : barrenLimit;
      if (refusals >= limit) {
        poison.push([part, refusal]);
        continue;
      }
      const outcome = await send(compress(part));
      if (outcome.kind === "delivered") accepted = this.accepted = true;
      else if (isRefusal(outcome)) {
        refusals++;
        split(part, outcome);
      } else {
        this.stop = outcome;
        this.undecided.push(frame);
        return;
      }
    }
    if (poison.length === 0) this.delivered.push(frame);
    else this.#condemn(frame, accepted ? poison : [], poison[0]![1]);
  }

  /** Without `parts`, all of the frame. */
  #condemn(
    frame: Frame,
    parts: readonly [Uint8Array, Refusal][],
    refusal: Refusal,
  ): void {
    const samples = { rejected: 0, too_large: 0 };
    const detail = refusal.message;
    if (parts.length === 0) {
      samples[refusal.kind] = frame.sampleCount;
      this.condemned.push({ frame, samples, detail });
      return;
    }
    for (const [request, { kind }] of parts) {
      samples[kind] += countSamples(request);
    }
    const request = concat(parts.map(([request]) => request));
    const body = frame.codec === "snappy"
      ? compress(request)
      : zlib().zstdCompressSync(request);
    this.condemned.push({ frame, body, samples, detail });
  }
}

function halve(request: Uint8Array, { kind }: Refusal): Halves | undefined {
  return halveBySeries(request) ?? separateHistograms(request) ??
    (kind === "too_large" ? halveBySamples(request) : undefined);
}

/** Samples in a refused part; one where it cannot be read, as it may well be. */
function countSamples(request: Uint8Array): number {
  try {
    return summarizeWriteRequest(request).samples;
  } catch (error) {
    if (error instanceof DecodeError) return 1;
    throw error;
  }
}

/** Whether an answer blames the bytes. */
export function isRefusal(outcome: PushOutcome): outcome is Refusal {
  return outcome.kind === "rejected" || outcome.kind === "too_large";
}

function corrupt(error: unknown): Refusal {
  return {
    kind: "rejected",
    status: 400,
    code: "corrupt",
    message: describeError(error),
  };
}

function shuffle<T>(items: readonly T[], random: () => number): T[] {
  const shuffled = [...items];
  for (let i = shuffled.length - 1; i > 0; i--) {
    const other = Math.floor(random() * (i + 1));
    [shuffled[i], shuffled[other]] = [shuffled[other]!, shuffled[i]!];
  }
  return shuffled;
}

/** One request of several: their bytes one after the other. */
function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, p) => sum + p.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
