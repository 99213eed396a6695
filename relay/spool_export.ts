/** `msp-relay spool export`: what a spool holds, as text. */
import { closeSync, openSync, writeSync } from "node:fs";
import { describeError } from "../shared/errors.ts";
import { formatValue, renderLabels } from "../shared/exposition.ts";
import type { Series } from "../shared/model.ts";
import { OutputError, writeAll } from "../shared/output.ts";
import {
  type DecodedRequest,
  DecodeError,
  decodeWriteRequest,
} from "../shared/remote_write/decode.ts";
import { SettingsFileError } from "../shared/settings_file.ts";
import { createCheckBody } from "./codec.ts";
import type { RelayConfig } from "./config.ts";
import type { Runtime } from "./runtime.ts";
import { forEachSegment, readPayload } from "./spool_segments.ts";

/** Samples from `fromMs` on, before `toMs`. */
interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * Writes all samples; returns the exit code.
 *
 * @throws {SettingsFileError} when a file cannot be read or written
 */
export async function exportSamples(
  config: RelayConfig,
  runtime: Runtime,
): Promise<number> {
  const { fromMs, toMs, out } = config;
  const checkBody = createCheckBody(runtime.unzstd);
  const output = openOutput(out, runtime);
  let unreadable = 0;
  let unwritable = 0;
  try {
    await forEachSegment(config.spool, async ({ file, scan }) => {
      for (const frame of scan.frames) {
        const { minTimeMs, maxTimeMs, codec } = frame.header;
        if (maxTimeMs < fromMs || minTimeMs >= toMs) continue;
        const payload = await readPayload(file, frame);
        const checked = payload && checkBody(payload, codec);
        const content = checked?.ok ? checked.content() : undefined;
        const request = content && decode(content);
        if (request === undefined) {
          unreadable++;
          continue;
        }
        output.write(toText(request, { fromMs, toMs }));
        unwritable += countUnwritable(request);
      }
    });
  } finally {
    output.close();
  }
  if (unreadable > 0) {
    runtime.stderr(`warning: ${unreadable} frames could not be read\n`);
  }
  if (unwritable > 0) {
    runtime.stderr(
      `warning: ${unwritable} samples cannot be written as text: native ` +
        "histograms, labels that are not UTF-8, times beyond 2^53 ms\n",
    );
  }
  return unreadable + unwritable > 0 ? 1 : 0;
}

/** `undefined` for no WriteRequest. */
function decode(content: Uint8Array): DecodedRequest | undefined {
  try {
    return decodeWriteRequest(content);
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}

/** Lines of the text exposition format. */
function toText(request: DecodedRequest, { fromMs, toMs }: Span): string {
  const lines: string[] = [];
  for (const { labels, samples } of request.series) {
    const id = seriesText(labels);
    for (const { value, timestampMs } of samples) {
      if (timestampMs < fromMs || timestampMs >= toMs) continue;
      lines.push(`${id} ${formatValue(value)} ${timestampMs}\n`);
    }
  }
  return lines.join("");
}

function countUnwritable({ invalid, histograms }: DecodedRequest): number {
  return invalid.reduce((sum, { samples }) => sum + samples, histograms);
}

function seriesText(labels: Series["labels"]): string {
  const name = labels.find((label) => label.name === "__name__")?.value ?? "";
  return name + renderLabels(labels.filter((l) => l.name !== "__name__"));
}

function openOutput(
  path: string | undefined,
  runtime: Runtime,
): { write(text: string): void; close(): void } {
  if (path === undefined) {
    return { write: (text) => runtime.stdout(text), close() {} };
  }
  const trying = <T>(step: () => T): T => {
    try {
      return step();
    } catch (error) {
      const cause = error instanceof OutputError ? error.cause : error;
      const hint = "Free space there, or name another file";
      throw new SettingsFileError(path, describeError(cause), hint);
    }
  };
  const fd = trying(() => openSync(path, "w"));
  return {
    write: (text) =>
      trying(() => writeAll(text, (bytes) => writeSync(fd, bytes))),
    close: () => closeSync(fd),
  };
}
