/**
 * `msp-relay spool ls|verify|export`: looks at a spool's files. Takes no lock
 * and writes nothing, so it works beside the running service.
 */
import { loadCheckpoint, segmentKey } from "../shared/spool/checkpoint.ts";
import { nodeDisk } from "../shared/spool/node_disk.ts";
import { RangeSet } from "../shared/spool/ranges.ts";
import type { RelayConfig } from "./config.ts";
import type { Runtime } from "./runtime.ts";
import { exportSamples } from "./spool_export.ts";
import { forEachSegment, readPayload } from "./spool_segments.ts";

/** What can be done with a spool. */
export const SPOOL_ACTIONS = ["ls", "verify", "export"] as const;

export type SpoolAction = typeof SPOOL_ACTIONS[number];

/**
 * Runs one action; returns the exit code.
 *
 * @throws {SettingsFileError} when a file cannot be read or written
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

function isoTime(ms: number): string {
  return Number.isFinite(ms) ? new Date(ms).toISOString() : "";
}
