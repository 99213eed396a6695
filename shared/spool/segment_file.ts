/** The file of the segment that gets frames: begun, rolled back, left, sealed. */
import type { Clock } from "../clock.ts";
import type { Disk, DiskFile } from "./disk.ts";
import { BLOCK_BYTES, encodeSeal } from "./frame.ts";
import { Segment, segmentName } from "./segment.ts";

/** What a {@linkcode SegmentFile} works with. */
export interface SegmentFileDeps {
  readonly disk: Disk;
  readonly directory: string;
  readonly clock: Clock;
  /** A number from 0 up to, and without, 1. */
  readonly random: () => number;
}

/** A segment with its open file. */
export class SegmentFile {
  readonly segment: Segment;
  readonly file: DiskFile;
  /** Monotonic. */
  readonly createdAtMs: number;
  readonly #deps: SegmentFileDeps;

  private constructor(segment: Segment, file: DiskFile, deps: SegmentFileDeps) {
    this.segment = segment;
    this.file = file;
    this.createdAtMs = deps.clock.monotonicMs();
    this.#deps = deps;
  }

  /** Makes the file of a segment that begins with this sequence; still empty. */
  static async create(
    sequence: number,
    deps: SegmentFileDeps,
  ): Promise<SegmentFile> {
    const { disk, directory, random } = deps;
    const name = segmentName(sequence);
    const file = await disk.open(`${directory}/${name}`, "log");
    const segment = new Segment({
      id: { low: random32(random), high: random32(random) },
      name,
      firstSequence: sequence,
      nextSequence: sequence,
      fileBytes: 0,
    });
    segment.open = true;
    return new SegmentFile(segment, file, deps);
  }

  /**
   * Takes half-written frames away, so that the next ones follow sound ones.
   * False when that fails, or when nothing sound would be left.
   */
  async rollBack(): Promise<boolean> {
    const { fileBytes } = this.segment;
    if (fileBytes === 0) return false;
    return await settle(() => this.file.truncate(fileBytes));
  }

  /**
   * Leaves the segment as it is: what was acknowledged of it is synced. A file
   * that holds nothing sound is removed.
   */
  async abandon(): Promise<void> {
    const { segment, file } = this;
    segment.open = false;
    // Best effort: what stays behind is read at the next start as frames that
    // nobody was promised, which are at worst sent twice.
    await settle(() => file.truncate(segment.fileBytes));
    await settle(() => file.close());
    if (segment.fileBytes > 0) return;
    const { disk, directory } = this.#deps;
    await settle(() => disk.remove(`${directory}/${segment.name}`));
  }

  /**
   * Ends the segment; returns by how much its file grew. Without its seal the
   * next start has more to read, and that is all.
   */
  async seal(): Promise<number> {
    const { segment, file } = this;
    segment.open = false;
    const seal = sealOf(segment, this.#deps.clock.nowMs());
    const isWritten = await settle(() => file.write(seal, segment.fileBytes));
    if (!isWritten) await settle(() => file.truncate(segment.fileBytes));
    await settle(() => file.close());
    if (!isWritten) return 0;
    segment.fileBytes += seal.length;
    return seal.length;
  }
}

/** The seal of a segment whose frames are all known. */
export function sealOf(segment: Segment, sealedAtMs: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(BLOCK_BYTES));
  const frames = segment.frames ?? [];
  encodeSeal(view, {
    id: segment.id,
    frameCount: frames.length,
    nextSequence: segment.nextSequence,
    sealedAtMs,
    minTimeMs: segment.minTimeMs,
    maxTimeMs: segment.maxTimeMs,
    sampleCount: frames.reduce((sum, frame) => sum + frame.sampleCount, 0),
  });
  return new Uint8Array(view.buffer);
}

/** Whether it worked; for steps that nothing depends on. */
async function settle(step: () => Promise<void>): Promise<boolean> {
  try {
    await step();
    return true;
  } catch {
    return false;
  }
}

function random32(random: () => number): number {
  return Math.floor(random() * 2 ** 32);
}
