/** Dashboards with other servers, times and filters than those they open with. */
import { DASHBOARD_UIDS } from "../../deploy/dashboards/names.ts";
import type { VictoriaMetrics } from "../../deploy/parts/victoria_metrics.ts";
import { assertEquals, assertNotEquals } from "../support/assert.ts";
import { END_MS, MINUTE_MS, SPAN } from "../support/fleet/fleet.ts";
import { askInstant, askTarget } from "../support/grafana/ask.ts";
import { dataPanels, type TargetJson } from "../support/grafana/dashboard.ts";
import type { Values } from "../support/grafana/interpolate.ts";
import { part } from "../support/parts.ts";
import type { Expected } from "./dashboards/expected.ts";
import { EXPECTED_LOSS } from "./dashboards/expected_delivery.ts";
import {
  EXPECTED_DEAD,
  EXPECTED_REBOOTED,
  EXPECTED_WINDOWS,
} from "./dashboards/expected_server.ts";
import {
  assertPanels,
  dashboard,
  EVERYTHING,
  server,
  startFleetStore,
  view,
} from "./dashboards/pages.ts";

const vm = await part("victoria-metrics");
const vmalert = await part("vmalert");
const ignore = !vm.available || !vmalert.available;

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
  "not the server whose name differs by a dot": [server("beta", "db.02"), {
    serverState: { value: { "beta/db.02": 0 } },
  }],
};

/** A filter, and whether a series may still be shown. */
const FILTERS: Record<string, [Values, RegExp]> = {
  "one customer": [{ customer_id: ["beta"] }, /alpha/],
  "one cloud": [{ csp: ["gcp"] }, /alpha|win-01/],
  "one region": [
    { region: ["us-east-1"] },
    /beta|web-01|old-01|gone-01|gw-01|app-01/,
  ],
  "one environment": [
    { environment: ["staging"] },
    /beta|web-01|old-01|gone-01|gw-01|db-01/,
  ],
};

const ALPHA_SERVER = /(app|db|gone|gw|old|web)-01/;

/** What is left of customer alpha's servers. */
const CUSTOMER_FILTERS: Record<string, [Values, string[]]> = {
  "one region": [{ region: ["us-east-1"] }, ["db-01"]],
  "one environment": [{ environment: ["staging"] }, ["app-01"]],
  "another cloud": [{ csp: ["gcp"] }, []],
  "two servers": [{ server_name: ["db-01", "old-01"] }, ["db-01", "old-01"]],
};

/** One for all tests: they only ask. */
let store: VictoriaMetrics;

Deno.test.beforeAll(async () => {
  if (!ignore) store = await startFleetStore(vm.get(), vmalert.get());
});

Deno.test.afterAll(async () => {
  if (!ignore) await store.stop();
});

for (const [what, [values, expected]] of Object.entries(OTHER_SERVERS)) {
  Deno.test({
    name: `msp-server-detail: shows ${what}`,
    ignore,
    fn: () =>
      assertPanels(store, expected, {
        uid: DASHBOARD_UIDS.server,
        view: view(values),
      }),
  });
}

Deno.test({
  name: "msp-relay-health: shows a loss when it happened",
  ignore,
  async fn() {
    const endMs = END_MS - 50 * MINUTE_MS;

    await assertPanels(store, EXPECTED_LOSS, {
      uid: DASHBOARD_UIDS.relay,
      view: view(EVERYTHING, { startMs: SPAN.startMs, endMs }),
    });
  },
});

Deno.test({
  name: "msp-sla: minutes that central did not judge are told apart",
  ignore,
  async fn() {
    const startMs = END_MS - 180 * MINUTE_MS;

    await assertPanels(store, {
      // Two hours and the minute at their start were judged.
      slaUnobserved: { unobserved: { "": 180 - 121 } },
    }, {
      uid: DASHBOARD_UIDS.sla,
      view: view(EVERYTHING, { startMs, endMs: END_MS }),
    });
  },
});

Deno.test({
  name: "msp-sla: a name with a dot is not a pattern",
  ignore,
  fn: () =>
    assertPanels(store, {
      slaCustomer: { availability: { beta: 1 } },
      slaDaily: { days: { "beta/db.02": 1 } },
    }, {
      uid: DASHBOARD_UIDS.sla,
      view: view({ ...EVERYTHING, server_name: ["db.02"] }),
    }),
});

/** What is marked as maintenance where a placement is chosen. */
const MARKED: Record<string, [Values, string[]]> = {
  "its cloud": [{ csp: ["gcp"] }, ["beta/", "beta/db.02"]],
  "another cloud": [{ csp: ["aws"] }, []],
  "another server of the customer": [{ server_name: ["web-01"] }, ["beta/"]],
};

