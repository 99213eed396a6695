/** Synthetic series on a 15 s grid, and how they get into a store. */
import { encodeWriteRequest } from "../../../shared/remote_write/encode.ts";
import { compress } from "../../../shared/remote_write/snappy.ts";
import type { Sample, Series } from "../../../shared/model.ts";

/** Time between two samples. */
export const GRID_MS = 15_000;
/** Samples in one request: a few hundred kilobytes. */
const REQUEST_SAMPLES = 20_000;

/** Labels by name. */
export type Labels = Readonly<Record<string, string>>;

/** When a series has samples: from `startMs` to `endMs`, both included. */
export interface Span {
  readonly startMs: number;
  readonly endMs: number;
  /** @default {@linkcode GRID_MS} */
  readonly everyMs?: number;
}

/** A series with `value(t)` at each time of the span. Empty labels are left out. */
export function series(
  name: string,
  labels: Labels,
  { startMs, endMs, everyMs = GRID_MS }: Span,
  value: (timestampMs: number) => number,
): Series {
  const samples: Sample[] = [];
  for (
    let timestampMs = startMs;
    timestampMs <= endMs;
    timestampMs += everyMs
  ) {
    samples.push({ timestampMs, value: value(timestampMs) });
  }
  return {
    labels: Object.entries({ ...labels, __name__: name })
      .filter(([, value]) => value !== "")
      .map(([name, value]) => ({ name, value }))
      .sort((a, b) => a.name < b.name ? -1 : 1),
    samples,
  };
}

/** Sends series over remote_write 1.0. @throws {Error} when they are refused */
export async function writeSeries(
  writeUrl: string,
  all: Iterable<Series>,
): Promise<void> {
  let batch: Series[] = [];
  let sampleCount = 0;
  for (const one of all) {
    batch.push(one);
    sampleCount += one.samples.length;
    if (sampleCount < REQUEST_SAMPLES) continue;
    await post(writeUrl, batch);
    batch = [];
    sampleCount = 0;
  }
  if (batch.length > 0) await post(writeUrl, batch);
}

async function post(writeUrl: string, batch: Series[]): Promise<void> {
  const body = compress(encodeWriteRequest({ series: batch }));
  const response = await fetch(writeUrl, {
    method: "POST",
    body: new Uint8Array(body),
    headers: {
      "content-encoding": "snappy",
      "content-type": "application/x-protobuf",
      "x-prometheus-remote-write-version": "0.1.0",
    },
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`Cannot write: ${response.status} ${text}`);
}
