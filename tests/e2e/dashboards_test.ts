/**
 * Every query of every panel, variable and annotation, in Korean and English,
 * on a real VictoriaMetrics that holds a fleet whose numbers are known.
 */
import { DASHBOARD_UIDS } from "../../deploy/dashboards/names.ts";
import { PANEL_TEXTS, type PanelKey } from "../../deploy/dashboards/texts.ts";
import {
  startVictoriaMetrics,
  type VictoriaMetrics,
} from "../../deploy/parts/victoria_metrics.ts";
import { generatedFiles } from "../../deploy/generated_files.ts";
import { assertEquals } from "../support/assert.ts";
import {
  END_MS,
  fleetSeries,
  MINUTE_MS,
  SPAN,
} from "../support/fleet/fleet.ts";
import { replayRules } from "../support/fleet/replay.ts";
import { writeSeries } from "../support/fleet/series.ts";
import { askInstant, askTarget, type View } from "../support/grafana/ask.ts";
import {
  type DashboardJson,
  dataPanels,
  readDashboards,
  variableQuery,
} from "../support/grafana/dashboard.ts";
import { ALL, type Values } from "../support/grafana/interpolate.ts";
import { part } from "../support/parts.ts";
import { assertAnswer, type Expected } from "./dashboards/expected.ts";
import {
  EXPECTED_LOSS,
  EXPECTED_RELAY,
  EXPECTED_SLA,
} from "./dashboards/expected_delivery.ts";
import {
  EXPECTED_CUSTOMER,
  EXPECTED_OVERVIEW,
} from "./dashboards/expected_fleet.ts";
import {
  EXPECTED_DEAD,
  EXPECTED_REBOOTED,
  EXPECTED_SERVER,
  EXPECTED_WINDOWS,
} from "./dashboards/expected_server.ts";

const vm = await part("victoria-metrics");
const vmalert = await part("vmalert");
const ignore = !vm.available || !vmalert.available;
const DASHBOARDS = readDashboards();

const EVERYTHING: Values = {
  customer_id: [ALL],
  csp: [ALL],
  region: [ALL],
  environment: [ALL],
  server_name: [ALL],
  target: "0.999",
};

/** The default view of each dashboard, and what all of its panels show. */
const PAGES: readonly [uid: string, values: Values, expected: Expected][] = [
  [DASHBOARD_UIDS.overview, EVERYTHING, EXPECTED_OVERVIEW],
  [
    DASHBOARD_UIDS.customer,
    { ...EVERYTHING, customer_id: "alpha" },
    EXPECTED_CUSTOMER,
  ],
  [DASHBOARD_UIDS.server, server("alpha", "web-01"), EXPECTED_SERVER],
  [DASHBOARD_UIDS.sla, EVERYTHING, EXPECTED_SLA],
  [DASHBOARD_UIDS.relay, EVERYTHING, EXPECTED_RELAY],
];

/** One store for all tests: it only answers. */
let running: Promise<VictoriaMetrics> | undefined;

function store(): Promise<VictoriaMetrics> {
  return running ??= filledStore();
}

async function filledStore(): Promise<VictoriaMetrics> {
  const filled = await startVictoriaMetrics({ part: vm.get() });
  await writeSeries(filled.writeUrl, fleetSeries());
  await filled.flush();
  const rules = Array.from(generatedFiles())
    .filter(([path]) => path.startsWith("deploy/vmalert/rules/"))
    .map(([, text]) => text);
  await replayRules(vmalert.get(), filled, rules, SPAN);
  return filled;
}

/** A test that may use the store; the last one stops it. */
function storeTest(
  name: string,
  fn: (store: VictoriaMetrics) => Promise<void>,
): void {
  Deno.test({
    name,
    ignore,
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async () => await fn(await store()),
  });
}

function server(customer_id: string, server_name: string): Values {
  return { customer_id, server_name };
}

function view(values: Values, window: View["window"] = SPAN): View {
  return { values, window };
}

function dashboard(uid: string, language: "ko" | "en" = "ko"): DashboardJson {
  const found = DASHBOARDS[language].get(uid);
  if (found === undefined) throw new Error(`Cannot find dashboard "${uid}"`);
  return found;
}

