/** The open dashboards of the tests, and the store that answers them. */
import { DASHBOARD_UIDS } from "../../../deploy/dashboards/names.ts";
import {
  PANEL_TEXTS,
  type PanelKey,
} from "../../../deploy/dashboards/texts.ts";
import type { Part } from "../../../deploy/parts/find.ts";
import {
  startVictoriaMetrics,
  type VictoriaMetrics,
} from "../../../deploy/parts/victoria_metrics.ts";
import { generatedFiles } from "../../../deploy/generated_files.ts";
import { assertEquals } from "../../support/assert.ts";
import { fleetSeries, lateSeries, SPAN } from "../../support/fleet/fleet.ts";
import { replayRules } from "../../support/fleet/replay.ts";
import { writeSeries } from "../../support/fleet/series.ts";
import { askTarget, type View } from "../../support/grafana/ask.ts";
import {
  type DashboardJson,
  dataPanels,
  readDashboards,
} from "../../support/grafana/dashboard.ts";
import { ALL, type Values } from "../../support/grafana/interpolate.ts";
import { assertAnswer, type Expected } from "./expected.ts";

const DASHBOARDS = readDashboards();

/** Nothing is narrowed; the target is three nines. */
export const EVERYTHING: Values = {
  customer_id: [ALL],
  csp: [ALL],
  region: [ALL],
  environment: [ALL],
  server_name: [ALL],
  target: "0.999",
};

/** Each dashboard with the variables that the tests open it with. */
export const PAGES: Readonly<Record<string, Values>> = {
  [DASHBOARD_UIDS.overview]: EVERYTHING,
  [DASHBOARD_UIDS.customer]: { ...EVERYTHING, customer_id: "alpha" },
  [DASHBOARD_UIDS.server]: server("alpha", "web-01"),
  [DASHBOARD_UIDS.sla]: EVERYTHING,
  [DASHBOARD_UIDS.relay]: EVERYTHING,
};

/** A store with the fleet's series, and all that the recording rules make of them. */
export async function startFleetStore(
  vm: Part,
  vmalert: Part,
): Promise<VictoriaMetrics> {
  const store = await startVictoriaMetrics({ part: vm });
  await writeSeries(store.writeUrl, fleetSeries());
  await store.flush();
  const rules = Array.from(generatedFiles())
    // The fleet brings its own alerts.
    .filter(([path]) => /^deploy\/vmalert\/rules\/(?!.*alerts)/.test(path))
    .map(([, text]) => text);
  await replayRules(vmalert, store, rules, SPAN);
  await writeSeries(store.writeUrl, lateSeries());
  await store.flush();
  return store;
}

/** The variables of one server's page. */
export function server(customer_id: string, server_name: string): Values {
  return { customer_id, server_name };
}

/** A dashboard with variables, over the fleet's two hours unless told otherwise. */
export function view(values: Values, window: View["window"] = SPAN): View {
  return { values, window };
}

/** A generated dashboard. @throws {Error} when there is none with this uid */
export function dashboard(
  uid: string,
  language: "ko" | "en" = "ko",
): DashboardJson {
  const found = DASHBOARDS[language].get(uid);
  if (found === undefined) throw new Error(`Cannot find dashboard "${uid}"`);
  return found;
}

/** An open dashboard. */
export interface OpenPage {
  readonly uid: string;
  readonly view: View;
  /** @default "ko" */
  readonly language?: "ko" | "en";
}

/** Asks the panels that `expected` names, and compares. */
export async function assertPanels(
  store: VictoriaMetrics,
  expected: Expected,
  { uid, view, language = "ko" }: OpenPage,
): Promise<void> {
  const panels = dataPanels(dashboard(uid, language));
  for (const [key, answers] of Object.entries(expected)) {
    const title = PANEL_TEXTS[key as PanelKey][language];
    const targets = panels.find((panel) => panel.title === title)?.targets ??
      [];
    assertEquals(
      targets.map(({ refId }) => refId),
      Object.keys(answers),
      `queries of ${key}`,
    );
    for (const target of targets) {
      const actual = await askTarget(store, target, view);
      const what = `${key} ${target.refId}: ${target.expr}`;
      assertAnswer(actual, answers[target.refId] ?? {}, what);
    }
  }
}
