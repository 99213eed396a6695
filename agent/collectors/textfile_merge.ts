/** Makes readings of the text files: one family a name, uniform labels. */
import type { Label } from "../../shared/model.ts";
import { Family, Reading } from "../../shared/metrics.ts";
import type { TextFamily, TextSample } from "./text_format.ts";
import type { TextFile } from "./textfile_reader.ts";

/** A reading and what its file says. */
export interface TextReading {
  readonly reading: Reading;
  readonly value: number;
}

/** What the files give together. */
export interface Merged {
  /** In order of appearance. A reading is here twice when two lines set it. */
  readonly readings: readonly TextReading[];
  /** What was left out and why, by path of the file. */
  readonly problems: ReadonlyMap<string, string>;
}

/** The files' families of one name. */
interface Group {
  readonly first: TextFamily;
  help: string | undefined;
  readonly paths: string[];
  readonly samples: TextSample[];
}

/** A family and the readings that were made for it. */
interface KeptFamily {
  readonly family: Family;
  readonly readings: ReadonlyMap<string, Reading>;
}

/**
 * Merges files in their order, again whenever one has changed. Readings whose
 * labels stay are the very same objects.
 */
export function createTextFileMerger(): (files: readonly TextFile[]) => Merged {
  let before: ReadonlyMap<string, KeptFamily> = new Map();
  return (files) => {
    const { groups, problems } = groupByName(files);
    const now = new Map<string, KeptFamily>();
    const readings: TextReading[] = [];
    for (const [name, group] of groups) {
      const help = group.help ?? `Metric read from ${group.paths.join(", ")}`;
      const old = before.get(name);
      const isSame = old?.family.kind === group.first.kind &&
        old.family.help === help;
      const family = isSame
        ? old.family
        : new Family(name, group.first.kind, help);
      const kept = readingsOf(group, {
        family,
        old: isSame ? old.readings : new Map(),
        into: readings,
      });
      now.set(name, { family, readings: kept });
    }
    before = now;
    return { readings, problems };
  };
}

function groupByName(files: readonly TextFile[]) {
  const groups = new Map<string, Group>();
  const problems = new Map<string, string>();
  for (const { path, families } of files) {
    for (const family of families) {
      const group = groups.get(family.name);
      const clash = group === undefined ? undefined : clashOf(group, family);
      if (clash !== undefined) {
        problems.set(path, clash);
        continue;
      }
      const { name, help, samples } = family;
      if (group === undefined) {
        groups.set(name, {
          first: family,
          help,
          paths: [path],
          samples: [...samples],
        });
        continue;
      }
      group.help ??= help;
      group.paths.push(path);
      group.samples.push(...samples);
    }
  }
  return { groups, problems };
}

/** Why a later file's family cannot be joined with the earlier one. */
function clashOf(group: Group, { name, kind, help }: TextFamily) {
  const { first, paths } = group;
  if (kind !== first.kind) {
    return `${name} is a ${kind} here and a ${first.kind} in ${paths[0]}`;
  }
  if (help !== undefined && group.help !== undefined && help !== group.help) {
    return `${name} has another HELP in ${paths[0]}`;
  }
  return undefined;
}

function readingsOf(
  { samples }: Group,
  { family, old, into }: {
    family: Family;
    old: ReadonlyMap<string, Reading>;
    into: TextReading[];
  },
): Map<string, Reading> {
  const names = commonLabels(samples);
  const now = new Map<string, Reading>();
  for (const { name, labels, value } of samples) {
    const uniform = uniformLabels(labels, names);
    const key = JSON.stringify([name, uniform]);
    const reading = now.get(key) ?? old.get(key) ??
      new Reading(family, name, uniform);
    now.set(key, reading);
    into.push({ reading, value });
  }
  return now;
}

/** Every label name of the samples, apart from the bounds of buckets. */
function commonLabels(samples: readonly TextSample[]): readonly string[] {
  const names = new Set<string>();
  for (const { labels } of samples) {
    for (const { name } of labels) if (!isBound(name)) names.add(name);
  }
  return [...names].sort();
}

/** A label that others of the family have is there with an empty value. */
function uniformLabels(
  labels: readonly Label[],
  names: readonly string[],
): Label[] {
  const uniform = names.map((name) => ({
    name,
    value: labels.find((label) => label.name === name)?.value ?? "",
  }));
  return [...uniform, ...labels.filter(({ name }) => isBound(name))];
}

function isBound(name: string): boolean {
  return name === "le" || name === "quantile";
}
