/** Rule files of vmalert as YAML. */
import { stringify } from "yaml";

/** One recorded series. */
export interface RecordingRule {
  readonly record: string;
  readonly expr: string;
  /** Labels that the result carries besides its own. */
  readonly labels?: Readonly<Record<string, string>>;
}

/** One alert as vmalert reads it; `alert.ts` makes it from what we write. */
export interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  /** How long the expression must hold. */
  readonly for: string;
  /** How long the alert goes on after the expression has ended. */
  readonly keep_firing_for?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** Rules that are evaluated together, one after the other. */
export interface RuleGroup<
  Rule extends RecordingRule | AlertRule = RecordingRule | AlertRule,
> {
  readonly name: string;
  readonly interval: string;
  /** How far in the past the group looks, for data that arrive late. */
  readonly evalDelay?: string;
  readonly rules: readonly Rule[];
}

/** The text of a rule file. Expressions stand in it as they are. */
export function formatRuleFile(groups: readonly RuleGroup[]): string {
  const plain = groups.map(({ evalDelay, name, interval, rules }) => ({
    name,
    interval,
    ...evalDelay === undefined ? {} : { eval_delay: evalDelay },
    rules,
  }));
  return stringify({ groups: plain }, {
    lineWidth: 0,
    aliasDuplicateObjects: false,
  });
}
