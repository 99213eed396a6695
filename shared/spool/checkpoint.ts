/**
 * What has been delivered of the segments that still exist, without the last
 * minute: central may have that in memory only, and while this program is away
 * nobody sees central crash. So the next start sends it again. Losing it costs
 * duplicates, never data: every row names its segment's random id, so an old,
 * foreign or made-up checkpoint says nothing about frames it does not know.
 *
 * Format: a line `msp-checkpoint 1 CRC`, where CRC is the CRC-32 of the rest in
 * hex, and one line of JSON.
 */
import { crc32 } from "../crc32.ts";
import { errnoOf } from "../errors.ts";
import { type Disk, readSmallFile, replaceFile } from "./disk.ts";
import type { SegmentId } from "./frame.ts";
import type { Range, RangeSet } from "./ranges.ts";
import type { Segment } from "./segment.ts";

/** Its file name in the spool's folder. */
export const CHECKPOINT_NAME = "checkpoint";

const MAX_CHECKPOINT_BYTES = 16 * 1024 ** 2;
/** No spool gets that far; a larger number is not from us. */
const MAX_SEQUENCE = 2 ** 48;

/** The content of a checkpoint. */
export interface Checkpoint {
  /** Sequences start here at the latest, also when no segment is left. */
  readonly nextSequence: number;
  /** Delivered ranges by {@linkcode segmentKey}. */
  readonly done: ReadonlyMap<string, readonly Range[]>;
}

const EMPTY: Checkpoint = { nextSequence: 0, done: new Map() };

/** A segment id as text. */
export function segmentKey(id: SegmentId): string {
  return [id.high, id.low].map((n) => n.toString(16).padStart(8, "0")).join("");
}

/** Writes the checkpoint as a whole or not at all. */
export async function saveCheckpoint(
  disk: Disk,
  directory: string,
  { segments, doneOf, nextSequence }: {
    readonly segments: readonly Segment[];
    /** Sequences of a segment that the next start need not send. */
    doneOf(segment: Segment): RangeSet;
    readonly nextSequence: number;
  },
): Promise<void> {
  const done = segments
    .map((segment) => [segmentKey(segment.id), doneOf(segment).ranges] as const)
    .filter(([, ranges]) => ranges.length > 0);
  const json = new TextEncoder().encode(
    JSON.stringify({ nextSequence, done }) + "\n",
  );
  const head = new TextEncoder().encode(
    `msp-checkpoint 1 ${crc32(json).toString(16)}\n`,
  );
  const bytes = new Uint8Array(head.length + json.length);
  bytes.set(head);
  bytes.set(json, head.length);
  await replaceFile(disk, directory, CHECKPOINT_NAME, bytes);
}

/** Reads the checkpoint; one that is missing, damaged or unreadable says nothing. */
export async function loadCheckpoint(
  disk: Disk,
  directory: string,
): Promise<Checkpoint> {
  const path = `${directory}/${CHECKPOINT_NAME}`;
  try {
    const bytes = await readSmallFile(disk, path, MAX_CHECKPOINT_BYTES);
    return bytes === undefined ? EMPTY : parseCheckpoint(bytes) ?? EMPTY;
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return EMPTY;
  }
}

/** @returns `undefined` when the bytes are not a whole, sound checkpoint */
export function parseCheckpoint(bytes: Uint8Array): Checkpoint | undefined {
  const lineEnd = bytes.indexOf(0x0a);
  const head = new TextDecoder().decode(bytes.subarray(0, lineEnd + 1));
  const json = bytes.subarray(lineEnd + 1);
  if (head !== `msp-checkpoint 1 ${crc32(json).toString(16)}\n`) {
    return undefined;
  }
  // The CRC fits, so this program wrote it: the shape is known.
  const { nextSequence, done } = JSON.parse(new TextDecoder().decode(json)) as {
    nextSequence: number;
    done: [string, Range[]][];
  };
  return {
    nextSequence: nextSequence <= MAX_SEQUENCE ? nextSequence : 0,
    done: new Map(done),
  };
}
