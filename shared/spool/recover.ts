/**
 * The scan at start. It needs no human: torn tails are cut, damage is set aside
 * without its neighbours, and what is not ours is reported and left alone.
 *
 * A sealed segment costs two reads of 64 bytes, whatever its size, so that
 * 100 GiB are ready in seconds; only the segments that were open when the
 * process died are read.
 */
import { AppError, describeError } from "../errors.ts";
import { CHECKPOINT_NAME, loadCheckpoint, segmentKey } from "./checkpoint.ts";
import type { DiskEntry, DiskFile } from "./disk.ts";
import {
  BLOCK_BYTES,
  decodeBlock,
  FORMAT_VERSION,
  sameId,
  type Seal,
  type SegmentHeader,
} from "./frame.ts";
import { FORMAT_NAME, LOCK_NAME } from "./format.ts";
import { QUARANTINE_NAME } from "./quarantine.ts";
import {
  fill,
  loadFrames,
  type RecoveryDeps,
  reportLost,
  setDamageAside,
} from "./load_frames.ts";
import { scanSegment } from "./scan.ts";
import { type Amount, parseSegmentName, Segment } from "./segment.ts";
import { SpoolFormatError } from "./spool_errors.ts";
import { sealOf } from "./segment_file.ts";

/** Most bytes of a torn tail that are kept. */
const MAX_TAIL_BYTES = 1024 ** 2;

/** What the scan found. */
export interface Recovery {
  /** Ascending by first sequence. */
  readonly segments: Segment[];
  readonly nextSequence: number;
  /** Names that are not ours. */
  readonly foreign: readonly string[];
  /** What segments once had and no longer have. */
  readonly lost: readonly Amount[];
}

/**
 * Reads the folder.
 *
 * @throws {SpoolFormatError} when a newer program wrote a segment
 */
export async function recoverSpool(deps: RecoveryDeps): Promise<Recovery> {
  const { disk, directory, log } = deps;
  const lost: Amount[] = [];
  deps.lost = (amount) => lost.push(amount);
  const checkpoint = await loadCheckpoint(disk, directory);
  const foreign: string[] = [];
  const segments: Segment[] = [];
  for (const entry of await disk.list(directory)) {
    if (isSegment(entry)) {
      const segment = await tolerate(
        entry.name,
        deps,
        () => recoverSegment(entry.name, deps),
      );
      if (segment !== undefined) segments.push(segment);
    } else if (!OURS.has(entry.name)) {
      foreign.push(entry.name);
    }
  }
  if (foreign.length > 0) {
    log.warn("spool has foreign files", { names: foreign.slice(0, 10) });
  }
  segments.sort((a, b) => a.firstSequence - b.firstSequence);
  let nextSequence = checkpoint.nextSequence;
  for (const segment of segments) {
    nextSequence = Math.max(nextSequence, segment.nextSequence);
    const ranges = checkpoint.done.get(segmentKey(segment.id)) ?? [];
    for (const [start, end] of ranges) segment.done.add(start, end);
    await tolerate(segment.name, deps, () => countPending(segment, deps));
    segment.frames = undefined;
  }
  return { segments, nextSequence, foreign, lost };
}

const OURS = new Set([
  LOCK_NAME,
  FORMAT_NAME,
  `${FORMAT_NAME}.tmp`,
  CHECKPOINT_NAME,
  `${CHECKPOINT_NAME}.tmp`,
  QUARANTINE_NAME,
]);

function isSegment({ name, isFile }: DiskEntry): boolean {
  return isFile && parseSegmentName(name) !== undefined;
}

async function recoverSegment(
  name: string,
  deps: RecoveryDeps,
): Promise<Segment | undefined> {
  const path = `${deps.directory}/${name}`;
  const file = await deps.disk.open(path, deps.isWritable ? "write" : "read");
  try {
    const ends = await readEnds(file);
    if ((ends.header?.version ?? 1) > FORMAT_VERSION) {
      throw new SpoolFormatError(
        path,
        ends.header?.version ?? 0,
        FORMAT_VERSION,
      );
    }
    const sealed = sealedSegment(name, ends);
    if (sealed !== undefined) return sealed;
    const segment = await recoverOpenSegment(name, file, deps);
    if (segment !== undefined) return segment;
  } finally {
    await file.close();
  }
  if (deps.isWritable) await deps.disk.remove(path);
  return undefined;
}

interface SegmentEnds {
  readonly fileBytes: number;
  readonly header: SegmentHeader | undefined;
  readonly seal: Seal | undefined;
}

