/** Reads the text files of some directories, each again only when it changed. */
// @ts-types="../std_path.d.ts"
import { join } from "@std/path/posix/join";
import type { Clock } from "../../shared/clock.ts";
import { describeError, errnoOf } from "../../shared/errors.ts";
import type { TextFiles } from "../host/text_files.ts";
import { errnoText } from "./errno_text.ts";
import {
  parseTextFormat,
  type TextFamily,
  TextFormatError,
} from "./text_format.ts";
import { expandPattern } from "./textfile_paths.ts";

/** Largest file that is read. */
const FILE_MAX_BYTES = 1024 * 1024;
/** Most samples of the files in one directory. */
const DIRECTORY_MAX_SAMPLES = 10_000;
/**
 * A file that was changed less than this before it was looked at is read again
 * next time: a second change within one tick of its clock leaves no trace.
 */
const SETTLED_MS = 2_000;

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** A file that could be read and parsed. The same object while it is unchanged. */
export interface TextFile {
  /** The path as opened. */
  readonly path: string;
  /** Time of the last change in whole seconds. */
  readonly mtimeSeconds: number;
  readonly families: readonly TextFamily[];
  readonly samples: number;
}

/** What one look at the directories gave. */
export interface TextFileLook {
  /** By directory in the order given, then by name. */
  readonly files: readonly TextFile[];
  /** What is wrong, by path of the file or directory. */
  readonly problems: ReadonlyMap<string, string>;
}

/** A file as it was read last. */
interface Kept {
  /** Changes with the file; empty when the next look has to read it anyway. */
  readonly version: string;
  /** The content, or what is wrong with it. */
  readonly result: TextFile | string;
}

/** Looks at the directories once; rejects early when the signal aborts. */
export type TextFileReader = (signal: AbortSignal) => Promise<TextFileLook>;

/** What the reader needs. */
interface ReaderDeps {
  readonly clock: Pick<Clock, "nowMs">;
  readonly textFiles: TextFiles;
}

/**
 * A reader of directories or patterns of directories. Reads follow each other,
 * so that a directory on a dead server holds up one thread and not several.
 */
export function createTextFileReader(
  patterns: readonly string[],
  deps: ReaderDeps,
): TextFileReader {
  let before: ReadonlyMap<string, Kept> = new Map();

  async function readKept(path: string, signal: AbortSignal): Promise<Kept> {
    try {
      return await readChanged(path, before.get(path), { ...deps, signal });
    } catch (error) {
      signal.throwIfAborted();
      return { version: "", result: describe(error) };
    }
  }

  return async (signal) => {
    const now = new Map<string, Kept>();
    const files: TextFile[] = [];
    const problems = new Map<string, string>();
    for (const directory of await expandAll(patterns, deps)) {
      let samples = 0;
      const paths = await textFilesIn(directory, deps);
      signal.throwIfAborted();
      if (typeof paths === "string") {
        problems.set(directory, paths);
        continue;
      }
      for (const path of paths) {
        const kept = await readKept(path, signal);
        now.set(path, kept);
        if (typeof kept.result === "string") {
          problems.set(path, kept.result);
        } else if (samples + kept.result.samples > DIRECTORY_MAX_SAMPLES) {
          problems.set(
            path,
            `more than ${DIRECTORY_MAX_SAMPLES} samples in its directory`,
          );
        } else {
          samples += kept.result.samples;
          files.push(kept.result);
        }
      }
    }
    before = now;
    return { files, problems };
  };
}

async function expandAll(
  patterns: readonly string[],
  { textFiles }: ReaderDeps,
): Promise<string[]> {
  const found: string[] = [];
  for (const pattern of patterns) {
    found.push(...await expandPattern(pattern, textFiles));
  }
  return found;
}

/** Sorted paths, or why the directory cannot be read. */
async function textFilesIn(
  directory: string,
  { textFiles }: ReaderDeps,
): Promise<string[] | string> {
  try {
    const names = await textFiles.list(directory);
    return names.filter((name) => name.endsWith(".prom")).sort()
      .map((name) => join(directory, name));
  } catch (error) {
    return describe(error);
  }
}

async function readChanged(
  path: string,
  before: Kept | undefined,
  { clock, textFiles, signal }: ReaderDeps & { signal: AbortSignal },
): Promise<Kept> {
  const { isFile, version, mtimeMs, ctimeMs } = await textFiles.look(path);
  signal.throwIfAborted();
  // Opening a pipe would wait for its writer.
  if (!isFile) return { version: "", result: "not a regular file" };
  if (before?.version === version) return before;
  const isSettled = clock.nowMs() - ctimeMs > SETTLED_MS;
  return {
    version: isSettled ? version : "",
    result: parse(
      await textFiles.read(path, FILE_MAX_BYTES, signal),
      { path, mtimeSeconds: Math.floor(mtimeMs / 1000) },
    ),
  };
}

function parse(
  bytes: Uint8Array | undefined,
  file: Pick<TextFile, "path" | "mtimeSeconds">,
): TextFile | string {
  if (bytes === undefined) return `larger than ${FILE_MAX_BYTES} bytes`;
  try {
    const text = decoder.decode(bytes);
    const families = parseTextFormat(text, {
      maxSamples: DIRECTORY_MAX_SAMPLES,
    });
    const samples = families.reduce(
      (sum, each) => sum + each.samples.length,
      0,
    );
    return { ...file, families, samples };
  } catch (error) {
    if (error instanceof TypeError) return "not valid UTF-8";
    if (error instanceof TextFormatError) return error.message;
    throw error;
  }
}

function describe(error: unknown): string {
  const errno = errnoOf(error);
  return errno === undefined ? describeError(error) : errnoText(errno);
}
