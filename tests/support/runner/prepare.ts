/** Installs what the tests need, and says so. */
import {
  findInPath,
  lastLines,
  runCommand,
} from "../../../deploy/parts/command.ts";
import { ensureSystemPackages } from "../../../deploy/parts/debian.ts";
import { findPart, WAYS } from "../../../deploy/parts/find.ts";
import type { Progress } from "../../../deploy/parts/progress.ts";
import { bun, PROGRAMS } from "../parts.ts";
import type { Needs } from "./files.ts";

/**
 * Installs what is missing. What cannot be installed is said here and skips the
 * tests that need it, by name.
 */
export async function prepare(
  { parts, programs, bun: needsBun }: Needs,
  { root, progress }: { readonly root: string; readonly progress: Progress },
): Promise<void> {
  const packages = programs
    .filter((name) => findInPath(name) === undefined)
    .flatMap((name) => PROGRAMS[name].split(" "));
  const { missing, reason } = await ensureSystemPackages(packages, {
    progress,
  });
  if (missing.length > 0) {
    progress.note(`Not installed: ${missing.join(", ")} (${reason})`);
  }
  for (const name of parts) {
    const ways = WAYS.filter((way) => way !== "docker");
    const found = await findPart(name, { progress, ways });
    if (!found.ok) {
      progress.note(`Not found: ${name} (${found.reasons.join("; ")})`);
    }
  }
  if (needsBun && !bun().available) await installBun(root, progress);
}

/** Installs the Bun of deno.json, with the one script that it needs. */
async function installBun(root: string, progress: Progress): Promise<void> {
  const config = JSON.parse(Deno.readTextFileSync(`${root}/deno.json`)) as {
    imports: Record<string, string>;
  };
  const step = progress.begin("Install Bun from npm");
  const install = await runCommand(
    [Deno.execPath(), "install", `--allow-scripts=${config.imports.bun}`],
    { cwd: root, timeoutMs: 300_000, onLine: (line) => step.detail(line) },
  );
  step.end(
    bun().available ? "done" : `failed: ${lastLines(install.stderr, 2)}`,
  );
}
