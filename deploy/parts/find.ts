/**
 * Finds the real parts, and fetches them where they are missing: PATH, what an
 * earlier run has fetched, Docker, Debian's package, a release download.
 */
import { AppError } from "../../shared/errors.ts";
import {
  type PartName,
  PARTS,
  type PartSpec,
  VICTORIA_METRICS_VERSION,
} from "./catalog.ts";
import { makeTempDir } from "./cleanup.ts";
import { findInPath, isExecutableFile, runCommand } from "./command.ts";
import { cachedPackage, debPackage, ensureSystemPackages } from "./debian.ts";
import { ensureImage } from "./docker.ts";
import type { Progress } from "./progress.ts";
import { downloadRelease, releaseDir } from "./release.ts";

/** A part that can be started. */
export interface Part {
  readonly name: PartName;
  /** As the program or its package says it; empty when neither does. */
  readonly version: string;
  readonly origin: Way;
  readonly launch:
    | { readonly kind: "program"; readonly path: string }
    | { readonly kind: "image"; readonly image: string };
}

/** A part, or why each way to it is closed. */
export type FoundPart =
  | { readonly ok: true; readonly part: Part }
  | { readonly ok: false; readonly reasons: readonly string[] };

/** The ways in the order in which they are tried. */
export const WAYS = ["path", "cache", "docker", "debian", "release"] as const;
/** One way to a part. */
export type Way = typeof WAYS[number];

/** How to look for a part. */
export interface FindOptions {
  readonly progress: Progress;
  /** Ways that may be used. @default all */
  readonly ways?: readonly Way[];
  /** @default {@linkcode defaultCacheDir} */
  readonly cacheDir?: string;
}

/** A part that is needed cannot be had. */
export class PartMissingError extends AppError {
  override readonly name = "PartMissingError";
  readonly code = "part_missing";
  readonly hint: string;

  constructor(readonly part: PartName, readonly reasons: readonly string[]) {
    super(`Cannot find ${part}: ${reasons.join("; ")}`);
    this.hint =
      `Put ${part} into PATH, start Docker, or allow the network that one of these needs`;
  }
}

type Attempt =
  | { readonly ok: true; readonly version: string; launch: Part["launch"] }
  | { readonly ok: false; readonly reason: string };
type Context = FindOptions & { readonly cacheDir: string };

const ATTEMPTS: Record<
  Way,
  (spec: PartSpec, context: Context) => Attempt | Promise<Attempt>
> = {
  path: inPath,
  cache: inCache,
  docker: asImage,
  debian: fromDebian,
  release: fromRelease,
};

/**
 * Folder of fetched parts: `.cache/parts` of the checkout, or the user's cache
 * where the checkout cannot be written.
 */
export function defaultCacheDir(): string {
  const checkout = new URL("../../", import.meta.url).pathname;
  try {
    Deno.mkdirSync(`${checkout}.cache/parts`, { recursive: true });
    // It may exist and belong to root.
    makeTempDir({ dir: `${checkout}.cache/parts` }).remove();
    return `${checkout}.cache/parts`;
  } catch {
    const home = Deno.env.get("XDG_CACHE_HOME") ??
      `${Deno.env.get("HOME") ?? "/tmp"}/.cache`;
    return `${home}/msp/parts`;
  }
}

/** Looks for a part on the allowed ways. Never rejects. */
export async function findPart(
  name: PartName,
  { progress, ways = WAYS, cacheDir = defaultCacheDir() }: FindOptions,
): Promise<FoundPart> {
  const reasons: string[] = [];
  for (const way of WAYS.filter((way) => ways.includes(way))) {
    const attempt = await tryWay(way, PARTS[name], { progress, cacheDir });
    if (attempt.ok) {
      const { version, launch } = attempt;
      return { ok: true, part: { name, version, origin: way, launch } };
    }
    reasons.push(`${way}: ${attempt.reason}`);
  }
  return { ok: false, reasons };
}

/** Like {@linkcode findPart}. @throws {PartMissingError} when no way is open */
export async function requirePart(
  name: PartName,
  options: FindOptions,
): Promise<Part> {
  const found = await findPart(name, options);
  if (!found.ok) throw new PartMissingError(name, found.reasons);
  return found.part;
}

/**
 * Finds or fetches VictoriaMetrics.
 * @throws {PartMissingError} when no way is open
 */
export function findVictoriaMetrics(options: FindOptions): Promise<Part> {
  return requirePart("victoria-metrics", options);
}

/** Whether version `actual` is `least` or newer; one that says nothing passes. */
export function isVersionAtLeast(actual: string, least: string): boolean {
  const numbers = (text: string) =>
    (text.match(/\d+(\.\d+)*/)?.[0] ?? "").split(".").map(Number);
  if (!/\d/.test(actual)) return true;
  const has = numbers(actual);
  for (const [i, wanted] of numbers(least).entries()) {
    const difference = (has[i] ?? 0) - wanted;
    if (difference !== 0) return difference > 0;
  }
  return true;
}

