/** An alert as we write it, and the rule of vmalert made of it. */
import { DASHBOARD_UIDS, type DashboardName } from "../dashboards/names.ts";
import type { AlertRule, RuleGroup } from "./rule_file.ts";

/**
 * Who has to act, and when: critical wakes someone, warning waits for working
 * hours, info goes into the daily digest, none is for machines.
 */
export type Severity = "critical" | "warning" | "info" | "none";

/** What the alert is about; `central` and below never reach a customer. */
export type AlertScope = "host" | "relay" | "sla" | "anomaly" | "central";

/** Two alerts of one cause on one server: the critical one silences the other. */
export type Cause =
  | "cpu"
  | "memory"
  | "disk"
  | "inode"
  | "clock"
  | "spool";

/** What a person reads; vmalert's templates are allowed. */
export interface AlertText {
  /** One line: which server, and how much. */
  readonly summary: string;
  /** What it means, and the first things to look at. */
  readonly description: string;
}

/** Begins every summary about a server. */
export const WHO = "{{ $labels.customer_id }} / {{ $labels.server_name }}";

/** The value as a time of the day, in the zone of central. */
export const TIME =
  '{{ (toTime $value).Local.Format "2006-01-02 15:04:05 MST" }}';

/** One alert, complete in one place. */
export interface Alert {
  readonly name: string;
  readonly expr: string;
  /** How long the expression must hold; at once otherwise. */
  readonly for?: string;
  readonly keepFiringFor?: string;
  readonly severity: Severity;
  readonly scope: AlertScope;
  readonly cause?: Cause;
  /** The page that shows the cause. @default that of its scope */
  readonly page?: DashboardName | "ofProgram";
  readonly ko: AlertText;
  readonly en: AlertText;
}

/** Alerts that are evaluated together, under one name and interval. */
export type AlertGroup =
  & Omit<RuleGroup, "rules">
  & { readonly alerts: readonly Alert[] };

/** A group of vmalert. */
export function toGroup(
  { alerts, ...group }: AlertGroup,
): RuleGroup<AlertRule> {
  return { ...group, rules: alerts.map(toRule) };
}

/**
 * The rule of vmalert. No label may hold anything that moves, such as a value:
 * each change would start `for` anew.
 */
export function toRule(alert: Alert): AlertRule {
  return {
    alert: alert.name,
    expr: alert.expr,
    for: alert.for ?? "0s",
    ...alert.keepFiringFor === undefined
      ? {}
      : { keep_firing_for: alert.keepFiringFor },
    labels: {
      severity: alert.severity,
      scope: alert.scope,
      ...alert.cause === undefined ? {} : { cause: alert.cause },
    },
    annotations: {
      summary: alert.ko.summary,
      description: alert.ko.description,
      summary_en: alert.en.summary,
      description_en: alert.en.description,
      dashboard: alert.page === "ofProgram"
        ? URL_OF_PROGRAM
        : dashboardUrl(alert.page ?? pageOf(alert.scope)),
    },
  };
}

function pageOf(scope: AlertScope): DashboardName {
  switch (scope) {
    case "host":
    case "anomaly":
      return "server";
    case "relay":
      return "relay";
    case "sla":
      return "sla";
    case "central":
      return "overview";
  }
}

/** Labels that choose what a page shows; the overview shows all. */
const CHOOSING: Readonly<Record<DashboardName, readonly string[]>> = {
  overview: [],
  customer: ["customer_id"],
  sla: ["customer_id"],
  server: ["customer_id", "server_name"],
  relay: ["customer_id", "server_name"],
};

/** An agent's way is on the page of its server; both choose by the same labels. */
const URL_OF_PROGRAM = dashboardUrl("relay").replace(
  DASHBOARD_UIDS.relay,
  `{{ if eq $labels.program "agent" }}${DASHBOARD_UIDS.server}{{ else }}${DASHBOARD_UIDS.relay}{{ end }}`,
);

/** Labels come from outside: each is escaped for the address. */
function dashboardUrl(page: DashboardName): string {
  const query = CHOOSING[page].map((label) =>
    `var-${label}={{ $labels.${label} | queryEscape }}`
  );
  const path = `{{ $externalURL }}/d/${DASHBOARD_UIDS[page]}`;
  return query.length === 0 ? path : `${path}?${query.join("&")}`;
}
