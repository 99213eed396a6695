/** All alerts, by the file of rules that they come in. */
import { type AlertGroup, toGroup } from "./alert.ts";
import { CENTRAL_ALERTS } from "./central_alerts.ts";
import { CPU_ALERTS, MEMORY_ALERTS } from "./cpu_memory_alerts.ts";
import { DELIVERY_ALERTS } from "./delivery_alerts.ts";
import { DISK_ALERTS } from "./disk_alerts.ts";
import { AGENT_ALERTS, MACHINE_ALERTS } from "./machine_alerts.ts";
import { PRESENCE_ALERTS } from "./presence_alerts.ts";
import type { AlertRule, RuleGroup } from "./rule_file.ts";

/** Alerts that wait for minutes or hours need no hurry. */
const INTERVAL = "30s";

/** Groups by the name of their file under deploy/vmalert/rules/. */
export const ALERTS: Readonly<Record<string, readonly AlertGroup[]>> = {
  "60-presence-alerts": PRESENCE_ALERTS,
  "61-host-alerts": [
    {
      name: "msp-host",
      interval: INTERVAL,
      alerts: [
        ...CPU_ALERTS,
        ...MEMORY_ALERTS,
        ...MACHINE_ALERTS,
        ...AGENT_ALERTS,
      ],
    },
    { name: "msp-disk", interval: INTERVAL, alerts: DISK_ALERTS },
  ],
  "62-delivery-alerts": [{
    name: "msp-delivery",
    interval: INTERVAL,
    alerts: DELIVERY_ALERTS,
  }],
  "63-central-alerts": [{
    name: "msp-central",
    interval: INTERVAL,
    alerts: CENTRAL_ALERTS,
  }],
};

/** The same as vmalert reads them. */
export const ALERT_RULES: Readonly<
  Record<string, readonly RuleGroup<AlertRule>[]>
> = Object.fromEntries(
  Object.entries(ALERTS).map(([file, groups]) => [file, groups.map(toGroup)]),
);
