/** Compiled time zones. Source: RFC 8536. */
import {
  parsePosixZone,
  type PosixZone,
  posixZoneAt,
  type ZoneOffset,
} from "./posix_tz.ts";

const HEADER_BYTES = 44;
const MAGIC = 0x545a6966; // "TZif"
const VERSION_1 = 0;
/** Of one entry in the list of offsets. */
const TYPE_BYTES = 6;
const decoder = new TextDecoder();

/** Offsets of a zone over time. */
export interface Zone {
  /** Times from which `offsets[offsetIndexes[i]]` holds, ascending. */
  readonly transitionsSeconds: readonly number[];
  readonly offsetIndexes: Uint8Array;
  /** The first one holds before all transitions. */
  readonly offsets: readonly ZoneOffset[];
  /** Holds after the last transition. */
  readonly rule?: PosixZone;
}

/** The zone in a TZif file of any version, or `undefined` when it is not one. */
export function parseTzif(bytes: Uint8Array): Zone | undefined {
  try {
    return parseBlocks(bytes);
  } catch (error) {
    // A DataView throws this when a count points beyond the file.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** What clocks in the zone show at a time, in seconds since the epoch. */
export function zoneAt(zone: Zone, atSeconds: number): ZoneOffset | undefined {
  const { transitionsSeconds, offsetIndexes, offsets, rule } = zone;
  const after = transitionsSeconds.findLastIndex((time) => time <= atSeconds);
  if (after === transitionsSeconds.length - 1 && rule !== undefined) {
    return posixZoneAt(rule, atSeconds);
  }
  return offsets[offsetIndexes[after] ?? 0];
}

/** Counts of one block, in the order of its header. */
interface Counts {
  readonly utcIndicators: number;
  readonly standardIndicators: number;
  readonly leapSeconds: number;
  readonly transitions: number;
  readonly types: number;
  readonly nameBytes: number;
}

function parseBlocks(bytes: Uint8Array): Zone | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0) !== MAGIC) return undefined;
  const first = parseCounts(view, 0);
  if (view.getUint8(4) === VERSION_1) {
    return parseBlock(view, HEADER_BYTES, first, 4);
  }
  // Later versions repeat the block with times of 64 bits, then add the rule.
  const second = HEADER_BYTES + blockBytes(first, 4);
  if (view.getUint32(second) !== MAGIC) return undefined;
  const counts = parseCounts(view, second);
  const start = second + HEADER_BYTES;
  const zone = parseBlock(view, start, counts, 8);
  const footer = bytes.subarray(start + blockBytes(counts, 8));
  const rule = parsePosixZone(decoder.decode(footer).trim());
  return zone === undefined || rule === undefined ? zone : { ...zone, rule };
}

function parseCounts(view: DataView, header: number): Counts {
  const count = (index: number) => view.getUint32(header + 20 + index * 4);
  return {
    utcIndicators: count(0),
    standardIndicators: count(1),
    leapSeconds: count(2),
    transitions: count(3),
    types: count(4),
    nameBytes: count(5),
  };
}

function blockBytes(counts: Counts, timeBytes: number): number {
  return counts.transitions * (timeBytes + 1) + counts.types * TYPE_BYTES +
    counts.nameBytes + counts.leapSeconds * (timeBytes + 4) +
    counts.standardIndicators + counts.utcIndicators;
}

function parseBlock(
  view: DataView,
  start: number,
  counts: Counts,
  timeBytes: 4 | 8,
): Zone | undefined {
  const indexesAt = start + counts.transitions * timeBytes;
  const typesAt = indexesAt + counts.transitions;
  const namesAt = typesAt + counts.types * TYPE_BYTES;
  const end = start + blockBytes(counts, timeBytes);
  if (end > view.byteLength || counts.types === 0) return undefined;
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  const names = bytes.subarray(namesAt, namesAt + counts.nameBytes);
  const timeAt = (at: number) =>
    timeBytes === 4 ? view.getInt32(at) : Number(view.getBigInt64(at));
  return {
    transitionsSeconds: Array.from(
      { length: counts.transitions },
      (_, i) => timeAt(start + i * timeBytes),
    ),
    offsetIndexes: bytes.slice(indexesAt, typesAt),
    offsets: Array.from({ length: counts.types }, (_, i) => {
      const at = typesAt + i * TYPE_BYTES;
      return {
        abbreviation: nameAt(names, view.getUint8(at + 5)),
        offsetSeconds: view.getInt32(at),
      };
    }),
  };
}

/** The text from `start` to the next zero byte. */
function nameAt(names: Uint8Array, start: number): string {
  const end = names.indexOf(0, start);
  return decoder.decode(names.subarray(start, end < 0 ? names.length : end));
}
