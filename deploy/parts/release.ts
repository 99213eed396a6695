/** Programs from VictoriaMetrics' releases: the last way, for any Linux. */
import { describeError } from "../../shared/errors.ts";
import { type Release, VICTORIA_METRICS_VERSION } from "./catalog.ts";
import { makeTempDir } from "./cleanup.ts";
import { isExecutableFile, lastLines, runCommand } from "./command.ts";
import type { Progress, ProgressStep } from "./progress.ts";

/** Where the project publishes its releases. */
export const RELEASES_URL =
  "https://github.com/VictoriaMetrics/VictoriaMetrics/releases/download";

/** A connection that does not answer is given up: the network may be closed. */
const CONNECT_TIMEOUT_MS = 10_000;
const DOWNLOAD_TIMEOUT_MS = 300_000;

/** Where to put the programs, and whom to tell. */
export interface ReleaseOptions {
  readonly cacheDir: string;
  readonly progress: Progress;
  /** @default RELEASES_URL */
  readonly baseUrl?: string;
}

/** The folder of an archive's programs. */
export function releaseDir(
  { archive, variant = "" }: Release,
  cacheDir: string,
): string {
  const version = `v${VICTORIA_METRICS_VERSION}${variant}`;
  return `${cacheDir}/release/${archive}-${version}`;
}

/** Downloads an archive, checks its sum and unpacks it; says why when not. */
export async function downloadRelease(
  release: Release,
  { cacheDir, progress, baseUrl = RELEASES_URL }: ReleaseOptions,
): Promise<{ ok: true; dir: string } | { ok: false; reason: string }> {
  const { archive, variant = "", file } = release;
  const dir = releaseDir(release, cacheDir);
  if (isExecutableFile(`${dir}/${file}`)) return { ok: true, dir };
  const version = `v${VICTORIA_METRICS_VERSION}${variant}`;
  const name = `${archive}-linux-${goArch()}-${version}`;
  const url = `${baseUrl}/v${VICTORIA_METRICS_VERSION}/${name}`;
  const step = progress.begin(`Download ${name} from the project's releases`);
  try {
    const sums = await download(`${url}_checksums.txt`);
    const bytes = await download(`${url}.tar.gz`, step);
    await checkSum(bytes, new TextDecoder().decode(sums), `${name}.tar.gz`);
    await unpack(bytes, dir);
    step.end("done");
    return { ok: true, dir };
  } catch (error) {
    const reason = describeError(error);
    step.end(`failed: ${reason}`);
    return { ok: false, reason };
  }
}

async function download(
  url: string,
  step?: ProgressStep,
): Promise<Uint8Array<ArrayBuffer>> {
  const connect = new AbortController();
  const timer = setTimeout(
    () => connect.abort(new Error(`${new URL(url).host} does not answer`)),
    CONNECT_TIMEOUT_MS,
  );
  const signal = AbortSignal.any([
    connect.signal,
    AbortSignal.timeout(DOWNLOAD_TIMEOUT_MS),
  ]);
  const response = await fetch(url, { signal }).finally(() =>
    clearTimeout(timer)
  );
  if (!response.ok) {
    await response.body?.cancel();
    throw new Error(`${url} answers ${response.status}`);
  }
  const total = Number(response.headers.get("content-length")) || undefined;
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let doneBytes = 0;
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk);
    doneBytes += chunk.byteLength;
    step?.bytes(doneBytes, total);
  }
  return new Uint8Array(await new Blob(chunks).arrayBuffer());
}

async function checkSum(
  bytes: Uint8Array<ArrayBuffer>,
  sums: string,
  name: string,
): Promise<void> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const actual = digest.toHex();
  const line = sums.split("\n").find((line) => line.endsWith(` ${name}`));
  if (line?.split(" ")[0] !== actual) {
    throw new Error(`${name} does not have the published checksum`);
  }
}

async function unpack(
  bytes: Uint8Array<ArrayBuffer>,
  dir: string,
): Promise<void> {
  const parent = dir.slice(0, dir.lastIndexOf("/"));
  Deno.mkdirSync(parent, { recursive: true });
  using work = makeTempDir({ dir: parent, prefix: ".work-" });
  const archive = `${work.path}/archive.tar.gz`;
  const programs = `${work.path}/programs`;
  Deno.writeFileSync(archive, bytes);
  Deno.mkdirSync(programs);
  const tar = await runCommand(["tar", "-xzf", archive, "-C", programs]);
  if (tar.code !== 0) throw new Error(`tar: ${lastLines(tar.stderr)}`);
  Deno.renameSync(programs, dir);
}

/** Go's name of this machine's architecture. */
function goArch(): string {
  return Deno.build.arch === "aarch64" ? "arm64" : "amd64";
}
