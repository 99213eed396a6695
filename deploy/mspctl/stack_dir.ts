/** The stack's folder: where everything lies, and how files in it are written. */
import { parseEnvFile } from "../../shared/env_file.ts";
import { AppError } from "../../shared/errors.ts";

/** The folder cannot be used. */
export class StackDirError extends AppError {
  override readonly name = "StackDirError";
  readonly code = "stack_dir";

  constructor(message: string, readonly hint: string, options?: ErrorOptions) {
    super(message, options);
  }
}

/** User and group of the containers, who own all secrets and data. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** Whoever runs the stack as root gives its files to `nobody`. */
const NOBODY = 65_534;

/** Names below the stack's folder. */
export const PATHS = {
  example: ".env.example",
  env: ".env",
  secrets: "secrets",
  /** Customers and tokens. */
  registry: "secrets/customers.json",
  /** A folder of its own: a mounted file would stay the old one after a rename. */
  vmauth: "secrets/vmauth/auth.yml",
  /** Read tokens for Grafana, one file a customer. */
  readers: "secrets/readers",
  tls: "secrets/tls",
  /** Apart from `tls`, so that no container sees the authority's key. */
  ca: "secrets/ca",
} as const;

/** Folders that are mounted; a daemon running as root would make them root's. */
export const MOUNTED_DIRS = [
  "data",
  "data/victoria-metrics",
  // Of compose.cluster.yml.
  "data/vmstorage-1",
  "data/vmstorage-2",
  "data/alertmanager",
  // Made of config/ by mspctl.
  "data/config",
  "data/config/alertmanager",
  "data/config/vmalert",
  "data/grafana",
  // What a recomputation has to put back.
  "data/replay",
  "data/backup",
  "data/acme",
  "data/letsencrypt",
  // Install script and programs, for servers that are installed from here.
  "dist",
  // Passwords, tokens and addresses that config/ names.
  "secrets/notify",
] as const;

/** The folder with compose.yml: the given one, `./deploy`, or this one. */
export function findStackDir(given: string | undefined): string {
  const candidates = given === undefined ? ["deploy", "."] : [given];
  const found = candidates.find((dir) => exists(`${dir}/compose.yml`));
  if (found !== undefined) return found;
  throw new StackDirError(
    `Cannot find compose.yml in ${candidates.join(" or ")}`,
    "Run this in the folder of msp-central-VERSION.tar.gz, or name it with --dir",
  );
}

/** Who owns new files: the caller, or `nobody` for root. */
export function newOwner(): Owner {
  const uid = Deno.uid() ?? NOBODY;
  const gid = Deno.gid() ?? NOBODY;
  return uid === 0 ? { uid: NOBODY, gid: NOBODY } : { uid, gid };
}

/** Settings of `.env`. @throws {StackDirError} when there is none yet */
export function readSettings(dir: string): ReadonlyMap<string, string> {
  const path = `${dir}/${PATHS.env}`;
  try {
    return parseEnvFile(Deno.readTextFileSync(path), path).values;
  } catch (cause) {
    throw new StackDirError(
      `Cannot read "${path}"`,
      `Run first: mspctl init --public-url=URL`,
      { cause },
    );
  }
}

/** Owner of the secrets, as `.env` says it. */
export function ownerOf(settings: ReadonlyMap<string, string>): Owner {
  const read = (name: string) => Number(settings.get(name) ?? NOBODY);
  return { uid: read("MSP_UID"), gid: read("MSP_GID") };
}

/**
 * Writes a file that only its owner may read: complete and on disk, or not at
 * all. Readers see the old text or the new one.
 * @throws {StackDirError} when it cannot be written
 */
export function writeSecret(path: string, text: string, owner: Owner): void {
  writeFile(path, text, { owner, mode: 0o600 });
}

/** Like {@linkcode writeSecret}; who may read a file that is there may go on. */
export function replaceFile(path: string, text: string, owner: Owner): void {
  const { uid, gid, mode } = exists(path)
    ? Deno.statSync(path)
    : { ...owner, mode: 0o640 };
  writeFile(path, text, {
    owner: { uid: uid ?? owner.uid, gid: gid ?? owner.gid },
    mode: (mode ?? 0o640) & 0o777,
  });
}

function writeFile(
  path: string,
  text: string,
  { owner, mode }: { readonly owner: Owner; readonly mode: number },
): void {
  const temporary = `${path}.${crypto.randomUUID()}.tmp`;
  try {
    const options = { write: true, createNew: true, mode };
    using file = Deno.openSync(temporary, options);
    give(temporary, owner);
    file.writeSync(new TextEncoder().encode(text));
    // Before the rename: a power cut must not leave an empty file in its place.
    file.syncDataSync();
    Deno.renameSync(temporary, path);
    using dir = Deno.openSync(path.slice(0, path.lastIndexOf("/")));
    dir.syncSync();
  } catch (cause) {
    if (exists(temporary)) Deno.removeSync(temporary);
    throw new StackDirError(
      `Cannot write "${path}"`,
      `Run this as the owner of the stack's folder, or as root`,
      { cause },
    );
  }
}

/** Makes a folder that only its owner may enter; one that is there stays. */
export function makeDir(path: string, owner: Owner): void {
  if (exists(path)) return;
  Deno.mkdirSync(path, { recursive: true, mode: 0o700 });
  give(path, owner);
}

/** Gives a file to its owner, which only root can and needs to do. */
export function give(path: string, { uid, gid }: Owner): void {
  if (Deno.uid() === 0) Deno.chownSync(path, uid, gid);
}

/** Whether there is anything at the path. */
export function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false;
  }
}
