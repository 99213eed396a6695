/**
 * Turns config/ into vmalert's rules and Alertmanager's file: all of it checked
 * first, written then, and taken back when Alertmanager refuses it.
 */
import { formatRuleFile, type RuleGroup } from "../../rules/rule_file.ts";
import type { FileEdit } from "../operators/edit_file.ts";
import { readOperatorSettings } from "../operators/read_settings.ts";
import type { OperatorSettings } from "../operators/settings.ts";
import { lockStack, readRegistry } from "../registry_file.ts";
import {
  makeDir,
  MOUNTED_DIRS,
  type Owner,
  ownerOf,
  readSettings,
  replaceFile,
  writeSecret,
} from "../stack_dir.ts";
import { STAFF } from "../tokens.ts";
import { alertmanagerConfig } from "./alertmanager_config.ts";
import { ApplyError, type Output, requireGood } from "./check.ts";
import { Containers } from "./containers.ts";
import { MAINTENANCE_GROUP, operatorRules } from "./operator_rules.ts";
import { report } from "./report.ts";

const NOTE =
  "# Written by mspctl from config/: change that, and run mspctl apply.\n";

/**
 * What the stack's folder says operators have set; `added` are customers to be.
 * @throws {SettingsError}
 */
export function settingsOf(
  dir: string,
  added: readonly string[] = [],
): OperatorSettings {
  return readOperatorSettings({
    dir,
    zone: zoneOf(dir),
    customerIds: () => {
      const known = readRegistry(dir).customers.map(({ id }) => id);
      return [...known, ...added].filter((id) => id !== STAFF);
    },
  });
}

/** Zone of times that name none: central's own. */
export function zoneOf(dir: string): string {
  return readSettings(dir).get("TZ") || "Asia/Seoul";
}

/**
 * Writes what vmalert and Alertmanager read, after `edit` has changed a file of
 * config/; returns what the person is told.
 * @throws {SettingsError} or {ApplyError}: then everything is as before
 */
export async function applySettings(
  dir: string,
  edit?: FileEdit,
): Promise<string> {
  const owner = ownerOf(readSettings(dir));
  using _lock = await lockStack(dir, owner);
  if (edit === undefined) return await applyLocked(dir, owner);
  const path = `${dir}/${edit.path}`;
  const before = read(path);
  replaceFile(path, edit.change(before ?? ""), owner);
  try {
    return await applyLocked(dir, owner);
  } catch (error) {
    if (before === undefined) remove(path);
    else replaceFile(path, before, owner);
    throw error;
  }
}

async function applyLocked(dir: string, owner: Owner): Promise<string> {
  const settings = settingsOf(dir);
  for (const path of MOUNTED_DIRS) makeDir(`${dir}/${path}`, owner);
  const containers = await Containers.find(dir);
  const outputs = outputsOf(dir, settings);
  const checked = await checkAll(dir, { outputs, owner, containers });
  const before = outputs.map(({ path }) => read(`${dir}/${path}`));
  write(dir, outputs, owner);
  const refusal = await reload(containers);
  if (refusal !== undefined) {
    const old = outputs.map((output, i) => ({ ...output, text: before[i] }));
    write(dir, old, owner);
    throw new ApplyError("alertmanager", refusal);
  }
  return report(settings, { running: containers.running, checked });
}

function outputsOf(dir: string, settings: OperatorSettings): Output[] {
  const [maintenance = [], others = []] = [true, false].map((isMaintenance) =>
    operatorRules(settings).filter(({ name }) =>
      (name === MAINTENANCE_GROUP) === isMaintenance
    )
  );
  const url = readSettings(dir).get("PUBLIC_URL") ?? "";
  const hello = URL.canParse(url) ? new URL(url).hostname : "localhost";
  return [
    // Apart, because availability of the past is computed again by it.
    rulesOutput("maintenance.yml", maintenance),
    rulesOutput("operators.yml", others),
    {
      service: "alertmanager",
      path: "data/config/alertmanager/alertmanager.yml",
      mountedAt: "/config/alertmanager.yml",
      text: NOTE + alertmanagerConfig(settings, { hello }),
      isEmpty: false,
    },
  ];
}

function rulesOutput(name: string, groups: readonly RuleGroup[]): Output {
  return {
    service: "vmalert",
    path: `data/config/vmalert/${name}`,
    mountedAt: `/operators/${name}`,
    text: NOTE + formatRuleFile(groups),
    // vmalert calls a file without rules wrong when it is asked for it alone.
    isEmpty: groups.length === 0,
  };
}

/** Checks each file beside the one in use; whether anything could check it. */
async function checkAll(
  dir: string,
  { outputs, owner, containers }: {
    readonly outputs: readonly Output[];
    readonly owner: Owner;
    readonly containers: Containers;
  },
): Promise<boolean> {
  // Not *.yml, which vmalert would take.
  const candidates = outputs.map((output) => ({
    ...output,
    path: `${output.path}.new`,
    mountedAt: `${output.mountedAt}.new`,
  }));
  let checked = true;
  try {
    write(dir, candidates, owner);
    for (const candidate of candidates) {
      checked = await requireGood(dir, candidate, containers) && checked;
    }
  } finally {
    for (const { path } of candidates) remove(`${dir}/${path}`);
  }
  return checked;
}

/** vmalert looks at its files by itself. Why Alertmanager refuses, if it does. */
async function reload(containers: Containers): Promise<string | undefined> {
  if (!containers.running.has("alertmanager")) return undefined;
  const { code, stderr } = await containers.exec(
    "alertmanager",
    ...["wget", "-qO-", "--post-data=", "http://127.0.0.1:9093/-/reload"],
  );
  return code === 0 ? undefined : stderr.trim();
}

/** Writes each file whole; one without a text is removed. */
function write(
  dir: string,
  files: readonly {
    readonly path: string;
    readonly text: string | undefined;
  }[],
  owner: Owner,
): void {
  for (const { path, text } of files) {
    if (text === undefined) remove(`${dir}/${path}`);
    else writeSecret(`${dir}/${path}`, text, owner);
  }
}

function read(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

function remove(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
