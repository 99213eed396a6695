/**
 * Debian packages: downloaded and unpacked into a folder of ours, as any user
 * and without touching the system; or installed, as root.
 *
 * The mirror comes from the machine's own package sources, so a machine behind
 * a company's mirror keeps using it.
 */
import type { DebSuite } from "./catalog.ts";
import { makeTempDir, onExit } from "./cleanup.ts";
import { lastLines, runCommand } from "./command.ts";
import type { Progress, ProgressStep } from "./progress.ts";

/** A package unpacked below `dir`, or why not. */
export type Unpacked =
  | { readonly ok: true; readonly dir: string; readonly version: string }
  | { readonly ok: false; readonly reason: string };

/** Where to unpack, and whom to tell. */
export interface DebOptions {
  readonly cacheDir: string;
  readonly progress: Progress;
}

/** Name of the file beside an unpacked package that holds its version. */
const VERSION_FILE = "VERSION";
const POLICY_FILE = "/usr/sbin/policy-rc.d";
const UPDATE_TIMEOUT_MS = 120_000;
const DOWNLOAD_TIMEOUT_MS = 300_000;
const INSTALL_TIMEOUT_MS = 600_000;

/** What of a distribution this file needs to know. */
const DISTRIBUTIONS = {
  debian: { components: "main", keyring: "debian-archive-keyring" },
  ubuntu: { components: "main universe", keyring: "ubuntu-archive-keyring" },
} as const;

/** A package that was unpacked earlier, or `undefined`. */
export function cachedPackage(
  name: string,
  suite: DebSuite,
  cacheDir: string,
): { dir: string; version: string } | undefined {
  const dir = packageDir(name, suite, cacheDir);
  try {
    const version = Deno.readTextFileSync(`${dir}/${VERSION_FILE}`).trim();
    return { dir, version };
  } catch {
    return undefined;
  }
}

/**
 * Downloads a package of `suite` and unpacks it below the cache folder; takes
 * the one of an earlier call when there is one.
 */
export async function debPackage(
  name: string,
  suite: DebSuite,
  { cacheDir, progress }: DebOptions,
): Promise<Unpacked> {
  const cached = cachedPackage(name, suite, cacheDir);
  if (cached !== undefined) return { ok: true, ...cached };
  const source = await readSource(suite);
  if (!source.ok) return source;
  Deno.mkdirSync(cacheDir, { recursive: true });
  // Beside the target, so that the rename at the end stays on one disk.
  using work = makeTempDir({ dir: cacheDir, prefix: ".work-" });
  const step = progress.begin(`Download ${name} from ${source.title}`);
  const unpacked = await downloadAndUnpack(name, source, work.path, step);
  if (unpacked.ok) moveInto(unpacked.dir, packageDir(name, suite, cacheDir));
  step.end(unpacked.ok ? unpacked.version : `failed: ${unpacked.reason}`);
  return unpacked.ok
    ? { ...unpacked, dir: packageDir(name, suite, cacheDir) }
    : unpacked;
}

/**
 * Installs packages in the system when this is root, and says so. `packages`
 * is what the caller has found missing. Returns what is still missing, and why.
 */
export async function ensureSystemPackages(
  packages: readonly string[],
  { progress }: { readonly progress: Progress },
): Promise<{ missing: readonly string[]; reason: string }> {
  if (packages.length === 0) return { missing: [], reason: "" };
  if (Deno.uid() !== 0) {
    const reason = `not root; run: sudo apt-get install ${packages.join(" ")}`;
    return { missing: packages, reason };
  }
  const step = progress.begin(`Install ${packages.join(", ")} with apt-get`);
  using _noStart = forbidServiceStart();
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  const onLine = (line: string) => step.detail(line);
  const update = await runCommand(["apt-get", "update"], {
    env,
    onLine,
    timeoutMs: UPDATE_TIMEOUT_MS,
  });
  const install = await runCommand(
    ["apt-get", "install", "-y", "--no-install-recommends", ...packages],
    { env, onLine, timeoutMs: INSTALL_TIMEOUT_MS },
  );
  if (install.code === 0) {
    step.end("done");
    return { missing: [], reason: "" };
  }
  const reason = lastLines(update.code === 0 ? install.stderr : update.stderr);
  step.end(`failed: ${reason}`);
  return { missing: packages, reason };
}

/**
 * Keeps packages from starting their services: a web server on port 80 is not
 * what somebody who runs tests expects. Source: invoke-rc.d(8), policy-rc.d.
 */
function forbidServiceStart(): Disposable {
  if (exists(POLICY_FILE)) return { [Symbol.dispose]: () => {} };
  const remove = () => {
    if (exists(POLICY_FILE)) Deno.removeSync(POLICY_FILE);
  };
  const forget = onExit(remove);
  Deno.writeTextFileSync(POLICY_FILE, "#!/bin/sh\nexit 101\n", {
    mode: 0o755,
  });
  return {
    [Symbol.dispose]: () => {
      forget();
      remove();
    },
  };
}

/** A package source, or why there is none. */
export type Source =
  | { readonly ok: true; readonly line: string; readonly title: string }
  | { readonly ok: false; readonly reason: string };

/**
 * The line of a sources.list for `suite`, which may be a release's code name,
 * from what the machine itself uses.
 */
