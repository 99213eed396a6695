/** All alerts, by the file of rules that they come in. */
import { type AlertGroup, toGroup } from "./alert.ts";
import { ANOMALY_ALERTS } from "./anomaly_alerts.ts";
import { CENTRAL_ALERTS } from "./central_alerts.ts";
import { CPU_ALERTS, MEMORY_ALERTS } from "./cpu_memory_alerts.ts";
import { DELIVERY_ALERTS } from "./delivery_alerts.ts";
import { DISK_ALERTS } from "./disk_alerts.ts";
import { AGENT_ALERTS, MACHINE_ALERTS } from "./machine_alerts.ts";
import { PRESENCE_ALERTS } from "./presence_alerts.ts";
import { SLA_ALERTS } from "./sla_alerts.ts";
import { type AlertRule, AT_ONCE, type RuleGroup } from "./rule_file.ts";

/**
 * A message leaves within 45 s of an alert's `for`: up to 30 s until the next
 * evaluation, and Alertmanager's `group_wait` of 10 s.
 */
const PACE = { interval: "30s", ...AT_ONCE } as const;

/** Groups by the name of their file under deploy/vmalert/rules/. */
export const ALERTS: Readonly<Record<string, readonly AlertGroup[]>> = {
  "60-presence-alerts": PRESENCE_ALERTS,
  "61-host-alerts": [
    {
      name: "msp-host",
      ...PACE,
      alerts: [
        ...CPU_ALERTS,
        ...MEMORY_ALERTS,
        ...MACHINE_ALERTS,
        ...AGENT_ALERTS,
      ],
    },
    { name: "msp-disk", ...PACE, alerts: DISK_ALERTS },
  ],
  "62-delivery-alerts": [{
    name: "msp-delivery",
    ...PACE,
    alerts: DELIVERY_ALERTS,
  }],
  "63-central-alerts": [{
    name: "msp-central",
    ...PACE,
    alerts: CENTRAL_ALERTS,
  }],
  "64-sla-alerts": SLA_ALERTS,
  "65-anomaly-alerts": ANOMALY_ALERTS,
};

/** The same as vmalert reads them. */
export const ALERT_RULES: Readonly<
  Record<string, readonly RuleGroup<AlertRule>[]>
> = Object.fromEntries(
  Object.entries(ALERTS).map(([file, groups]) => [file, groups.map(toGroup)]),
);
