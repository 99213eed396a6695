/** What the spool keeps in memory of a segment and of its frames. */
import {
  BLOCK_BYTES,
  type Codec,
  type FrameFacts,
  type SegmentId,
} from "./frame.ts";
import { RangeSet } from "./ranges.ts";

/**
 * Where a frame stands:
 * - `stored`: on disk, waiting in the backfill lane;
 * - `live`: waiting in the live lane;
 * - `claimed`: taken by the forwarder;
 * - `done`: delivered, in quarantine, or dropped.
 */
export type FrameState = "stored" | "live" | "claimed" | "done";

/** Arrival of a frame that belongs to the backfill lane for good. */
export const NEVER_LIVE = -1;

const NO_BYTES = new Uint8Array(0);

/** One request body and what is known of it. */
export class Frame implements FrameFacts {
  readonly codec: Codec;
  readonly receivedAtMs: number;
  readonly minTimeMs: number;
  readonly maxTimeMs: number;
  readonly sampleCount: number;
  readonly payloadBytes: number;
  /** The payload; empty unless the frame is in the live lane or was taken. */
  body: Uint8Array;
  /** @internal Where the spool has it. */
  state: FrameState = "stored";
  /** @internal Position on disk, once it has one. */
  place: FramePlace | undefined;
  /** @internal Order in the live lane. */
  arrival = NEVER_LIVE;
  /** @internal Monotonic time of arrival. */
  arrivedAtMs = 0;
  /** @internal The writer has it, and needs its payload. */
  isBeingWritten = false;

  constructor(
    facts: FrameFacts,
    payloadBytes: number,
    body: Uint8Array = NO_BYTES,
  ) {
    this.codec = facts.codec;
    this.receivedAtMs = facts.receivedAtMs;
    this.minTimeMs = facts.minTimeMs;
    this.maxTimeMs = facts.maxTimeMs;
    this.sampleCount = facts.sampleCount;
    this.payloadBytes = payloadBytes;
    this.body = body;
  }

  /** A frame that was received now and is not on disk. */
  static of(
    body: Uint8Array,
    { codec, sampleCount, minTimeMs, maxTimeMs }: Omit<
      FrameFacts,
      "receivedAtMs"
    >,
    receivedAtMs: number,
  ): Frame {
    // A body without samples has no times; it is as old as its arrival.
    const hasTimes = Number.isFinite(minTimeMs) && Number.isFinite(maxTimeMs);
    const times = hasTimes
      ? { minTimeMs, maxTimeMs }
      : { minTimeMs: receivedAtMs, maxTimeMs: receivedAtMs };
    const facts = { codec, sampleCount, receivedAtMs, ...times };
    return new Frame(facts, body.length, body);
  }

  /** @internal Lets go of the payload. */
  forgetBody(): void {
    this.body = NO_BYTES;
  }
}

/** A frame's place on disk. */
export interface FramePlace {
  readonly segment: Segment;
  readonly sequence: number;
  /** Of the frame's block; the payload follows it. */
  readonly offset: number;
  /** Position in the segment's list of frames. */
  readonly index: number;
}

/** How much of something there is. */
export interface Amount {
  frames: number;
  samples: number;
  /** Payload bytes. */
  bytes: number;
}

/** What a segment is made from. */
export interface SegmentInit {
  readonly id: SegmentId;
  /** File name in the spool's folder. */
  readonly name: string;
  readonly firstSequence: number;
  /** Behind its last frame: one more than the highest sequence. */
  readonly nextSequence: number;
  readonly fileBytes: number;
}

/** One append-only file of frames. */
export class Segment {
  readonly id: SegmentId;
  readonly name: string;
  readonly firstSequence: number;
  nextSequence: number;
  /** Bytes of the file. */
  fileBytes: number;
  /** Frames are still added. */
  open = false;
  /** What has not been delivered, dropped or put into quarantine. */
  readonly pending: Amount = { frames: 0, samples: 0, bytes: 0 };
  minTimeMs = Infinity;
  maxTimeMs = -Infinity;
  /** Sequences that are done. */
  readonly done: RangeSet = new RangeSet();
  /** Frames by position; `undefined` until the segment's blocks are read. */
  frames: Frame[] | undefined;
  /** Frames that are in the live lane or taken; such a segment stays. */
  held = 0;
  /** Its file is being read. */
  pinned = false;
  /** No frame before this position is `stored`. */
  firstStored = 0;
  /** Its damage has been looked at and counted. */
  examined = false;
  /** Monotonic time before which reading is not tried again. */
  unreadableUntilMs = 0;

  constructor(init: SegmentInit) {
    this.id = init.id;
    this.name = init.name;
    this.firstSequence = init.firstSequence;
    this.nextSequence = init.nextSequence;
    this.fileBytes = init.fileBytes;
  }

