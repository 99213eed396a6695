/**
 * `msp-relay spool ls|verify|export`: looks at a spool's files. Takes no lock
 * and writes nothing, so it works beside the running service.
 */
import { closeSync, openSync, writeSync } from "node:fs";
import { crc32 } from "../shared/crc32.ts";
import { describeError, errnoOf } from "../shared/errors.ts";
import { formatValue } from "../shared/exposition.ts";
import type { Series } from "../shared/model.ts";
import { writeAll } from "../shared/output.ts";
import {
  DecodeError,
  decodeWriteRequest,
} from "../shared/remote_write/decode.ts";
import { loadCheckpoint, segmentKey } from "../shared/spool/checkpoint.ts";
import type { DiskFile } from "../shared/spool/disk.ts";
import { BLOCK_BYTES } from "../shared/spool/frame.ts";
import { nodeDisk } from "../shared/spool/node_disk.ts";
import { RangeSet } from "../shared/spool/ranges.ts";
import {
  type ScannedFrame,
  scanSegment,
  type SegmentScan,
} from "../shared/spool/scan.ts";
import { parseSegmentName } from "../shared/spool/segment.ts";
import { createCheckBody } from "./codec.ts";
import type { RelayConfig } from "./config.ts";
import { SettingsFileError } from "../shared/settings_file.ts";
import type { Runtime } from "./runtime.ts";

/** What can be done with a spool. */
export const SPOOL_ACTIONS = ["ls", "verify", "export"] as const;

export type SpoolAction = typeof SPOOL_ACTIONS[number];

/** A segment with its open file. */
interface OpenedSegment {
  readonly name: string;
  readonly file: DiskFile;
  readonly scan: SegmentScan;
  readonly sizeBytes: number;
}

/**
 * Runs one action; returns the exit code.
 *
 * @throws {SettingsFileError} when there is no spool
 */
export async function spoolCommand(
  action: SpoolAction,
  config: RelayConfig,
  runtime: Runtime,
): Promise<number> {
  switch (action) {
    case "ls":
      return await list(config, runtime);
    case "verify":
      return await verify(config, runtime);
    case "export":
      return await exportSamples(config, runtime);
  }
}

interface Row {
  readonly name: string;
  readonly bytes: number;
  readonly frames: number;
  readonly samples: number;
  /** Frames that wait, as the last checkpoint has it. */
  readonly waiting: number;
  /** ISO 8601; empty without frames. */
  readonly oldest: string;
  readonly newest: string;
  readonly state: "open" | "sealed";
}

async function list(config: RelayConfig, runtime: Runtime): Promise<number> {
  const checkpoint = await loadCheckpoint(nodeDisk, config.spool);
  const rows: Row[] = [];
  await forEachSegment(config.spool, (segment) => {
    const { scan, name, sizeBytes } = segment;
    const headers = scan.frames.map(({ header }) => header);
    const done = new RangeSet(
      scan.id === undefined ? [] : checkpoint.done.get(segmentKey(scan.id)),
    );
    rows.push({
      name,
      bytes: sizeBytes,
      frames: headers.length,
      samples: headers.reduce((sum, header) => sum + header.sampleCount, 0),
      waiting: headers.filter(({ sequence }) => !done.has(sequence)).length,
      oldest: isoTime(Math.min(...headers.map((h) => h.minTimeMs))),
      newest: isoTime(Math.max(...headers.map((h) => h.maxTimeMs))),
      state: scan.seal === undefined ? "open" : "sealed",
    });
    return Promise.resolve();
  });
  if (config.json) runtime.stdout(JSON.stringify(rows) + "\n");
  else runtime.stdout(formatRows(rows));
  return 0;
}

function formatRows(rows: readonly Row[]): string {
  const keys = [
    "name",
    "bytes",
    "frames",
    "samples",
    "waiting",
    "oldest",
    "newest",
    "state",
  ] as const;
  const table = [keys, ...rows.map((row) => keys.map((key) => row[key]))]
    .map((cells) => cells.map(String));
  const widths = keys.map((_, i) =>
    Math.max(...table.map((cells) => cells[i]?.length ?? 0))
  );
  return table.map((cells) =>
    cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join("  ").trimEnd() +
    "\n"
  ).join("");
}

