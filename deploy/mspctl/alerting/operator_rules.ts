/**
 * What operators set, as recorded series: one rule of ours then serves every
 * customer, and whoever has set nothing keeps its default.
 *
 * Each condition is an expression of the time, so the same files always give
 * the same rules, and vmalert can compute the past again.
 */
import type { RecordingRule, RuleGroup } from "../../rules/rule_file.ts";
import { daysAfterMonday, type WeeklyHours } from "../operators/kinds.ts";
import type {
  CustomerSettings,
  Holiday,
  MaintenanceWindow,
  OperatorSettings,
  RetiredServer,
} from "../operators/settings.ts";

/** Of all windows. */
export const MAINTENANCE_GROUP = "msp-maintenance";
const DAY_SECONDS = 86_400;
const WEEK_SECONDS = 7 * DAY_SECONDS;
/** The epoch began on a Thursday. */
const EPOCH_AFTER_MONDAY_SECONDS = 3 * DAY_SECONDS;

/** Groups of vmalert; those without a rule are left out. */
export function operatorRules(settings: OperatorSettings): RuleGroup[] {
  const groups: RuleGroup<RecordingRule>[] = [
    {
      name: "msp-thresholds",
      interval: "1m",
      rules: settings.customers.flatMap(thresholds),
    },
    {
      name: "msp-objectives",
      interval: "1m",
      rules: settings.customers.flatMap(objective),
    },
    {
      // As often as alerts are looked at: a window silences from its start on.
      name: MAINTENANCE_GROUP,
      interval: "30s",
      rules: settings.maintenance.flatMap(maintenance),
    },
    {
      name: "msp-retired",
      interval: "30s",
      rules: settings.retired.map(retired),
    },
    {
      name: "msp-holidays",
      interval: "1m",
      rules: settings.holidays.map(holiday),
    },
  ];
  return groups.filter(({ rules }) => rules.length > 0);
}

function thresholds({ id, thresholds }: CustomerSettings): RecordingRule[] {
  return Object.entries(thresholds).map(([kind, ratio]) => ({
    record: "msp:threshold:ratio",
    expr: `vector(${ratio})`,
    labels: { customer_id: id, kind },
  }));
}

function objective({ id, sloTarget }: CustomerSettings): RecordingRule[] {
  if (sloTarget === undefined) return [];
  return [{
    record: "msp:slo_target:ratio",
    expr: `vector(${sloTarget})`,
    labels: { customer_id: id },
  }];
}

function maintenance(window: MaintenanceWindow): RecordingRule[] {
  const expr = windowExpression(window);
  const { customer, servers } = window;
  if (servers.length === 0) {
    return [{
      record: "msp:maintenance:customer",
      expr,
      labels: { customer_id: customer },
    }];
  }
  return servers.map((server) => ({
    record: "msp:maintenance:server",
    expr,
    labels: { customer_id: customer, server_name: server },
  }));
}

/**
 * 0 once a server is taken back, for rules look two hours back for a 1. They
 * do so because a missing value may also be a vmalert that restarts.
 */
function retired({ customer, server, until }: RetiredServer): RecordingRule {
  return {
    record: "msp:decommissioned:server",
    expr: until === undefined ? "vector(1)" : "vector(0)",
    labels: { customer_id: customer, server_name: server },
  };
}

function holiday({ startSeconds, endSeconds }: Holiday): RecordingRule {
  return {
    record: "msp:holiday",
    expr: between("time()", startSeconds, endSeconds),
  };
}

function windowExpression(
  { weekly, zone, startSeconds, endSeconds }: MaintenanceWindow,
): string {
  const bounds = startSeconds === undefined && endSeconds === undefined
    ? undefined
    : between("time()", startSeconds, endSeconds);
  if (weekly === undefined) return bounds ?? "vector(1)";
  const hours = weeklyExpression(weekly, zone);
  return bounds === undefined ? hours : `(${hours}) and on () (${bounds})`;
}

/** 1 within the hours, by the clock of the zone, and nothing otherwise. */
function weeklyExpression(hours: WeeklyHours, zone: string): string {
  // The store knows when the zone changes its clocks.
  const local = `time() + timezone_offset("${zone}")`;
  const ofWeek = `(${local} + ${EPOCH_AFTER_MONDAY_SECONDS}) % ${WEEK_SECONDS}`;
  return weekRanges(hours)
    .map(([start, end]) => between(ofWeek, start, end))
    .join(" or on () ");
}

/** Seconds since Monday 00:00; a range over the end of the week is two. */
function weekRanges(
  { days, startMinute, endMinute }: WeeklyHours,
): [start: number, end: number][] {
  const overMidnight = endMinute <= startMinute ? DAY_SECONDS : 0;
  return days.flatMap((day): [number, number][] => {
    const midnight = daysAfterMonday(day) * DAY_SECONDS;
    const start = midnight + startMinute * 60;
    const end = midnight + endMinute * 60 + overMidnight;
    if (end <= WEEK_SECONDS) return [[start, end]];
    return [[start, WEEK_SECONDS], [0, end - WEEK_SECONDS]];
  });
}

/** 1 from the start on and before the end, and nothing otherwise. */
function between(
  seconds: string,
  start: number | undefined,
  end: number | undefined,
): string {
  const from = start === undefined ? "" : ` >= ${start}`;
  const to = end === undefined ? "" : ` < ${end}`;
  return `((vector(${seconds})${from})${to}) * 0 + 1`;
}