/** Asks the panels that `expected` names, and compares. */
async function assertPanels(
  store: VictoriaMetrics,
  shown: DashboardJson,
  expected: Expected,
  at: View,
  language: "ko" | "en" = "ko",
): Promise<void> {
  for (const [key, answers] of Object.entries(expected)) {
    const title = PANEL_TEXTS[key as PanelKey][language];
    const panel = dataPanels(shown).find((panel) => panel.title === title);
    assertEquals(
      panel?.targets?.map(({ refId }) => refId),
      Object.keys(answers),
      `queries of ${key}`,
    );
    for (const target of panel?.targets ?? []) {
      const actual = await askTarget(store, target, at);
      const what = `${key} ${target.refId}: ${target.expr}`;
      assertAnswer(actual, answers[target.refId] ?? {}, what);
    }
  }
}

for (const [uid, values, expected] of PAGES) {
  Deno.test(`${uid}: each panel has its expected numbers`, () => {
    const titles = Object.keys(expected)
      .map((key) => PANEL_TEXTS[key as PanelKey].ko).sort();
    assertEquals(
      dataPanels(dashboard(uid)).map(({ title }) => title).sort(),
      titles as string[],
    );
  });

  for (const language of ["ko", "en"] as const) {
    storeTest(
      `${uid} (${language}): all panels show what was put in`,
      async (store) => {
        const shown = dashboard(uid, language);
        await assertPanels(store, shown, expected, view(values), language);
      },
    );
  }
}

const CUSTOMERS = ["alpha", "beta"];
const ALPHA_SERVERS = ["app-01", "db-01", "gw-01", "old-01", "web-01"];
const ALL_PLACES = {
  customer_id: CUSTOMERS,
  csp: ["aws", "azure", "gcp"],
  region: ["ap-northeast-2", "asia-northeast3", "koreacentral", "us-east-1"],
  environment: ["prod", "staging"],
};
const ALL_CHOICES = {
  ...ALL_PLACES,
  server_name: [
    ...ALPHA_SERVERS.slice(0, 2),
    "db.02",
    "dbx02",
    ...ALPHA_SERVERS.slice(2),
    "win-01",
  ],
};

/** Values that each variable offers; silent servers among them. */
const CHOICES: Record<string, Record<string, readonly string[]>> = {
  [DASHBOARD_UIDS.overview]: ALL_PLACES,
  [DASHBOARD_UIDS.customer]: {
    customer_id: CUSTOMERS,
    csp: ["aws"],
    region: ["ap-northeast-2", "us-east-1"],
    environment: ["prod", "staging"],
    server_name: ALPHA_SERVERS,
  },
  [DASHBOARD_UIDS.server]: {
    customer_id: CUSTOMERS,
    server_name: ALPHA_SERVERS,
  },
  [DASHBOARD_UIDS.sla]: ALL_CHOICES,
  [DASHBOARD_UIDS.relay]: ALL_CHOICES,
};

for (const [uid, values] of PAGES) {
  storeTest(
    `${uid}: variables offer what there is, in both languages`,
    async (store) => {
      for (const language of ["ko", "en"] as const) {
        const offered: Record<string, string[]> = {};
        for (const variable of dashboard(uid, language).templating.list) {
          if (variable.type !== "query") continue;
          const answer = await askInstant(
            store,
            variableQuery(variable),
            view(values),
          );
          offered[variable.name] = offer(variable.regex, answer);
        }
        assertEquals(offered, CHOICES[uid] as Record<string, string[]>);
      }
    },
  );
}

/** As Grafana does: series as text, and of each what the pattern catches. */
function offer(
  regex: string | undefined,
  answer: Awaited<ReturnType<typeof askInstant>>,
): string[] {
  const pattern = new RegExp(regex?.slice(1, -1) ?? "");
  return answer.map(({ labels, value, timestampMs }) => {
    const inner = Object.entries(labels)
      .map(([name, value]) => `${name}="${value}"`).join(",");
    return `{${inner}} ${value} ${timestampMs}`.match(pattern)?.[1] ?? "";
  }).sort();
}

/** Customer and server of the alerts and of the maintenance on each page. */
const ANNOTATED: Record<
  string,
  readonly [alerts: string[], maintenance: string[]]
> = {
  [DASHBOARD_UIDS.overview]: [["alpha/old-01", "beta/web-01"], ["beta/db.02"]],
  [DASHBOARD_UIDS.customer]: [["alpha/old-01"], []],
  [DASHBOARD_UIDS.server]: [[], []],
  [DASHBOARD_UIDS.sla]: [["alpha/old-01", "beta/web-01"], ["beta/db.02"]],
  [DASHBOARD_UIDS.relay]: [["alpha/old-01", "beta/web-01"], ["beta/db.02"]],
};

