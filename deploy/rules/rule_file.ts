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
  /** Whether evaluations are at multiples of the interval; they are otherwise. */
  readonly evalAlignment?: boolean;
  /** Arguments of each query, by name. */
  readonly params?: Readonly<Record<string, readonly string[]>>;
  readonly rules: readonly Rule[];
}

/**
 * For groups that judge this very second. By default vmalert asks for the state
 * 30 s ago, rounded down to the interval, and the store answers about 30 s ago
 * (`-search.latencyOffset`) unless its cache is left out.
 */
export const AT_ONCE = {
  evalDelay: "0s",
  evalAlignment: false,
  params: { nocache: ["1"] },
} as const satisfies Partial<RuleGroup>;

/** The text of a rule file. Expressions stand in it as they are. */
export function formatRuleFile(groups: readonly RuleGroup[]): string {
  const plain = groups.map((group) => ({
    name: group.name,
    interval: group.interval,
    // YAML leaves out what is undefined.
    eval_delay: group.evalDelay,
    eval_alignment: group.evalAlignment,
    params: group.params,
    rules: group.rules,
  }));
  return stringify({ groups: plain }, {
    lineWidth: 0,
    aliasDuplicateObjects: false,
  });
}
