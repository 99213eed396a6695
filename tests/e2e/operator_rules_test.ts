/** What operators set, as the real store and vmalert take it. */
import { runCommand } from "../../deploy/parts/command.ts";
import { makeTempDir } from "../../deploy/parts/cleanup.ts";
import { queryInstant } from "../../deploy/parts/promql.ts";
import { startVictoriaMetrics } from "../../deploy/parts/victoria_metrics.ts";
import { operatorRules } from "../../deploy/mspctl/alerting/operator_rules.ts";
import type {
  MaintenanceWindow,
  OperatorSettings,
} from "../../deploy/mspctl/operators/settings.ts";
import { weeklyHours } from "../../deploy/mspctl/operators/kinds.ts";
import {
  formatRuleFile,
  type RecordingRule,
} from "../../deploy/rules/rule_file.ts";
import { assert, assertEquals } from "../support/assert.ts";
import {
  customerByMail,
  operatorSettings,
} from "../support/alerting/settings.ts";
import { part } from "../support/parts.ts";

const vm = await part("victoria-metrics");
const vmalert = await part("vmalert");

const EVERYTHING = operatorSettings({
  customers: [{
    ...customerByMail("kt"),
    thresholds: { cpu: 0.8, disk: 0.95 },
    sloTarget: 0.999,
  }],
  maintenance: [
    window({
      servers: ["on", "1e3", "web-01"],
      startSeconds: 1,
      endSeconds: 2,
    }),
    window({ weekly: hours("sun 02:00-04:00") }),
  ],
  holidays: [{ name: "설날", startSeconds: 1, endSeconds: 2 }],
  retired: [
    { customer: "kt", server: "old", since: "2026-01-01T00:00:00Z" },
    {
      customer: "kt",
      server: "back",
      since: "2026-01-01T00:00:00Z",
      until: "2026-02-01T00:00:00Z",
    },
  ],
});

function hours(text: string) {
  const parsed = weeklyHours.parse(text);
  assert(parsed.ok);
  return parsed.value;
}

function window(given: Partial<MaintenanceWindow>): MaintenanceWindow {
  return {
    ...{ id: "a", customer: "kt", servers: [] },
    ...{ zone: "Asia/Seoul", reason: "x" },
    ...given,
  };
}

function rulesOf(settings: OperatorSettings): RecordingRule[] {
  return operatorRules(settings).flatMap(({ rules }) => rules as RecordingRule[] // operators set no alerts
  );
}

Deno.test("operatorRules() names what each series is about", () => {
  const series = rulesOf(EVERYTHING).map(({ record, labels }) =>
    `${record} ${Object.values(labels ?? {}).join(" ")}`.trim()
  );

  assertEquals(series, [
    "msp:threshold:ratio kt cpu",
    "msp:threshold:ratio kt disk",
    "msp:slo_target:ratio kt",
    "msp:maintenance:server kt on",
    "msp:maintenance:server kt 1e3",
    "msp:maintenance:server kt web-01",
    "msp:maintenance:customer kt",
    "msp:decommissioned:server kt old",
    "msp:decommissioned:server kt back",
    "msp:holiday",
  ]);
});

Deno.test({
  name: "operatorRules() makes a file that vmalert takes",
  ignore: !vmalert.available,
  async fn() {
    const { launch } = vmalert.get();
    assert(launch.kind === "program");
    using dir = makeTempDir({ prefix: "msp-rules-" });
    const path = `${dir.path}/operators.yml`;
    Deno.writeTextFileSync(path, formatRuleFile(operatorRules(EVERYTHING)));

    const run = await runCommand([launch.path, "-dryRun", `-rule=${path}`]);

    assertEquals(run.code, 0, run.stderr);
  },
});

/** A condition, and the times (in its zone) at which it holds or does not. */
interface Case {
  readonly settings: OperatorSettings;
  readonly open: readonly string[];
  readonly closed: readonly string[];
}

