/** What the collectors' flags make of the profile's defaults. */
import type { Setting } from "../shared/config.ts";
import { type ConfigOf, flagOf } from "../shared/config_fields.ts";
import type { Problem } from "../shared/config_text.ts";
import {
  type CollectorOptions,
  type NameFilter,
  type Profile,
  profileOptions,
} from "./collectors/options.ts";
import {
  AGENT_COLLECTORS,
  collectorFields,
  type CollectorName,
} from "./config_collectors.ts";

/** What {@linkcode collectorFields} give. */
export type CollectorValues = ConfigOf<typeof collectorFields>;

type Key = keyof CollectorValues;

/** Old spellings and the settings they stand for. */
const RENAMED = [
  ["oldMountPoints", "mountPointsExclude"],
  ["oldFsTypes", "fsTypesExclude"],
  ["oldDiskDevices", "diskstatsExclude"],
  ["oldNetdevWhitelist", "netdevInclude"],
  ["oldNetdevBlacklist", "netdevExclude"],
  ["oldUnitWhitelist", "systemdUnitInclude"],
  ["oldUnitBlacklist", "systemdUnitExclude"],
] as const satisfies readonly (readonly [Key, Key])[];

/** Filters of which only one side may be set. */
const EXCLUSIVE = [
  ["mountPointsInclude", "mountPointsExclude"],
  ["fsTypesInclude", "fsTypesExclude"],
  ["netdevInclude", "netdevExclude"],
  ["diskstatsInclude", "diskstatsExclude"],
  ["hwmonChipInclude", "hwmonChipExclude"],
  ["hwmonSensorInclude", "hwmonSensorExclude"],
] as const satisfies readonly (readonly [Key, Key])[];

/** The profile's patterns, by the setting that replaces each. */
const PATTERNS: readonly (readonly [
  Key,
  (options: CollectorOptions) => RegExp | undefined,
])[] = [
  ["mountPointsExclude", (of) => of.filesystemMountPoints.exclude],
  ["fsTypesExclude", (of) => of.filesystemTypes.exclude],
  ["netdevExclude", (of) => of.netdev.exclude],
  ["netclassIgnored", (of) => of.netclass.exclude],
  ["diskstatsExclude", (of) => of.diskstats.exclude],
  ["vmstatFields", (of) => of.vmstatFields],
  ["netstatFields", (of) => of.netstatFields],
  ["systemdUnitInclude", (of) => of.systemdUnits.include],
  ["systemdUnitExclude", (of) => of.systemdUnits.exclude],
];

/** The patterns in force that nobody gave, for `--print-config`. */
export function profilePatterns(options: CollectorOptions): Setting[] {
  const { profile } = options;
  const base = profileOptions(profile);
  return PATTERNS.flatMap(([key, patternIn]) => {
    const pattern = patternIn(options);
    if (pattern === undefined || pattern !== patternIn(base)) return [];
    return [{
      key,
      flag: flagOf(key, collectorFields[key]),
      text: pattern.source,
      source: "profile",
      origin: `profile ${profile}`,
    }];
  });
}

/** Which collectors run and how. */
export interface CollectorChoice {
  readonly collectors: ReadonlySet<CollectorName>;
  readonly options: CollectorOptions;
  readonly problems: readonly Problem[];
  readonly warnings: readonly string[];
}

/** Applies the flags to the profile's defaults. */
export function chooseCollectors(
  profile: Profile,
  given: CollectorValues,
  settings: ReadonlyMap<string, Setting>,
): CollectorChoice {
  const problems: Problem[] = [];
  const warnings: string[] = [];
  let values = given;
  for (const [old, name] of RENAMED) {
    const oldFlag = settings.get(old)?.flag;
    const flag = collectorFields[name].flag;
    if (oldFlag === undefined) continue;
    const what = `--${oldFlag} is the old name of --${flag}`;
    if (settings.has(name)) problems.push({ what, hint: "keep one" });
    else warnings.push(what);
    values = { ...values, [name]: given[old] };
  }
  for (const [include, exclude] of EXCLUSIVE) {
    // An empty pattern is no filter, so that it may stand beside the other one.
    if (!values[include] || !values[exclude]) continue;
    problems.push({
      what: `--${collectorFields[include].flag} and --${
        collectorFields[exclude].flag
      } exclude each other`,
      hint: "keep one",
    });
  }
  return {
    collectors: enabledCollectors(profile, values),
    options: collectorOptions(profileOptions(profile), values),
    problems,
    warnings,
  };
}