async function tryWay(
  way: Way,
  spec: PartSpec,
  context: Context,
): Promise<Attempt> {
  try {
    const attempt = await ATTEMPTS[way](spec, context);
    const least = spec.minVersion;
    if (
      attempt.ok && least !== undefined &&
      !isVersionAtLeast(attempt.version, least)
    ) {
      const reason = `${attempt.version} is older than ${least}`;
      return { ok: false, reason };
    }
    return attempt;
  } catch (error) {
    // For example a cache folder that cannot be written: the next way may do.
    return { ok: false, reason: String(error) };
  }
}

async function inPath(spec: PartSpec): Promise<Attempt> {
  const path = spec.programs.map(findInPath).find((path) => path !== undefined);
  if (path === undefined) {
    return { ok: false, reason: `no ${spec.programs.join(" or ")}` };
  }
  const version = await versionOf(path);
  return { ok: true, version, launch: { kind: "program", path } };
}

function inCache({ deb, release, programs }: PartSpec, { cacheDir }: Context) {
  return inCachedPackages(deb, programs[0], cacheDir) ??
    inCachedRelease(release, cacheDir) ??
    { ok: false, reason: "nothing fetched yet" } as const;
}

function inCachedPackages(
  deb: PartSpec["deb"],
  program: string | undefined,
  cacheDir: string,
): Attempt | undefined {
  if (deb === undefined) return undefined;
  for (const suite of deb.suites) {
    if (suite === "system") continue;
    const cached = cachedPackage(deb.package, suite, cacheDir);
    if (cached === undefined) continue;
    const path = `${cached.dir}/usr/bin/${program}`;
    if (!isExecutableFile(path)) continue;
    const launch = { kind: "program", path } as const;
    return { ok: true, version: cached.version, launch };
  }
}

function inCachedRelease(
  release: PartSpec["release"],
  cacheDir: string,
): Attempt | undefined {
  if (release === undefined) return undefined;
  const path = `${releaseDir(release, cacheDir)}/${release.file}`;
  return isExecutableFile(path) ? released(path) : undefined;
}

async function asImage(
  { image }: PartSpec,
  { progress }: Context,
): Promise<Attempt> {
  if (image === undefined) return { ok: false, reason: "no image is used" };
  const present = await ensureImage(image, progress);
  if (!present.ok) return present;
  const version = image.slice(image.lastIndexOf(":") + 1);
  return { ok: true, version, launch: { kind: "image", image } };
}

async function fromDebian(spec: PartSpec, context: Context): Promise<Attempt> {
  const { deb } = spec;
  if (deb === undefined) return { ok: false, reason: "no package has it" };
  const reasons: string[] = [];
  for (const suite of deb.suites) {
    if (suite === "system") {
      const { missing, reason } = await ensureSystemPackages(
        [deb.package],
        context,
      );
      if (missing.length === 0) return await inPath(spec);
      reasons.push(reason);
      continue;
    }
    const unpacked = await debPackage(deb.package, suite, context);
    if (!unpacked.ok) {
      reasons.push(`${suite}: ${unpacked.reason}`);
      continue;
    }
    const path = `${unpacked.dir}/usr/bin/${spec.programs[0]}`;
    // The libraries that a newer package needs may be missing here.
    const run = await runCommand([path, "--version"], { timeoutMs: 10_000 });
    if (run.code === 0) {
      const { version } = unpacked;
      return { ok: true, version, launch: { kind: "program", path } };
    }
    reasons.push(`${suite}: does not start: ${run.stderr.trim()}`);
  }
  return { ok: false, reason: reasons.join("; ") };
}

async function fromRelease(
  { release }: PartSpec,
  context: Context,
): Promise<Attempt> {
  if (release === undefined) return { ok: false, reason: "none is used" };
  const fetched = await downloadRelease(release, context);
  return fetched.ok ? released(`${fetched.dir}/${release.file}`) : fetched;
}

function released(path: string): Attempt {
  const launch = { kind: "program", path } as const;
  return { ok: true, version: VICTORIA_METRICS_VERSION, launch };
}

/** The version that a program prints, or that of its Debian package. */
async function versionOf(path: string): Promise<string> {
  const run = await runCommand([path, "--version"], { timeoutMs: 10_000 });
  const printed = `${run.stdout}${run.stderr}`.match(/\d+\.\d+\.\d+/)?.[0];
  if (printed !== undefined) return printed;
  // Debian's builds of VictoriaMetrics print an empty version.
  const owner = await runCommand(["dpkg-query", "-S", path]);
  const name = owner.stdout.split(":")[0] ?? "";
  if (owner.code !== 0 || name === "") return "";
  const query = ["dpkg-query", "-W", "-f", "${Version}\n", name];
  return (await runCommand(query)).stdout.trim();
}