async function verify(config: RelayConfig, runtime: Runtime): Promise<number> {
  let frames = 0;
  const damages: { segment: string; at: number; what: string }[] = [];
  await forEachSegment(
    config.spool,
    async ({ name, file, scan, sizeBytes }) => {
      for (const { start, end } of scan.damages) {
        const what = `${end - start} unreadable bytes`;
        damages.push({ segment: name, at: start, what });
      }
      // Behind the end of an open segment the service may be writing.
      if (scan.seal !== undefined && scan.endBytes < sizeBytes) {
        const what = `${sizeBytes - scan.endBytes} bytes behind the seal`;
        damages.push({ segment: name, at: scan.endBytes, what });
      }
      for (const frame of scan.frames) {
        frames++;
        if (await readPayload(file, frame) === undefined) {
          damages.push({
            segment: name,
            at: frame.offset,
            what: "CRC differs",
          });
        }
      }
    },
  );
  if (config.json) {
    const ok = damages.length === 0;
    runtime.stdout(JSON.stringify({ ok, frames, damages }) + "\n");
  } else {
    for (const { segment, at, what } of damages) {
      runtime.stdout(`${segment}: ${what} at byte ${at}\n`);
    }
    runtime.stdout(`${frames} frames, ${damages.length} damaged\n`);
  }
  return damages.length === 0 ? 0 : 1;
}

async function exportSamples(
  config: RelayConfig,
  runtime: Runtime,
): Promise<number> {
  const { fromMs, toMs, out } = config;
  const checkBody = createCheckBody(runtime.unzstd);
  const output = openOutput(out, runtime);
  let unreadable = 0;
  try {
    await forEachSegment(config.spool, async ({ file, scan }) => {
      for (const frame of scan.frames) {
        const { minTimeMs, maxTimeMs, codec } = frame.header;
        if (maxTimeMs < fromMs || minTimeMs >= toMs) continue;
        const payload = await readPayload(file, frame);
        const checked = payload && checkBody(payload, codec);
        const content = checked?.ok ? checked.content() : undefined;
        const text = content && toText(content, { fromMs, toMs });
        if (text === undefined) unreadable++;
        else output.write(text);
      }
    });
  } finally {
    output.close();
  }
  if (unreadable > 0) {
    runtime.stderr(`warning: ${unreadable} frames could not be read\n`);
  }
  return unreadable > 0 ? 1 : 0;
}

/** Lines of the text exposition format; `undefined` for no WriteRequest. */
function toText(
  content: Uint8Array,
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
): string | undefined {
  try {
    const lines: string[] = [];
    for (const { labels, samples } of decodeWriteRequest(content).series) {
      const id = seriesText(labels);
      for (const { value, timestampMs } of samples) {
        if (timestampMs < fromMs || timestampMs >= toMs) continue;
        lines.push(`${id} ${formatValue(value)} ${timestampMs}\n`);
      }
    }
    return lines.join("");
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}

function seriesText(labels: Series["labels"]): string {
  const name = labels.find((label) => label.name === "__name__")?.value ?? "";
  const pairs = labels.filter((label) => label.name !== "__name__")
    .map(({ name, value }) => `${name}=${JSON.stringify(value)}`);
  return `${name}{${pairs.join(",")}}`;
}

function openOutput(
  path: string | undefined,
  runtime: Runtime,
): { write(text: string): void; close(): void } {
  if (path === undefined) {
    return { write: (text) => runtime.stdout(text), close() {} };
  }
  let fd: number;
  try {
    fd = openSync(path, "w");
  } catch (error) {
    throw new SettingsFileError(
      path,
      describeError(error),
      "Name another file",
    );
  }
  return {
    write: (text) => writeAll(text, (bytes) => writeSync(fd, bytes)),
    close: () => closeSync(fd),
  };
}

/** In order of their age. The service may remove one in between. */
async function forEachSegment(
  directory: string,
  visit: (segment: OpenedSegment) => Promise<void>,
): Promise<void> {
  let names: string[];
  try {
    names = (await nodeDisk.list(directory)).map(({ name }) => name);
  } catch (error) {
    throw new SettingsFileError(
      directory,
      describeError(error),
      "Name the spool's folder with --spool",
    );
  }
  for (const name of names.sort()) {
    if (parseSegmentName(name) === undefined) continue;
    let file: DiskFile;
    try {
      file = await nodeDisk.open(`${directory}/${name}`, "read");
    } catch (error) {
      if (errnoOf(error) !== "ENOENT") throw error;
      continue;
    }
    try {
      const scan = await scanSegment(file, { checkPayloads: false });
      await visit({ name, file, scan, sizeBytes: await file.sizeBytes() });
    } finally {
      await file.close();
    }
  }
}

/** `undefined` when the bytes do not fit their CRC. */
async function readPayload(
  file: DiskFile,
  { header, offset }: ScannedFrame,
): Promise<Uint8Array | undefined> {
  const bytes = new Uint8Array(header.payloadBytes);
  const length = await file.read(bytes, offset + BLOCK_BYTES);
  return length === bytes.length && crc32(bytes) === header.payloadCrc
    ? bytes
    : undefined;
}

function isoTime(ms: number): string {
  return Number.isFinite(ms) ? new Date(ms).toISOString() : "";
}