function enabledCollectors(
  profile: Profile,
  values: CollectorValues,
): ReadonlySet<CollectorName> {
  return new Set(
    AGENT_COLLECTORS.filter((collector) => {
      const otherwise = !values.disableDefaults && collector[profile];
      return values[`collector.${collector.name}`] ?? otherwise;
    }).map(({ name }) => name),
  );
}

function collectorOptions(
  base: CollectorOptions,
  values: CollectorValues,
): CollectorOptions {
  const netdev = filter(
    base.netdev,
    values.netdevInclude,
    values.netdevExclude,
  );
  const diskstats = filter(
    base.diskstats,
    values.diskstatsInclude,
    values.diskstatsExclude,
  );
  const flagsInclude = values.cpuFlagsInclude;
  const bugsInclude = values.cpuBugsInclude;
  return {
    ...base,
    cpuGuest: guestMode(base, values.cpuGuest),
    cpuInfo: values.cpuInfo ?? Boolean(flagsInclude || bugsInclude),
    ...flagsInclude ? { cpuFlagsInclude: flagsInclude } : {},
    ...bugsInclude ? { cpuBugsInclude: bugsInclude } : {},
    meminfoAllFields: values.meminfoAllFields ?? base.meminfoAllFields,
    statSoftirq: values.statSoftirq ?? base.statSoftirq,
    filesystemMountPoints: filter(
      base.filesystemMountPoints,
      values.mountPointsInclude,
      values.mountPointsExclude,
    ),
    filesystemTypes: filter(
      base.filesystemTypes,
      values.fsTypesInclude,
      values.fsTypesExclude,
    ),
    filesystemMountTimeoutMs: values.mountTimeoutMs ??
      base.filesystemMountTimeoutMs,
    netdev,
    netclass: netclassFilter(base, netdev, values.netclassIgnored),
    netclassAll: values.netclassAll ?? base.netclassAll,
    netclassIgnoreInvalidSpeed: values.netclassIgnoreInvalidSpeed ??
      base.netclassIgnoreInvalidSpeed,
    diskstats,
    // They are an exception to the profile's filter, not to a person's.
    diskstatsXenPartitions: base.diskstatsXenPartitions &&
      diskstats === base.diskstats,
    // An empty pattern matches every field, as upstream's does.
    vmstatFields: fields(base.vmstatFields, values.vmstatFields),
    netstatFields: fields(base.netstatFields, values.netstatFields),
    textfileDirectories: values.textfileDirectories,
    hwmonChips: filter(
      base.hwmonChips,
      values.hwmonChipInclude,
      values.hwmonChipExclude,
    ),
    hwmonSensors: filter(
      base.hwmonSensors,
      values.hwmonSensorInclude,
      values.hwmonSensorExclude,
    ),
    nvmeNamespaces: values.nvmeNamespaces ?? base.nvmeNamespaces,
    processesThreadsState: values.processesThreadsState ??
      base.processesThreadsState,
    systemdUnits: unitFilter(base.systemdUnits, values),
  };
}

function guestMode(
  base: CollectorOptions,
  guest: boolean | undefined,
): CollectorOptions["cpuGuest"] {
  if (guest === undefined) return base.cpuGuest;
  return guest ? "always" : "never";
}

/** A pattern of one side replaces the profile's whole filter. */
function filter(
  base: NameFilter,
  include: RegExp | null | undefined,
  exclude: RegExp | null | undefined,
): NameFilter {
  if (include) return { include };
  if (exclude) return { exclude };
  return exclude === null ? {} : base;
}

function netclassFilter(
  base: CollectorOptions,
  netdev: NameFilter,
  ignored: RegExp | null | undefined,
): NameFilter {
  if (ignored !== undefined) return filter(base.netclass, undefined, ignored);
  return base.profile === "fleet" ? netdev : base.netclass;
}

function fields(base: RegExp, given: RegExp | null | undefined): RegExp {
  return given === null ? /(?:)/ : given ?? base;
}

/** Both sides may be set here, and each matches whole names. */
function unitFilter(
  base: NameFilter,
  { systemdUnitInclude, systemdUnitExclude }: CollectorValues,
): NameFilter {
  const include = wholeName(systemdUnitInclude, base.include);
  const exclude = wholeName(systemdUnitExclude, base.exclude);
  return { ...include && { include }, ...exclude && { exclude } };
}

function wholeName(
  given: RegExp | null | undefined,
  base: RegExp | undefined,
): RegExp | undefined {
  if (given === null) return undefined;
  if (given === undefined) return base;
  return new RegExp(`^(?:${given.source})$`, given.flags);
}
