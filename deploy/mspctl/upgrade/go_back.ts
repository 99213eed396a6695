/** The way back: a script beside what an upgrade has saved. */
import { Compose } from "./compose.ts";
import type { FileChanges } from "./release_files.ts";
import { exists, give, type Owner } from "../stack_dir.ts";
import { type CommandResult, runCommand } from "../../parts/command.ts";

/** Grafana's own state: its newer versions change it for good. */
const GRAFANA_DB = "data/grafana/grafana.db";

/** Folder of one upgrade, relative to the stack's. */
export function savedDir(now: Date): string {
  const stamp = now.toISOString().replace(/[-:]|\..*/g, "").replace("T", "-");
  return `data/upgrade/${stamp}`;
}

/** Writes `go-back.sh` into the folder `saved`. */
export function writeGoBack(
  dir: string,
  saved: string,
  { changes, services }: {
    readonly changes: FileChanges;
    readonly services: readonly string[];
  },
): void {
  const path = `${dir}/${saved}/go-back.sh`;
  Deno.writeTextFileSync(path, script(saved, changes, services), {
    mode: 0o755,
  });
}

/** Runs what {@linkcode writeGoBack} has written. */
export function goBack(dir: string, saved: string): Promise<CommandResult> {
  return runCommand(["sh", `${dir}/${saved}/go-back.sh`], {
    timeoutMs: 600_000,
  });
}

/** Copies Grafana's database while Grafana is stopped, if there is one. */
export async function saveGrafana(
  dir: string,
  saved: string,
  owner: Owner,
): Promise<void> {
  if (!exists(`${dir}/${GRAFANA_DB}`)) return;
  await new Compose(dir).must("stop", "grafana");
  const copy = `${dir}/${saved}/grafana.db`;
  Deno.copyFileSync(`${dir}/${GRAFANA_DB}`, copy);
  Deno.chmodSync(copy, 0o600);
  give(copy, owner);
}

function script(
  saved: string,
  { replaced, removed, added, kept }: FileChanges,
  services: readonly string[],
): string {
  const fresh = [...added, ...kept.map((path) => `${path}.new`)].map(quote);
  const old = [...replaced, ...removed].map(quote);
  return `#!/bin/sh
# Puts back what was there before the upgrade that made this folder: the stack's
# files, Grafana's database, and the versions. Samples stay as they are.
set -eu

cd "$(dirname "$0")/../../.."
saved=${quote(saved)}

# One by one: a copy of the folder would change the owner of the stack's.
put_back() { cp -p "$saved/files/$1" "$1"; }

docker compose stop ${services.map(quote).join(" ")}
${fresh.map((path) => `rm -f ${path}\n`).join("")}${
    old.map((path) => `put_back ${path}\n`).join("")
  }if [ -e "$saved/grafana.db" ]; then
  cp -p "$saved/grafana.db" ${GRAFANA_DB}
fi
# vmauth's file as this release writes it. A mistake in config/ keeps nothing down.
if [ -x ./mspctl ]; then
  ./mspctl apply || echo "go-back.sh: correct that, and run mspctl apply again" >&2
fi
docker compose up -d --wait --force-recreate --no-deps ${
    services.map(quote).join(" ")
  }
echo "gone back to what was there before $saved"
`;
}

/** For the shell; names of files and services hold no quote. */
function quote(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${text}'`;
}
