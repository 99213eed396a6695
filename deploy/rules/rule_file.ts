/** Rule files of vmalert as YAML. */

/** One recorded series. */
export interface RecordingRule {
  readonly record: string;
  readonly expr: string;
}

/** Rules that are evaluated together, one after the other. */
export interface RuleGroup {
  readonly name: string;
  readonly interval: string;
  /** How far in the past the group looks, for data that arrive late. */
  readonly evalDelay?: string;
  readonly rules: readonly RecordingRule[];
}

/** The text of a rule file. Expressions stand in it as they are. */
export function formatRuleFile(groups: readonly RuleGroup[]): string {
  return ["groups:", ...groups.flatMap(formatGroup), ""].join("\n");
}

function formatGroup({ name, interval, evalDelay, rules }: RuleGroup) {
  return [
    `  - name: ${name}`,
    `    interval: ${interval}`,
    ...evalDelay === undefined ? [] : [`    eval_delay: ${evalDelay}`],
    "    rules:",
    ...rules.flatMap(formatRule),
  ];
}

function formatRule({ record, expr }: RecordingRule): string[] {
  return [
    // Quoted, because of the colons.
    `      - record: "${record}"`,
    "        expr: |-",
    ...expr.split("\n").map((line) => `          ${line}`),
  ];
}
