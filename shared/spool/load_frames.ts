/** Reads the blocks of one segment into memory, and sets damage aside. */
import type { Clock } from "../clock.ts";
import type { Logger } from "../log.ts";
import type { Disk, DiskFile } from "./disk.ts";
import type { Quarantine } from "./quarantine.ts";
import { scanSegment, type SegmentScan } from "./scan.ts";
import { type Amount, Frame, type Segment } from "./segment.ts";

/** What the scan works with. */
export interface RecoveryDeps {
  readonly disk: Disk;
  readonly directory: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly quarantine: Quarantine;
  /** False on a read-only disk: what is damaged stays as it is. */
  isWritable: boolean;
  /** Told of what a segment once had and no longer has. */
  lost(amount: Amount): void;
}

/**
 * Reads a segment's blocks into memory. The first time, unreadable ranges
 * between sound frames are put into quarantine.
 */
export async function loadFrames(
  segment: Segment,
  deps: RecoveryDeps,
): Promise<void> {
  const samplesBefore = segment.pending.samples;
  const file = await deps.disk.open(
    `${deps.directory}/${segment.name}`,
    "read",
  );
  let scan: SegmentScan;
  try {
    scan = await scanSegment(file, { checkPayloads: false });
    if (!segment.examined) await setDamageAside(segment, file, scan, deps);
  } finally {
    await file.close();
  }
  fill(segment, scan);
  if (segment.examined) return;
  const samples = segment.done.isEmpty
    ? Math.max(0, samplesBefore - segment.pending.samples)
    : 0;
  reportLost(segment, samples, deps);
}

/** Counts frames that the segment once had and no longer has. */
export function reportLost(
  segment: Segment,
  samples: number,
  deps: RecoveryDeps,
): void {
  segment.examined = true;
  const { firstSequence, nextSequence, frames = [] } = segment;
  // Sequences in a segment have no gaps, so a gap is a frame that was there.
  const missing = nextSequence - firstSequence - frames.length;
  if (missing > 0) deps.lost({ frames: missing, samples, bytes: 0 });
}

/** Keeps unreadable bytes that have readable ones behind them. */
export async function setDamageAside(
  segment: Segment,
  file: DiskFile,
  scan: SegmentScan,
  deps: RecoveryDeps,
): Promise<void> {
  for (const { start, end } of scan.damages) {
    if (deps.isWritable) {
      const bytes = new Uint8Array(end - start);
      await file.read(bytes, start);
      await deps.quarantine.put(`${segment.name}-${start}-damage`, bytes, {
        reason: "damaged",
        offset: start,
      });
    }
    deps.log.error("damaged bytes in segment", {
      segment: segment.name,
      offset: start,
      size_bytes: end - start,
    });
  }
}

/** Takes over what a scan found. */
export function fill(segment: Segment, scan: SegmentScan): void {
  segment.frames = [];
  segment.firstStored = 0;
  segment.pending.frames = segment.pending.samples = segment.pending.bytes = 0;
  for (const { header, offset } of scan.frames) {
    const frame = new Frame(header, header.payloadBytes);
    if (segment.done.has(header.sequence)) frame.state = "done";
    segment.add(frame, header.sequence, offset);
  }
}
