/**
 * Every query of every panel, variable and annotation, in Korean and English,
 * on a real VictoriaMetrics that holds a fleet whose numbers are known.
 */
import { DASHBOARD_UIDS } from "../../deploy/dashboards/names.ts";
import { PANEL_TEXTS, type PanelKey } from "../../deploy/dashboards/texts.ts";
import type { InstantSample } from "../../deploy/parts/promql.ts";
import type { VictoriaMetrics } from "../../deploy/parts/victoria_metrics.ts";
import { assertEquals } from "../support/assert.ts";
import { askInstant } from "../support/grafana/ask.ts";
import { dataPanels, variableQuery } from "../support/grafana/dashboard.ts";
import { part } from "../support/parts.ts";
import type { Expected } from "./dashboards/expected.ts";
import {
  EXPECTED_RELAY,
  EXPECTED_SLA,
} from "./dashboards/expected_delivery.ts";
import {
  EXPECTED_CUSTOMER,
  EXPECTED_OVERVIEW,
} from "./dashboards/expected_fleet.ts";
import { EXPECTED_SERVER } from "./dashboards/expected_server.ts";
import {
  assertPanels,
  dashboard,
  PAGES,
  startFleetStore,
  view,
} from "./dashboards/pages.ts";

const vm = await part("victoria-metrics");
const vmalert = await part("vmalert");
const ignore = !vm.available || !vmalert.available;

/** What all panels of each dashboard show. */
const EXPECTED: Record<string, Expected> = {
  [DASHBOARD_UIDS.overview]: EXPECTED_OVERVIEW,
  [DASHBOARD_UIDS.customer]: EXPECTED_CUSTOMER,
  [DASHBOARD_UIDS.server]: EXPECTED_SERVER,
  [DASHBOARD_UIDS.sla]: EXPECTED_SLA,
  [DASHBOARD_UIDS.relay]: EXPECTED_RELAY,
};

const CUSTOMERS = ["alpha", "beta"];
const ALPHA_SERVERS = [
  "app-01",
  "db-01",
  "gone-01",
  "gw-01",
  "old-01",
  "web-01",
];
const PLACES = {
  customer_id: CUSTOMERS,
  csp: ["aws", "azure", "gcp"],
  region: ["ap-northeast-2", "asia-northeast3", "koreacentral", "us-east-1"],
  environment: ["prod", "staging"],
};
const BETA_SERVERS = ["db.02", "dbx02", "web-01", "win-01"];
const CHOICES = {
  ...PLACES,
  server_name: [...new Set([...ALPHA_SERVERS, ...BETA_SERVERS])].sort(),
};

/** What each variable offers: servers that have gone silent are there too. */
const OFFERED: Record<string, Record<string, string[]>> = {
  [DASHBOARD_UIDS.overview]: PLACES,
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
  [DASHBOARD_UIDS.sla]: CHOICES,
  [DASHBOARD_UIDS.relay]: {
    customer_id: ["alpha"],
    csp: ["aws"],
    region: ["ap-northeast-2"],
    environment: ["prod"],
    server_name: ["gw-01", "gw-02"],
  },
};

/** A window without a server is that of a whole customer. */
const ALL_MARKS = [["alpha/old-01", "beta/web-01"], ["beta/", "beta/db.02"]];

/** What alerts, then what maintenance is marked on the graphs. */
const MARKED: Record<string, string[][]> = {
  [DASHBOARD_UIDS.overview]: ALL_MARKS,
  [DASHBOARD_UIDS.customer]: [["alpha/old-01"], []],
  [DASHBOARD_UIDS.server]: [[], []],
  [DASHBOARD_UIDS.sla]: ALL_MARKS,
  [DASHBOARD_UIDS.relay]: ALL_MARKS,
};

/** One for all tests: they only ask. */
let store: VictoriaMetrics;

Deno.test.beforeAll(async () => {
  if (!ignore) store = await startFleetStore(vm.get(), vmalert.get());
});

Deno.test.afterAll(async () => {
  if (!ignore) await store.stop();
});

for (const [uid, values] of Object.entries(PAGES)) {
  Deno.test(`${uid}: each panel has its expected numbers`, () => {
    const titles: string[] = Object.keys(EXPECTED[uid] ?? {})
      .map((key) => PANEL_TEXTS[key as PanelKey].ko);

    const shown = dataPanels(dashboard(uid)).map(({ title }) => title);

    assertEquals(shown.sort(), titles.sort());
  });

  for (const language of ["ko", "en"] as const) {
    Deno.test({
      name: `${uid} (${language}): all panels show what was put in`,
      ignore,
      fn: () =>
        assertPanels(store, EXPECTED[uid] ?? {}, {
          uid,
          language,
          view: view(values),
        }),
    });

    Deno.test({
      name: `${uid} (${language}): variables offer what there is`,
      ignore,
      async fn() {
        const offered: Record<string, string[]> = {};
        const { list } = dashboard(uid, language).templating;
        for (const variable of list.filter(({ type }) => type === "query")) {
          const query = variableQuery(variable);
          const answer = await askInstant(store, query, view(values));
          offered[variable.name] = caught(variable.regex ?? "", answer);
        }

        assertEquals(offered, OFFERED[uid] ?? {});
      },
    });

    Deno.test({
      name: `${uid} (${language}): alerts and maintenance are marked`,
      ignore,
      async fn() {
        const marked: string[][] = [];
        for (const { expr } of dashboard(uid, language).annotations.list) {
          const answer = await askInstant(store, expr, view(values));
          marked.push(
            answer.map(({ labels }) =>
              `${labels.customer_id}/${labels.server_name ?? ""}`
            ).sort(),
          );
        }

        assertEquals(marked, MARKED[uid]);
      },
    });
  }
}

/** As Grafana does: each series as text, and of that what the pattern catches. */
function caught(regex: string, answer: readonly InstantSample[]): string[] {
  const pattern = new RegExp(regex.slice(1, -1));
  return answer.map(({ labels, value, timestampMs }) => {
    const inner = Object.entries(labels)
      .map(([name, value]) => `${name}="${value}"`).join(",");
    return `{${inner}} ${value} ${timestampMs}`.match(pattern)?.[1] ?? "";
  }).sort();
}
