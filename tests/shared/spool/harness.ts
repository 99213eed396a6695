/** What the spool's tests share: numbered bodies, small spools, full drains. */
import type { Logger } from "../../../shared/log.ts";
import type { Disk } from "../../../shared/spool/disk.ts";
import { Spool } from "../../../shared/spool/spool.ts";
import type { SpoolOptions } from "../../../shared/spool/spool_types.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { FakeDisk, seededRandom } from "../../support/fake_disk.ts";

/** The folder that tests on a {@linkcode FakeDisk} use. */
export const DIRECTORY = "/spool";

/** One recorded log call. */
export interface Logged {
  readonly level: string;
  readonly msg: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Keeps what is logged. */
export function recordingLog(logged: Logged[] = []): Logger {
  const record =
    (level: string) => (msg: string, fields: Logged["fields"] = {}) => {
      logged.push({ level, msg, fields });
    };
  const log: Logger = {
    debug: record("debug"),
    info: record("info"),
    warn: record("warn"),
    error: record("error"),
    child: () => log,
  };
  return log;
}

/** How a test's spool differs from the usual one. */
export interface TestSpool {
  readonly disk?: Disk;
  readonly clock?: FakeClock;
  readonly options?: Partial<SpoolOptions>;
  readonly directory?: string;
  readonly logged?: Logged[];
  readonly seed?: number;
}

/** Opens a spool of 1 MiB with segments of 1 KiB on a fake disk. */
export function openSpool(init: TestSpool = {}): Promise<Spool> {
  return Spool.open(
    init.directory ?? DIRECTORY,
    { maxBytes: 1024 ** 2, segmentBytes: 1024, ...init.options },
    {
      disk: init.disk ?? new FakeDisk(),
      clock: init.clock ?? new FakeClock(),
      log: recordingLog(init.logged),
      random: seededRandom(init.seed ?? Math.floor(Math.random() * 2 ** 32)),
    },
  );
}

/** From this number on bodies have about 12 KB. */
export const BIG = 1_000_000;

/** A body that says its number: of 100 to 163 bytes, or big. */
export function bodyOf(id: number): Uint8Array {
  const size = id < BIG ? 100 + (id * 37) % 64 : 10_000 + (id * 37) % 5_000;
  const body = new Uint8Array(size).fill(1 + id % 255);
  new DataView(body.buffer).setUint32(0, id, true);
  return body;
}

/** The number of a body; NaN when any byte of it is not as it was. */
export function idOf(body: Uint8Array): number {
  if (body.length < 4) return NaN;
  const view = new DataView(body.buffer, body.byteOffset, body.length);
  const id = view.getUint32(0, true);
  const expected = bodyOf(id);
  const isSame = expected.length === body.length &&
    expected.every((byte, i) => byte === body[i]);
  return isSame ? id : NaN;
}

/** Samples of a frame, as the tests append it. */
export const SAMPLES = 10;

/** Appends one body with samples of this age. */
export function append(
  spool: Spool,
  id: number,
  { clock, ageMs = 0 }: { clock?: FakeClock; ageMs?: number } = {},
): Promise<void> {
  const timeMs = (clock?.nowMs() ?? 1_700_000_000_000) - ageMs;
  return spool.append(bodyOf(id), {
    codec: "snappy",
    sampleCount: SAMPLES,
    minTimeMs: timeMs - 1_000,
    maxTimeMs: timeMs,
  });
}

/** Appends bodies one after the other. */
export async function appendAll(
  spool: Spool,
  ids: Iterable<number>,
  how: { clock?: FakeClock; ageMs?: number } = {},
): Promise<void> {
  for (const id of ids) await append(spool, id, how);
}

/** Takes and delivers all that waits, live first; returns the numbers. */
export async function drain(spool: Spool): Promise<number[]> {
  const ids: number[] = [];
  for (const lane of ["live", "backfill"] as const) {
    for (;;) {
      const frames = await spool.take(lane, { maxBytes: 500 });
      if (frames.length === 0) break;
      ids.push(...frames.map((frame) => idOf(frame.body)));
      spool.delivered(frames);
    }
  }
  return ids;
}

/** Whole numbers from `start` up to, and without, `end`. */
export function range(start: number, end: number): number[] {
  return Array.from({ length: end - start }, (_, i) => start + i);
}

/** Numbers ascending, each once. */
export function sorted(ids: readonly number[]): number[] {
  return [...new Set(ids)].sort((a, b) => a - b);
}