async function readEnds(file: DiskFile): Promise<SegmentEnds> {
  const fileBytes = await file.sizeBytes();
  const block = new Uint8Array(BLOCK_BYTES);
  await file.read(block, 0);
  const first = decodeBlock(block, 0);
  block.fill(0);
  await file.read(block, Math.max(0, fileBytes - BLOCK_BYTES));
  const last = decodeBlock(block, 0);
  return {
    fileBytes,
    header: first?.kind === "segment" ? first : undefined,
    seal: last?.kind === "seal" ? last : undefined,
  };
}

function sealedSegment(
  name: string,
  { fileBytes, header, seal }: SegmentEnds,
): Segment | undefined {
  if (seal === undefined || header === undefined) return undefined;
  if (!sameId(header.id, seal.id)) return undefined;
  const { firstSequence } = header;
  const { frameCount, nextSequence } = seal;
  const segment = new Segment({
    id: seal.id,
    name,
    firstSequence,
    nextSequence,
    fileBytes,
  });
  segment.minTimeMs = seal.minTimeMs;
  segment.maxTimeMs = seal.maxTimeMs;
  segment.pending.frames = frameCount;
  segment.pending.samples = seal.sampleCount;
  segment.pending.bytes = fileBytes - BLOCK_BYTES * (2 + frameCount);
  return segment;
}

/** A segment that was open when the process ended, or that lost an end. */
async function recoverOpenSegment(
  name: string,
  file: DiskFile,
  deps: RecoveryDeps,
): Promise<Segment | undefined> {
  const scan = await scanSegment(file, { checkPayloads: true });
  const fileBytes = await file.sizeBytes();
  const firstFrame = scan.frames[0];
  const firstSequence = scan.header?.firstSequence ??
    parseSegmentName(name) ?? firstFrame?.header.sequence ?? 0;
  const segment = new Segment({
    id: scan.id ?? { low: 0, high: 0 },
    name,
    firstSequence,
    nextSequence: firstSequence,
    fileBytes: scan.endBytes,
  });
  fill(segment, scan);
  await setDamageAside(segment, file, scan, deps);
  reportLost(segment, 0, deps);
  const end = scan.endBytes;
  await tolerate(
    name,
    deps,
    () => cutTail(segment, file, { end, fileBytes, deps }),
  );
  if (segment.frames?.length === 0) return undefined;
  if (deps.isWritable && scan.seal === undefined) {
    await tolerate(name, deps, () => writeSeal(segment, file, deps));
  }
  return segment;
}

/** So that the next start need not read it all. */
async function writeSeal(
  segment: Segment,
  file: DiskFile,
  { clock }: RecoveryDeps,
): Promise<void> {
  const seal = sealOf(segment, clock.nowMs());
  await file.write(seal, segment.fileBytes);
  segment.fileBytes += seal.length;
  await file.sync();
}

async function cutTail(
  segment: Segment,
  file: DiskFile,
  { end, fileBytes, deps }: {
    end: number;
    fileBytes: number;
    deps: RecoveryDeps;
  },
): Promise<void> {
  if (fileBytes <= end || !deps.isWritable) return;
  // A file without any frame is removed, so all of it is kept.
  const maxBytes = segment.frames?.length === 0 ? fileBytes : MAX_TAIL_BYTES;
  const tail = new Uint8Array(Math.min(fileBytes - end, maxBytes));
  await file.read(tail, end);
  // Zeros are what a power cut leaves where length came before content.
  if (tail.some((byte) => byte !== 0)) {
    await deps.quarantine.put(`${segment.name}-${end}-tail`, tail, {
      reason: "torn_tail",
      offset: end,
    });
  }
  await file.truncate(end);
  await file.sync();
  deps.log.warn("torn tail cut", {
    segment: segment.name,
    size_bytes: fileBytes - end,
  });
}

/** Subtracts what the checkpoint says is delivered. */
async function countPending(
  segment: Segment,
  deps: RecoveryDeps,
): Promise<void> {
  if (segment.done.covers(segment.firstSequence, segment.nextSequence)) {
    Object.assign(segment.pending, { frames: 0, samples: 0, bytes: 0 });
  } else if (!segment.done.isEmpty) {
    await loadFrames(segment, deps);
  }
}

/** A file that cannot be read or changed must not keep the others from starting. */
async function tolerate<T>(
  name: string,
  { log }: RecoveryDeps,
  step: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await step();
  } catch (error) {
    if (error instanceof AppError) throw error;
    log.error("segment not recovered", {
      segment: name,
      error: describeError(error),
    });
    return undefined;
  }
}
