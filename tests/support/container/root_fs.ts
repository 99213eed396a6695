/**
 * Root file systems of Debian releases with systemd, made from packages of the
 * machine's own mirror and kept in the cache of parts.
 */
import { lastLines, runCommand } from "../../../deploy/parts/command.ts";
import { readSource } from "../../../deploy/parts/debian.ts";
import { defaultCacheDir } from "../../../deploy/parts/find.ts";
import { stderrProgress } from "../../../deploy/parts/progress.ts";
import { missing, present, type Probed, program } from "../parts.ts";

/** The releases that tests know, by code name. */
export const RELEASES = {
  bullseye: "Debian 11",
  bookworm: "Debian 12",
  trixie: "Debian 13",
} as const;
/** Code name of a release. */
export type Release = keyof typeof RELEASES;

/** What a small server has: a booting system, and what the installer may use. */
const PACKAGES = [
  ...["systemd", "systemd-sysv", "dbus", "curl", "ca-certificates"],
  ...["iproute2", "procps", "iptables"],
];
const MAKE_TIMEOUT_MS = 300_000;

/** Path of a root file system; never write into it: it serves every test. */
export async function rootFs(release: Release): Promise<Probed<string>> {
  const name = RELEASES[release];
  const maker = program("mmdebstrap");
  if (!maker.available) return missing(name, maker.reason);
  if (Deno.uid() !== 0) return missing(name, "not root");
  const folder = `${defaultCacheDir()}/rootfs`;
  const path = `${folder}/${release}-${await shortHash(PACKAGES.join())}`;
  if (exists(path)) return present(path);
  const source = await readSource(release);
  if (!source.ok) return missing(name, source.reason);
  Deno.mkdirSync(folder, { recursive: true });
  const partial = `${path}.${Deno.pid}`;
  const step = stderrProgress().begin(`Make a root file system of ${name}`);
  const made = await runCommand([
    maker.get(),
    "--quiet",
    "--variant=minbase",
    "--dpkgopt=force-unsafe-io",
    `--include=${PACKAGES.join(",")}`,
    ...[release, partial, source.line.trim()],
  ], { timeoutMs: MAKE_TIMEOUT_MS });
  step.end(made.code === 0 ? "done" : "failed");
  if (made.code !== 0) {
    await runCommand(["rm", "-rf", partial]);
    return missing(name, `mmdebstrap: ${lastLines(made.stderr, 2)}`);
  }
  try {
    Deno.renameSync(partial, path);
  } catch (error) {
    // Another test file was as quick; both trees are the same.
    await runCommand(["rm", "-rf", partial]);
    if (!exists(path)) throw error;
  }
  return present(path);
}

async function shortHash(text: string): Promise<string> {
  const bytes = new TextEncoder().encode(text);
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  return new Uint8Array(digest).toHex().slice(0, 8);
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}