export async function readSource(suite: string): Promise<Source> {
  const os = readOsRelease();
  const id = os.get("ID");
  if (id !== "debian" && (id !== "ubuntu" || suite === "sid")) {
    return { ok: false, reason: `no ${suite} packages for "${id}"` };
  }
  const targets = await runCommand([
    "apt-get",
    "indextargets",
    "--format",
    "$(SITE) $(RELEASE) $(COMPONENT)",
    "Created-By: Packages",
  ]);
  const codename = os.get("VERSION_CODENAME") ?? "sid";
  const site = pickSite(targets.stdout, codename);
  if (site === undefined) {
    return { ok: false, reason: `no package source of ${id} on this machine` };
  }
  const { components, keyring } = DISTRIBUTIONS[id];
  const signedBy = ["gpg", "pgp"]
    .map((ending) => `/usr/share/keyrings/${keyring}.${ending}`)
    .find(exists);
  const options = signedBy === undefined ? "" : `[signed-by=${signedBy}] `;
  const release = suite === "own" ? codename : suite;
  return {
    ok: true,
    line: `deb ${options}${site} ${release} ${components}\n`,
    title: `${id === "debian" ? "Debian" : "Ubuntu"} ${release}`,
  };
}

/**
 * The mirror among lines of `site release component`: one that serves the
 * distribution itself, not a vendor's packages nor the security updates.
 */
export function pickSite(
  targets: string,
  codename: string,
): string | undefined {
  const releases = [codename, "stable", "testing", "unstable", "sid"];
  return targets.split("\n")
    .map((line) => line.split(" "))
    .find(([, release = "", component]) =>
      component === "main" && releases.includes(release)
    )?.[0];
}

async function downloadAndUnpack(
  name: string,
  source: Source & { ok: true },
  work: string,
  step: ProgressStep,
): Promise<Unpacked> {
  const apt = privateApt(work, source.line);
  const fail = (what: string, { stderr }: { stderr: string }): Unpacked => ({
    ok: false,
    reason: `${what}: ${lastLines(stderr, 2)}`,
  });
  const update = await runCommand([...apt, "update"], {
    timeoutMs: UPDATE_TIMEOUT_MS,
    onLine: (line) => step.detail(line),
  });
  if (update.code !== 0) return fail("apt-get update", update);
  const uris = await runCommand([...apt, "download", "--print-uris", name]);
  // 'URI' file size hash
  const [, file, size] = uris.stdout.trim().split(" ");
  if (uris.code !== 0 || file === undefined) {
    return fail("apt-get download", uris);
  }
  const watch = setInterval(() => {
    step.bytes(sizeOf(`${work}/${file}`), Number(size));
  }, 100);
  const download = await runCommand([...apt, "download", name], {
    cwd: work,
    timeoutMs: DOWNLOAD_TIMEOUT_MS,
  });
  clearInterval(watch);
  if (download.code !== 0) return fail("apt-get download", download);
  step.detail("unpacking");
  const deb =
    (Array.from(Deno.readDirSync(work)).find(({ name }) =>
      name.endsWith(".deb")
    ))?.name;
  const dir = `${work}/root`;
  const unpack = await runCommand(["dpkg", "-x", `${work}/${deb}`, dir]);
  if (unpack.code !== 0) return fail("dpkg -x", unpack);
  const version = await runCommand(["dpkg", "-f", `${work}/${deb}`, "Version"]);
  Deno.writeTextFileSync(`${dir}/${VERSION_FILE}`, version.stdout);
  return { ok: true, dir, version: version.stdout.trim() };
}

/** apt-get with lists, caches and sources of its own below `work`. */
function privateApt(work: string, sourceLine: string): readonly string[] {
  Deno.mkdirSync(`${work}/lists/partial`, { recursive: true });
  Deno.mkdirSync(`${work}/cache/archives/partial`, { recursive: true });
  Deno.writeTextFileSync(`${work}/sources.list`, sourceLine);
  const options = [
    `Dir::Etc::sourcelist=${work}/sources.list`,
    "Dir::Etc::sourceparts=-",
    `Dir::State::lists=${work}/lists`,
    `Dir::Cache=${work}/cache`,
    // As root, apt would change to a user that cannot write here.
    "APT::Sandbox::User=root",
    "Acquire::Languages=none",
    "Acquire::Retries=2",
    "Acquire::http::Timeout=20",
  ];
  return ["apt-get", ...options.flatMap((option) => ["-o", option])];
}

function packageDir(name: string, suite: DebSuite, cacheDir: string): string {
  return `${cacheDir}/${suite}/${name}`;
}

function moveInto(from: string, to: string): void {
  Deno.mkdirSync(to.slice(0, to.lastIndexOf("/")), { recursive: true });
  try {
    Deno.renameSync(from, to);
  } catch (error) {
    // Another run was faster: its copy is the same.
    if (!exists(`${to}/${VERSION_FILE}`)) throw error;
  }
}

function readOsRelease(): ReadonlyMap<string, string> {
  try {
    const lines = Deno.readTextFileSync("/etc/os-release").split("\n");
    return new Map(lines.map((line) => {
      const [key = "", value = ""] = line.split("=");
      return [key, value.replaceAll('"', "")];
    }));
  } catch {
    return new Map();
  }
}

function sizeOf(path: string): number {
  try {
    return Deno.statSync(path).size;
  } catch {
    return 0;
  }
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}
