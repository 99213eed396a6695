import { ANOMALY_RECORDING } from "../../../deploy/rules/anomaly.ts";
import { RECORDING_RULES } from "../../../deploy/rules/recording.ts";
import {
  formatRuleFile,
  type RecordingRule,
  type RuleGroup,
} from "../../../deploy/rules/rule_file.ts";
import { assert, assertEquals } from "../../support/assert.ts";
import { durationMs } from "../../support/grafana/interpolate.ts";

const GROUPS: readonly RuleGroup<RecordingRule>[] = Object.values({
  ...RECORDING_RULES,
  ...ANOMALY_RECORDING,
}).flat();
/** vmalert spreads a group of one minute over that minute, then writes. */
const APART_MS = 120_000;

function delayMs({ evalDelay = "0s" }: RuleGroup<RecordingRule>): number {
  return durationMs(evalDelay);
}

/** The groups that record what `group` reads at the moment of its evaluation. */
function sourcesOf(
  group: RuleGroup<RecordingRule>,
): RuleGroup<RecordingRule>[] {
  const read = group.rules.map(({ expr }) => expr).join("\n");
  return GROUPS.filter(({ rules }) =>
    // What is read over days does not depend on the last minute.
    rules.some(({ record }) => read.includes(record)) &&
    !rules.some(({ record }) => record === "msp:server_info")
  );
}

for (const group of GROUPS) {
  Deno.test(`${group.name}: what it reads was recorded two minutes before`, () => {
    for (const source of sourcesOf(group)) {
      assert(
        delayMs(group) >= delayMs(source) + APART_MS,
        `${source.name} is evaluated with ${source.evalDelay}`,
      );
    }
  });
}

Deno.test("recording rules: availability and scores are made in steps", () => {
  const chain = GROUPS.filter((group) => sourcesOf(group).length > 0)
    .map(({ name }) => name);

  assertEquals(chain, [
    "msp-availability",
    "msp-completeness",
    "msp-availability-sums",
    "msp-anomaly-weeks",
    "msp-anomaly-baseline",
    "msp-anomaly-score",
  ]);
});

Deno.test("recording rules: no series is recorded twice", () => {
  const names = GROUPS.flatMap(({ rules }) => rules.map((one) => one.record));

  assertEquals(names.length, new Set(names).size);
});

Deno.test("formatRuleFile() keeps the lines of an expression", () => {
  const group = {
    name: "g",
    interval: "1m",
    evalDelay: "3m",
    rules: [{ record: "a:b", expr: 'x{y="z"}\n  or on ()\nw' }],
  };

  assertEquals(
    formatRuleFile([group]),
    `groups:
  - name: g
    interval: 1m
    eval_delay: 3m
    rules:
      - record: a:b
        expr: |-
          x{y="z"}
            or on ()
          w
`,
  );
});
