/**
 * Metrics that other programs leave in `.prom` files.
 * Source: node_exporter collector/textfile.go.
 */
import { Family } from "../../shared/metrics.ts";
import { createTextFileMerger, type Merged } from "./textfile_merge.ts";
import { createTextFileReader, type TextFile } from "./textfile_reader.ts";
import type { Collector, CollectorDeps, Output } from "./types.ts";

/** Whatever the files of `textfileDirectories` hold, and how old they are. */
export function textfile(deps: CollectorDeps): Collector {
  const { options, log } = deps;
  const mtimes = new Family(
    "node_textfile_mtime_seconds",
    "gauge",
    "When a text file was last changed, in seconds since the epoch.",
    ["file"],
  );
  const scrapeError = new Family(
    "node_textfile_scrape_error",
    "gauge",
    "1 when a text file or directory could not be used, 0 otherwise.",
  ).reading();
  const read = createTextFileReader(options.textfileDirectories, deps);
  const merge = createTextFileMerger();
  let files: readonly TextFile[] = [];
  let merged: Merged = merge(files);
  let logged: ReadonlyMap<string, string> = new Map();

  /** Merges again only when a file came, went or changed. */
  function update(latest: readonly TextFile[]): void {
    const isSame = latest.length === files.length &&
      latest.every((file, i) => file === files[i]);
    if (isSame) return;
    files = latest;
    merged = merge(files);
    const paths = new Set(files.map(({ path }) => path));
    mtimes.prune(({ labels }) => paths.has(labels[0]?.value ?? ""));
  }

  function report(problems: ReadonlyMap<string, string>, out: Output): void {
    for (const [path, what] of problems) {
      if (logged.get(path) === what) continue;
      log.warn("text file left out", { path, err: what });
    }
    logged = problems;
    out.set(scrapeError, problems.size > 0 ? 1 : 0);
  }

  async function collectFiles(out: Output, signal: AbortSignal): Promise<void> {
    const latest = await read(signal);
    update(latest.files);
    for (const { path, mtimeSeconds } of files) {
      out.set(mtimes.reading(path), mtimeSeconds);
    }
    report(new Map([...latest.problems, ...merged.problems]), out);
    // Last: of equal series the first counts.
    for (const { reading, value } of merged.readings) out.set(reading, value);
  }

  return {
    collect(out, signal) {
      if (options.textfileDirectories.length > 0) {
        return collectFiles(out, signal);
      }
      out.set(scrapeError, 0);
    },
  };
}