for (const [uid, values] of PAGES) {
  storeTest(
    `${uid}: alerts and maintenance are marked on the graphs`,
    async (store) => {
      const marked = await Promise.all(
        dashboard(uid).annotations.list.map(async ({ expr }) => {
          const answer = await askInstant(store, expr, view(values));
          return answer.map(({ labels }) =>
            `${labels.customer_id}/${labels.server_name}`
          ).sort();
        }),
      );
      assertEquals(marked, [...ANNOTATED[uid] ?? []]);
    },
  );
}

const OTHER_SERVERS: Record<string, [Values, Expected]> = {
  "a server that booted half an hour ago": [
    server("alpha", "db-01"),
    EXPECTED_REBOOTED,
  ],
  "a Windows server": [server("beta", "win-01"), EXPECTED_WINDOWS],
  "a server that has gone silent": [server("alpha", "old-01"), EXPECTED_DEAD],
  "the other customer's server of the same name": [server("beta", "web-01"), {
    serverCpu: { value: { "beta/web-01": 0.9 } },
    serverReceived: { value: { "beta/web-01": 10_000 } },
    serverCpuReach: { cpu: { "beta/web-01": 0.9 / 0.5 } },
  }],
  "a server whose name differs by a dot": [server("beta", "db.02"), {
    serverState: { value: { "beta/db.02": 0 } },
  }],
};

for (const [what, [values, expected]] of Object.entries(OTHER_SERVERS)) {
  storeTest(`msp-server-detail: shows ${what}`, async (store) => {
    const shown = dashboard(DASHBOARD_UIDS.server);
    await assertPanels(store, shown, expected, view(values));
  });
}

storeTest("msp-relay-health: shows a loss when it happened", async (store) => {
  const endMs = END_MS - 50 * MINUTE_MS;
  await assertPanels(
    store,
    dashboard(DASHBOARD_UIDS.relay),
    EXPECTED_LOSS,
    view(EVERYTHING, { startMs: SPAN.startMs, endMs }),
  );
});

storeTest(
  "msp-sla: minutes that central did not judge count for nobody",
  async (store) => {
    const startMs = END_MS - 180 * MINUTE_MS;
    await assertPanels(store, dashboard(DASHBOARD_UIDS.sla), {
      // Two hours and the minute at their start were judged.
      slaUnobserved: { unobserved: { "": 180 - 121 } },
    }, view(EVERYTHING, { startMs, endMs: END_MS }));
  },
);

const SELECTIONS: Record<string, [Values, (key: string) => boolean]> = {
  "one customer": [{ customer_id: ["beta"] }, (key) => !key.includes("alpha")],
  "one cloud": [{ csp: ["gcp"] }, (key) => !/alpha|win-01/.test(key)],
  "one region": [
    { region: ["us-east-1"] },
    (key) => !/beta|web-01|old-01|gw-01|app-01/.test(key),
  ],
  "one environment": [
    { environment: ["staging"] },
    (key) => !/beta|web-01|old-01|gw-01|db-01/.test(key),
  ],
};

for (const [what, [selection, isSelected]] of Object.entries(SELECTIONS)) {
  storeTest(
    `overview, SLA, relays: every query keeps to ${what}`,
    async (store) => {
      const at = view({ ...EVERYTHING, ...selection });
      const everything = view(EVERYTHING);
      for (const name of ["overview", "sla", "relay"] as const) {
        for (const panel of dataPanels(dashboard(DASHBOARD_UIDS[name]))) {
          for (const target of panel.targets ?? []) {
            // About central itself, not about anyone's servers.
            if (/vmauth_|vm_rows/.test(target.expr)) continue;
            const shown = await askTarget(store, target, at);
            const keys = Object.keys(shown);
            const where = `${panel.title} ${target.refId}`;
            assertEquals(keys.filter((key) => !isSelected(key)), [], where);
            const all = await askTarget(store, target, everything);
            const total = all[""];
            if (total === undefined || total === 0) continue;
            // Totals have no labels: a filter that does nothing would not show.
            assertEquals(
              shown[""] !== total,
              true,
              `${where}: ${total} for all`,
            );
          }
        }
      }
    },
  );
}

storeTest("msp-sla: a name with a dot is not a pattern", async (store) => {
  const values = { ...EVERYTHING, server_name: ["db.02"] };
  await assertPanels(store, dashboard(DASHBOARD_UIDS.sla), {
    slaCustomer: { availability: { beta: 1 } },
    slaDaily: { days: { "beta/db.02": 1 } },
  }, view(values));
});

storeTest("the store stops", async (store) => {
  await store.stop();
});
