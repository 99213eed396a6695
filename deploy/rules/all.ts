/** All rules, by the name of their file under deploy/vmalert/rules/. */
import { ALERT_RULES } from "./alerts.ts";
import { ANOMALY_RECORDING } from "./anomaly.ts";
import { INVENTORY_RULES } from "./inventory.ts";
import { RECORDING_RULES } from "./recording.ts";
import type { RuleGroup } from "./rule_file.ts";

/** In the order in which a replay has to evaluate them: sources first. */
export const RULE_FILES: Readonly<Record<string, readonly RuleGroup[]>> = {
  ...INVENTORY_RULES,
  ...RECORDING_RULES,
  ...ANOMALY_RECORDING,
  ...ALERT_RULES,
};
