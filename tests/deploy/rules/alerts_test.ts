import { parse } from "yaml";
import type { Alert } from "../../../deploy/rules/alert.ts";
import { ALERT_RULES, ALERTS } from "../../../deploy/rules/alerts.ts";
import { assert, assertEquals } from "../../support/assert.ts";
import { ROOT } from "../../support/process.ts";

const ALL: readonly Alert[] = Object.values(ALERTS).flat()
  .flatMap(({ alerts }) => alerts);
const RULES = Object.values(ALERT_RULES).flat().flatMap(({ rules }) => rules);
const HANGUL = /[가-힣]/;

/** Names that dashboards, Alertmanager's file and operators rely on. */
const RELIED_ON = [
  "CentralIngestStalled",
  "MaintenanceActive",
  "RelayDown",
  "ServerDown",
  "Watchdog",
];

/** Names of the alerts that tests/rules expects to fire with their texts. */
function testedNames(): Set<string> {
  const dir = `${ROOT}/tests/rules`;
  const files = Array.from(Deno.readDirSync(dir)).map(({ name }) => name)
    .filter((name) => name.endsWith(".yml"));
  const tests = files.flatMap((name) => {
    const { tests } = parse(Deno.readTextFileSync(`${dir}/${name}`)) as {
      tests: {
        alert_rule_test?: { alertname: string; exp_alerts?: unknown[] }[];
      }[];
    };
    return tests.flatMap(({ alert_rule_test = [] }) => alert_rule_test);
  });
  return new Set(
    tests.filter(({ exp_alerts = [] }) => exp_alerts.length > 0)
      .map(({ alertname }) => alertname),
  );
}

function texts({ ko, en }: Alert): string[] {
  return [ko.summary, ko.description, en.summary, en.description];
}

Deno.test("alerts: each one has a unit test in which it fires", () => {
  const tested = testedNames();

  assertEquals(
    ALL.map(({ name }) => name).filter((name) => !tested.has(name)),
    [],
  );
});

Deno.test("alerts: the names that others rely on are there", () => {
  const names = ALL.map(({ name }) => name);

  assertEquals(RELIED_ON.filter((name) => !names.includes(name)), []);
});

Deno.test("alerts: a name is given twice only at two severities or for maintenance", () => {
  const keys = ALL.filter(({ name }) => name !== "MaintenanceActive")
    .map(({ name, severity }) => `${name} ${severity}`);

  assertEquals(keys.filter((key, i) => keys.indexOf(key) !== i), []);
});

for (const alert of ALL) {
  const title = `${alert.name} (${alert.severity})`;

  Deno.test(`${title}: Korean is Korean, English is not, and one line sums it up`, () => {
    const { ko, en } = alert;

    assert(HANGUL.test(ko.summary) && HANGUL.test(ko.description));
    assert(!HANGUL.test(en.summary + en.description));
    assertEquals(texts(alert).filter((text) => /\n|^\s|\s$/.test(text)), []);
  });

  Deno.test(`${title}: both languages show the same labels`, () => {
    const shown = (text: string) =>
      Array.from(text.matchAll(/\$labels\.\w+/g), ([label]) => label).sort();

    assertEquals(shown(alert.ko.summary), shown(alert.en.summary));
  });

  Deno.test(`${title}: a person is told what to look at first`, () => {
    if (alert.severity === "none") return;
    for (const text of [alert.ko.description, alert.en.description]) {
      assertEquals(text.match(/[123]\) /g), ["1) ", "2) ", "3) "]);
    }
  });

  Deno.test(`${title}: a summary about a server names it and its customer`, () => {
    if (alert.scope === "central") return;
    for (const { summary } of [alert.ko, alert.en]) {
      assert(summary.includes("$labels.customer_id"), summary);
    }
  });
}

Deno.test("alerts: labels of rules are fixed, few and not empty", () => {
  const severities = ["critical", "warning", "info", "none"];
  const scopes = ["host", "relay", "sla", "anomaly", "central"];
  for (const { labels } of RULES) {
    assert(severities.includes(labels["severity"] ?? ""));
    assert(scopes.includes(labels["scope"] ?? ""));
    assertEquals(
      Object.keys(labels).filter((name) =>
        !["severity", "scope", "cause"].includes(name)
      ),
      [],
    );
    assertEquals(
      Object.values(labels).filter((value) => !/^[a-z]+$/.test(value)),
      [],
    );
  }
});

Deno.test("alerts: a critical one silences a warning of the same cause", () => {
  const causes = new Map<string, Set<string>>();
  for (const { cause, severity } of ALL) {
    if (cause === undefined) continue;
    causes.set(cause, (causes.get(cause) ?? new Set()).add(severity));
  }

  assertEquals(
    [...causes].filter(([, severities]) => severities.size !== 2)
      .map(([cause]) => cause),
    [],
  );
});

Deno.test("alerts: the names of groups are the tool's key, and given once", () => {
  const names = Object.values(ALERTS).flat().map(({ name }) => name);

  assertEquals(names.length, new Set(names).size);
});