for (const [what, [filter, marked]] of Object.entries(MARKED)) {
  Deno.test({
    name: `msp-sla: maintenance is marked with ${what} chosen`,
    ignore,
    async fn() {
      const [, { expr = "" } = {}] = dashboard(DASHBOARD_UIDS.sla)
        .annotations.list;

      const answer = await askInstant(
        store,
        expr,
        view({ ...EVERYTHING, ...filter }),
      );

      assertEquals(
        answer.map(({ labels }) =>
          `${labels.customer_id}/${labels.server_name ?? ""}`
        ).sort(),
        marked,
      );
    },
  });
}

Deno.test({
  name: "msp-relay-health: a relay's own page shows who pushes to it",
  ignore,
  fn: () =>
    assertPanels(store, {
      relayLastPush: {
        since: { "alpha/gw-01/app-01": 20, "alpha/gw-01/old-02": 600 },
      },
    }, {
      uid: DASHBOARD_UIDS.relay,
      view: view({ ...EVERYTHING, server_name: ["gw-01"] }),
    }),
});

for (const [what, [filter, hidden]] of Object.entries(FILTERS)) {
  for (const name of ["overview", "sla", "relay"] as const) {
    const uid = DASHBOARD_UIDS[name];
    Deno.test({
      name: `${uid}: every query keeps to ${what}`,
      ignore,
      async fn() {
        for (const panel of dataPanels(dashboard(uid))) {
          for (const target of panel.targets ?? []) {
            const label = `${panel.title} ${target.refId}`;
            await assertFilters(target, { filter, hidden, label });
          }
        }
      },
    });
  }
}

for (const [what, [filter, left]] of Object.entries(CUSTOMER_FILTERS)) {
  Deno.test({
    name: `msp-customer-detail: every query keeps to ${what}`,
    ignore,
    async fn() {
      const at = view({ ...EVERYTHING, customer_id: "alpha", ...filter });
      for (const panel of dataPanels(dashboard(DASHBOARD_UIDS.customer))) {
        for (const target of panel.targets ?? []) {
          const names = Object.keys(await askTarget(store, target, at))
            .filter((key) => key !== "")
            .map((key) => ALPHA_SERVER.exec(key)?.[0] ?? key);
          const others = names.filter((name) => !left.includes(name));
          assertEquals(others, [], `${panel.title} ${target.refId}`);
        }
      }
      await assertPanels(store, {
        customerServers: {
          reporting: { "": left.filter((name) => name !== "old-01").length },
          known: { "": left.length },
        },
      }, { uid: DASHBOARD_UIDS.customer, view: at });
    },
  });
}

for (const name of ["overview", "customer", "sla", "relay"] as const) {
  const uid = DASHBOARD_UIDS[name];
  Deno.test({
    name: `${uid}: all columns of a table have the same labels`,
    ignore,
    async fn() {
      const values = name === "customer"
        ? { ...EVERYTHING, customer_id: "alpha" }
        : EVERYTHING;
      const tables = dataPanels(dashboard(uid))
        .filter(({ type }) => type === "table");
      for (const { title, targets = [] } of tables) {
        const sets = await Promise.all(
          targets.map(({ expr }) => labelSets(expr, values)),
        );
        const common = sets.map((labels) =>
          // The agent's version is the one column that a label fills.
          labels.map((one) => one.replace(",version", ""))
        );
        assertEquals(new Set(common.flat()).size, 1, title);
      }
    },
  });
}

/** The names of the labels of each series, without repetition. */
async function labelSets(expr: string, values: Values): Promise<string[]> {
  const answer = await askInstant(store, expr, view(values));
  const sets = answer.map(({ labels }) =>
    Object.keys(labels).filter((name) => name !== "mountpoint").sort().join()
  );
  return [...new Set(sets)];
}

async function assertFilters(
  target: TargetJson,
  { filter, hidden, label }: {
    readonly filter: Values;
    readonly hidden: RegExp;
    readonly label: string;
  },
): Promise<void> {
  // About central itself, not about anyone's servers.
  if (/vmauth_|vm_rows/.test(target.expr)) return;
  const all = await askTarget(store, target, view(EVERYTHING));
  const some = await askTarget(
    store,
    target,
    view({ ...EVERYTHING, ...filter }),
  );
  const leaked = Object.keys(some).filter((key) => hidden.test(key));
  assertEquals(leaked, [], label);
  // A total has no labels: a filter that does nothing would not show there.
  const total = all[""] ?? 0;
  if (total !== 0) assertNotEquals(some[""], total, label);
}
