import { DASHBOARD_UIDS } from "../../../deploy/dashboards/names.ts";
import { assert, assertEquals } from "../../support/assert.ts";
import {
  type DashboardJson,
  dataPanels,
  readDashboards,
} from "../../support/grafana/dashboard.ts";
import {
  allLinks,
  checkColumns,
  checkDataSources,
  checkGrid,
  checkInstants,
  checkLinks,
  checkSpoken,
  checkUid,
  checkUnique,
  checkVariables,
  checkWindows,
} from "../../support/grafana/rules.ts";

const DASHBOARDS = readDashboards();
const ALL = [...DASHBOARDS.ko.values(), ...DASHBOARDS.en.values()];

const RULES: Record<string, (dashboard: DashboardJson) => string[]> = {
  "every panel has a unit, a description and a text for no value": checkSpoken,
  "everything asks the provisioned data source by its uid": checkDataSources,
  "panels, titles and queries are told apart": checkUnique,
  "panels fill the grid and do not overlap": checkGrid,
  "links lead somewhere and keep the time range": (dashboard) =>
    checkLinks(dashboard, DASHBOARDS.ko),
  "single numbers are asked for at one time": checkInstants,
  "rates follow the resolution, never a fixed window": checkWindows,
  "every variable narrows something": checkVariables,
  "columns are named as Grafana names their fields": checkColumns,
  "uids are the known ones, and nothing is editable": checkUid,
};

for (const [rule, check] of Object.entries(RULES)) {
  Deno.test(`dashboards: ${rule}`, () => {
    assertEquals(ALL.map((one) => [one.uid, check(one)]), [
      ...ALL.map((one): [string, string[]] => [one.uid, []]),
    ]);
  });
}

/** The overview with one text of its JSON replaced everywhere. */
function spoiled(from: string | RegExp, to: string): DashboardJson {
  const text = JSON.stringify(DASHBOARDS.en.get(DASHBOARD_UIDS.overview));
  const changed = text.replace(from, to);
  assert(changed !== text, `nothing to spoil at ${from}`);
  return JSON.parse(changed);
}

const VIOLATIONS: Record<
  string,
  [check: (dashboard: DashboardJson) => string[], DashboardJson, string]
> = {
  "a panel without a unit": [
    checkSpoken,
    spoiled('"unit":"short"', '"unit":""'),
    'Customers: unit ""',
  ],
  "a panel without a description": [
    checkSpoken,
    spoiled(/"description":"Customers[^"]*"/, '"description":""'),
    "Customers: no description",
  ],
  "a data source by another name": [
    checkDataSources,
    spoiled('"uid":"msp-vm"', '"uid":"VictoriaMetrics"'),
    "data source prometheus VictoriaMetrics",
  ],
  "two panels with one number": [
    checkUnique,
    spoiled('"id":3', '"id":2'),
    "panel 2 is there twice",
  ],
  "a panel on another": [
    checkGrid,
    spoiled('"x":3', '"x":2'),
    "Customers lies on Servers",
  ],
  "a link to nowhere": [
    (dashboard) => checkLinks(dashboard, DASHBOARDS.en),
    spoiled("/d/msp-sla?", "/d/msp-sle?"),
    "Open: no dashboard at /d/msp-sle",
  ],
  "a link with the seed's variable": [
    (dashboard) => checkLinks(dashboard, DASHBOARDS.en),
    spoiled("var-customer_id", "var-customer"),
    "Open customer: /d/msp-customer-detail has no variable customer",
  ],
  "a stat over a range": [
    checkInstants,
    spoiled('"instant":true', '"instant":false'),
    "Customers value: asked in the wrong form",
  ],
  "a fixed window": [
    checkWindows,
    spoiled('"expr":"avg(', '"expr":"rate(x[5m]) + avg('),
    "Mean CPU: rate over 5m",
  ],
  "a variable that does nothing": [
    checkVariables,
    spoiled('"name":"region"', '"name":"zone"'),
    "no panel uses $zone",
  ],
  "a column by its title": [
    checkColumns,
    spoiled('"options":"Value #cpu"', '"options":"Value #CPU (%)"'),
    'By customer: no query gives "Value #CPU (%)"',
  ],
  "another uid": [
    checkUid,
    spoiled('"uid":"msp-overview"', '"uid":"a1b2c3"'),
    "uid a1b2c3 is new",
  ],
};

for (const [what, [check, dashboard, sentence]] of Object.entries(VIOLATIONS)) {
  Deno.test(`dashboards: ${what} is noticed`, () => {
    assertEquals(check(dashboard).slice(0, 1), [sentence]);
  });
}

const DRILL_DOWN: Record<string, readonly string[]> = {
  [DASHBOARD_UIDS.overview]: ["customer", "server", "sla"],
  [DASHBOARD_UIDS.customer]: ["server"],
  [DASHBOARD_UIDS.sla]: ["customer", "server"],
  [DASHBOARD_UIDS.relay]: ["server"],
};

for (const [uid, names] of Object.entries(DRILL_DOWN)) {
  Deno.test(`${uid}: panels lead to ${names.join(", ")}`, () => {
    const dashboard = DASHBOARDS.ko.get(uid);
    assert(dashboard);
    const links = allLinks({ ...dashboard, links: [] })
      .map(({ url }) => url.split(/[/?]/)[2]);

    const expected = names.map((name) =>
      DASHBOARD_UIDS[name as keyof typeof DASHBOARD_UIDS]
    );
    assertEquals([...new Set(links)].sort(), [...expected].sort());
  });
}

Deno.test("dashboards: a link to a server names its customer too", () => {
  const toServers = ALL.flatMap(allLinks)
    .filter(({ url }) => url.startsWith(`/d/${DASHBOARD_UIDS.server}`));

  assert(toServers.length > 0);
  for (const { url } of toServers) {
    assertEquals(
      ["var-customer_id=${__", "var-server_name=${__"].filter((text) =>
        !url.includes(text)
      ),
      [],
    );
  }
});

Deno.test("msp-server-detail: a dashed line stands where the alert fires", () => {
  const server = DASHBOARDS.en.get(DASHBOARD_UIDS.server);
  assert(server);
  const lined = dataPanels(server).filter(({ fieldConfig }) =>
    JSON.stringify(fieldConfig.defaults.custom ?? {}).includes('"dashed"')
  );

  assertEquals(
    lined.map(({ title, fieldConfig }) => [
      title,
      fieldConfig.defaults.thresholds?.steps.at(-1)?.value,
    ]),
    [
      ["CPU by mode", 0.9],
      ["Memory over time", 0.9],
      ["Disk used by mount point", 0.9],
    ],
  );
});