function one(given: Partial<MaintenanceWindow>): OperatorSettings {
  return operatorSettings({ maintenance: [window(given)] });
}

const SECONDS = {
  start: Date.parse("2026-12-01T02:00:00+09:00") / 1000,
  end: Date.parse("2026-12-01T04:00:00+09:00") / 1000,
};

const CASES: Readonly<Record<string, Case>> = {
  "a window once": {
    settings: one({ startSeconds: SECONDS.start, endSeconds: SECONDS.end }),
    open: ["2026-12-01T02:00:00+09:00", "2026-12-01T03:59:59+09:00"],
    closed: ["2026-12-01T01:59:59+09:00", "2026-12-01T04:00:00+09:00"],
  },
  "every Sunday night": {
    settings: one({ weekly: hours("sun 02:00-04:00") }),
    open: ["2026-11-29T02:00:00+09:00", "2027-01-03T03:59:59+09:00"],
    closed: [
      "2026-11-29T01:59:59+09:00",
      "2026-11-29T04:00:00+09:00",
      "2026-11-30T03:00:00+09:00",
      "2026-11-28T03:00:00+09:00",
    ],
  },
  "over midnight, and over the end of the week": {
    settings: one({ weekly: hours("sat-sun 23:30-01:00") }),
    open: [
      "2026-11-28T23:30:00+09:00",
      "2026-11-29T00:59:59+09:00",
      "2026-11-29T23:45:00+09:00",
      "2026-11-30T00:30:00+09:00",
    ],
    closed: [
      "2026-11-29T01:00:00+09:00",
      "2026-11-29T23:29:59+09:00",
      "2026-11-30T01:00:00+09:00",
      "2026-11-28T00:30:00+09:00",
    ],
  },
  "by the clock of a zone that changes it": {
    settings: one({
      weekly: hours("mon-fri 09:00-24:00"),
      zone: "Europe/Berlin",
    }),
    open: ["2026-07-03T09:00:00+02:00", "2026-12-04T23:59:59+01:00"],
    closed: ["2026-07-03T08:59:59+02:00", "2026-12-05T00:00:00+01:00"],
  },
  "each week until it was ended": {
    settings: one({
      weekly: hours("tue 01:00-05:00"),
      startSeconds: SECONDS.start,
      endSeconds: SECONDS.end,
    }),
    open: ["2026-12-01T02:30:00+09:00"],
    closed: [
      "2026-12-01T01:30:00+09:00",
      "2026-12-01T04:30:00+09:00",
      "2026-12-08T02:30:00+09:00",
    ],
  },
  "holidays": {
    settings: operatorSettings({
      holidays: [{
        name: "설날",
        startSeconds: Date.parse("2027-02-06T00:00:00+09:00") / 1000,
        endSeconds: Date.parse("2027-02-10T00:00:00+09:00") / 1000,
      }],
    }),
    open: ["2027-02-06T00:00:00+09:00", "2027-02-09T23:59:59+09:00"],
    closed: ["2027-02-05T23:59:59+09:00", "2027-02-10T00:00:00+09:00"],
  },
};

Deno.test({
  name: "conditions of operators hold when they should, asked of the store",
  ignore: !vm.available,
  async fn(t) {
    await using store = await startVictoriaMetrics({ part: vm.get() });
    for (const [name, { settings, open, closed }] of Object.entries(CASES)) {
      await t.step(name, async () => {
        const [rule] = rulesOf(settings);
        const valuesAt = async (time: string) => {
          const samples = await queryInstant(store.url, rule?.expr ?? "", {
            timeMs: Date.parse(time),
          });
          return [time, samples.map(({ value }) => value)] as const;
        };
        for (const time of open) {
          assertEquals(await valuesAt(time), [time, [1]]);
        }
        for (const time of closed) {
          assertEquals(await valuesAt(time), [time, []]);
        }
      });
    }
  },
});