  /** Frames that the backfill lane may hand out. */
  get waiting(): number {
    return this.pending.frames - this.held;
  }

  /** Adds a frame that was written at `offset`. */
  add(frame: Frame, sequence: number, offset: number): void {
    const frames = this.frames ??= [];
    frame.place = { segment: this, sequence, offset, index: frames.length };
    frames.push(frame);
    this.nextSequence = Math.max(this.nextSequence, sequence + 1);
    this.minTimeMs = Math.min(this.minTimeMs, frame.minTimeMs);
    this.maxTimeMs = Math.max(this.maxTimeMs, frame.maxTimeMs);
    if (frame.state === "done") this.done.add(sequence, sequence + 1);
    else count(this.pending, frame, 1);
    if (isHeld(frame.state)) this.held++;
  }

  /** Moves a frame of this segment into another state and counts it there. */
  move(frame: Frame, state: FrameState): void {
    const { place } = frame;
    if (place === undefined) return;
    this.held += Number(isHeld(state)) - Number(isHeld(frame.state));
    if (state === "done") {
      count(this.pending, frame, -1);
      this.done.add(place.sequence, place.sequence + 1);
    } else if (state === "stored") {
      this.firstStored = Math.min(this.firstStored, place.index);
    }
    if (state === "stored" || state === "done") frame.forgetBody();
    frame.state = state;
  }

  /** Makes sequences that were delivered wait again; `amount` is what they hold. */
  reopen(ranges: RangeSet, amount: Amount): void {
    for (const [start, end] of ranges.ranges) this.done.remove(start, end);
    this.pending.frames += amount.frames;
    this.pending.samples += amount.samples;
    this.pending.bytes += amount.bytes;
    this.firstStored = 0;
    for (const frame of this.frames ?? []) {
      if (frame.place !== undefined && ranges.has(frame.place.sequence)) {
        frame.state = "stored";
      }
    }
  }

  /** Oldest sample that waits; of a segment whose blocks are not read, of all. */
  oldestPendingMs(): number {
    if (this.frames === undefined) return this.minTimeMs;
    let oldestMs = Infinity;
    for (const frame of this.frames) {
      if (frame.state !== "done" && frame.minTimeMs < oldestMs) {
        oldestMs = frame.minTimeMs;
      }
    }
    return oldestMs;
  }

  /** Sets the counts from the frames that are known. */
  recount(): void {
    Object.assign(this.pending, { frames: 0, samples: 0, bytes: 0 });
    for (const frame of this.frames ?? []) {
      if (frame.state !== "done") count(this.pending, frame, 1);
    }
  }
}

/** The file name of a segment that begins with `firstSequence`. */
export function segmentName(firstSequence: number): string {
  return `${firstSequence.toString(16).padStart(16, "0")}.seg`;
}

/** The first sequence that a name tells; `undefined` for other files. */
export function parseSegmentName(name: string): number | undefined {
  const match = /^([0-9a-f]{16})\.seg$/.exec(name);
  if (match?.[1] === undefined) return undefined;
  const sequence = Number.parseInt(match[1], 16);
  return Number.isSafeInteger(sequence) ? sequence : undefined;
}

/** Bytes a frame takes on disk. */
export function storedBytes(frame: Frame): number {
  return BLOCK_BYTES + frame.payloadBytes;
}

/** Adds a frame to an amount, or takes it away with `sign` -1. */
export function count(amount: Amount, frame: Frame, sign: 1 | -1): void {
  amount.frames += sign;
  amount.samples += sign * frame.sampleCount;
  amount.bytes += sign * frame.payloadBytes;
}

/** A frame as an amount. */
export function amountOf(frame: Frame): Amount {
  return {
    frames: 1,
    samples: frame.sampleCount,
    bytes: frame.payloadBytes,
  };
}

/** What waits in segments and in memory, and its oldest sample. */
export function pendingIn(
  segments: Iterable<Segment>,
  inMemory: Iterable<Frame>,
): { pending: Amount; oldestMs: number | undefined } {
  const pending: Amount = { frames: 0, samples: 0, bytes: 0 };
  let oldestMs = Infinity;
  for (const segment of segments) {
    if (segment.pending.frames === 0) continue;
    pending.frames += segment.pending.frames;
    pending.samples += segment.pending.samples;
    pending.bytes += segment.pending.bytes;
    oldestMs = Math.min(oldestMs, segment.oldestPendingMs());
  }
  for (const frame of inMemory) {
    count(pending, frame, 1);
    oldestMs = Math.min(oldestMs, frame.minTimeMs);
  }
  return { pending, oldestMs: oldestMs === Infinity ? undefined : oldestMs };
}

function isHeld(state: FrameState): boolean {
  return state === "live" || state === "claimed";
}
