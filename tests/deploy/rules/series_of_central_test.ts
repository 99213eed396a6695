/**
 * A customer's token writes whatever names it likes, under its `customer_id`.
 * Whoever reads a series of central's own therefore asks for none.
 */
import { operatorRules } from "../../../deploy/mspctl/alerting/operator_rules.ts";
import { RULE_FILES } from "../../../deploy/rules/all.ts";
import { assertEquals } from "../../support/assert.ts";
import { operatorSettings } from "../../support/alerting/settings.ts";
import { dataPanels, readDashboards } from "../../support/grafana/dashboard.ts";
import { ROOT } from "../../support/process.ts";
import { seriesIn } from "../../support/promql_series.ts";

const RULES = Object.values(RULE_FILES).flat().flatMap(({ rules }) => rules);
const PANELS = [...readDashboards().ko.values()].flatMap((page) => [
  ...page.annotations.list.map(({ expr }) => expr),
  ...dataPanels(page).flatMap(({ targets = [] }) =>
    targets.map(({ expr }) => expr)
  ),
]);
const ASKED = [...RULES.map(({ expr }) => expr), ...PANELS]
  .map((expr) => expr.replaceAll(/\$__?\w+/g, "1m"));

/** What central's scripts tell the store. */
const TOLD = ["backup/backup.sh", "sla/replay.sh"].flatMap((path) =>
  Deno.readTextFileSync(`${ROOT}/deploy/${path}`).match(/\bmsp_[a-z_]+/g) ?? []
);

/** Of what operators set, holidays alone are nobody's. */
const OPERATORS = operatorRules(operatorSettings({
  holidays: [{ name: "설날", startSeconds: 1, endSeconds: 2 }],
})).flatMap(({ rules }) => rules);

const RECORDED = new Map(
  [...RULES, ...OPERATORS].flatMap((rule) =>
    "record" in rule ? [[rule.record, rule.expr]] : []
  ),
);

/** Agents, relays and what is recorded of them; all else is central's. */
function isOfCustomers(name: string): boolean {
  const expr = RECORDED.get(name);
  if (expr !== undefined) {
    return seriesIn(expr).some((one) => isOfCustomers(one.name));
  }
  return !TOLD.includes(name) &&
    /^(node_|msp_|msp:|ALERTS(_FOR_STATE)?$)/.test(name);
}

Deno.test("seriesIn() finds every selector and nothing else", () => {
  const expr = `(WITH (
  lost = max by (a, b) (rate(x_total{c=~"}{",d="e"}[5m])),
)
lost / on (a) group_left (b) (r:s:t offset 1d > 2 * 1e3)
or clamp_min(time() - last_over_time({__name__="y"}[1h]), 0) == bare)
unless on () label_set(vector(1), "f", "g")`;

  assertEquals(seriesIn(expr), [
    { name: "x_total", matchers: 'c=~"}{",d="e"' },
    { name: "r:s:t", matchers: "" },
    { name: "", matchers: '__name__="y"' },
    { name: "bare", matchers: "" },
  ]);
});

Deno.test("central: what it records and tells about itself is known", () => {
  const names = new Set([...RECORDED.keys(), ...TOLD]);

  assertEquals([...names].filter((name) => !isOfCustomers(name)).sort(), [
    "msp:central_alive",
    "msp:holiday",
    "msp_backup_last_success_timestamp_seconds",
    "msp_backup_last_try_timestamp_seconds",
    "msp_sla_replay_last_success_timestamp_seconds",
    "msp_sla_replay_last_try_timestamp_seconds",
  ]);
});

Deno.test("central: its own series are read where no customer can have written them", () => {
  const own = ASKED.flatMap(seriesIn).filter(({ name }) =>
    !isOfCustomers(name)
  );
  const names = new Set(own.map(({ name }) => name));

  assertEquals(
    ["", "up", "vmauth_user_requests_total", "msp:holiday"]
      .filter((name) => !names.has(name)),
    [],
  );
  assertEquals(
    own.filter(({ matchers }) => !/(^|,)customer_id=""(,|$)/.test(matchers)),
    [],
  );
});
