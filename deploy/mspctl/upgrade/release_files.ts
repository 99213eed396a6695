/**
 * The files of a release beside those of a stack. A file that the operator has
 * changed stays, and the release's comes beside it as `NAME.new`: SHA256SUMS in
 * the stack's folder says what its own release had there.
 */
import { dirname } from "node:path";
import { exists, give, StackDirError } from "../stack_dir.ts";

/** List of sums, in the archive and then in the stack's folder. */
export const SUMS_FILE = "SHA256SUMS";

/** What becomes of the stack's files; paths are relative to its folder. */
export interface FileChanges {
  readonly replaced: readonly string[];
  readonly added: readonly string[];
  /** Of the stack's release, and not of the new one. */
  readonly removed: readonly string[];
  /** Changed by the operator, and by the release. */
  readonly kept: readonly string[];
}

/** Sums by path. */
type Sums = ReadonlyMap<string, string>;

/**
 * Compares the two folders.
 * @throws {StackDirError} when `release` is no release, or damaged
 */
export async function compareFiles(
  dir: string,
  release: string,
): Promise<FileChanges> {
  const next = readSums(release);
  if (next === undefined) {
    throw new StackDirError(
      `Cannot find ${SUMS_FILE} in ${release}`,
      "Name the folder of an unpacked msp-central-VERSION.tar.gz with --release",
    );
  }
  await checkSums(release, next);
  const own = readSums(dir);
  const replaced: string[] = [];
  const added: string[] = [];
  const kept: string[] = [];
  for (const [path, sum] of next) {
    const present = await sumOf(`${dir}/${path}`);
    if (present === undefined) added.push(path);
    else if (present === sum) continue;
    // Of a stack without a list, nobody knows who has changed what.
    else if (own === undefined || own.get(path) === present) {
      replaced.push(path);
    } // The same as in the last release: the operator's change goes on.
    else if (own.get(path) !== sum) kept.push(path);
  }
  const removed: string[] = [];
  for (const [path, sum] of own ?? []) {
    const isGone = !next.has(path);
    if (isGone && await sumOf(`${dir}/${path}`) === sum) removed.push(path);
  }
  if (own === undefined) added.push(SUMS_FILE);
  else if (text(dir) !== text(release)) replaced.push(SUMS_FILE);
  return { replaced, added, removed, kept };
}

/** Copies what the release replaces or removes to `into`. */
export function saveFiles(
  dir: string,
  into: string,
  { replaced, removed }: FileChanges,
): void {
  for (const path of [...replaced, ...removed]) {
    const from = `${dir}/${path}`;
    copy(from, `${into}/${path}`, Deno.statSync(from));
  }
}

/** Puts the release's files in place; they belong to whom the stack's did. */
export function installFiles(
  dir: string,
  release: string,
  { replaced, added, removed, kept }: FileChanges,
): void {
  const install = (path: string, to: string) =>
    copy(
      `${release}/${path}`,
      to,
      Deno.statSync(exists(to) ? to : dir),
    );
  for (const path of [...replaced, ...added]) install(path, `${dir}/${path}`);
  for (const path of kept) install(path, `${dir}/${path}.new`);
  for (const path of removed) Deno.removeSync(`${dir}/${path}`);
}

/** Whole or not at all: Nginx and vmalert may read it at this moment. */
function copy(from: string, to: string, { uid, gid }: Deno.FileInfo): void {
  Deno.mkdirSync(dirname(to), { recursive: true });
  const temporary = `${to}.${crypto.randomUUID()}.tmp`;
  Deno.copyFileSync(from, temporary);
  give(temporary, { uid: uid ?? 0, gid: gid ?? 0 });
  Deno.renameSync(temporary, to);
}

function readSums(dir: string): Sums | undefined {
  if (!exists(`${dir}/${SUMS_FILE}`)) return undefined;
  const lines = text(dir).matchAll(/^([0-9a-f]{64}) {2}(\S.*)$/gm);
  return new Map(Array.from(lines, ([, sum = "", path = ""]) => [path, sum]));
}

function text(dir: string): string {
  return Deno.readTextFileSync(`${dir}/${SUMS_FILE}`);
}

async function checkSums(release: string, sums: Sums): Promise<void> {
  for (const [path, sum] of sums) {
    if (await sumOf(`${release}/${path}`) === sum) continue;
    throw new StackDirError(
      `Cannot use ${release}: ${path} is damaged or missing`,
      "Unpack the archive again",
    );
  }
}

/** SHA-256 of a file; `undefined` where there is none. */
async function sumOf(path: string): Promise<string | undefined> {
  if (!exists(path)) return undefined;
  const digest = await crypto.subtle.digest("SHA-256", Deno.readFileSync(path));
  return new Uint8Array(digest).toHex();
}
