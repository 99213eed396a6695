/**
 * What every dashboard must keep, as checks that answer with one sentence for
 * each violation.
 */
import {
  DASHBOARD_UIDS,
  DATA_SOURCE,
} from "../../../deploy/dashboards/names.ts";
import { UNITS } from "../../../deploy/dashboards/units.ts";
import {
  type DashboardJson,
  dataPanels,
  type LinkJson,
  type PanelJson,
} from "./dashboard.ts";

/** Columns of Grafana's grid. */
const GRID_WIDTH = 24;

/** Panels without a unit that we know, a description, or a text for no value. */
export function checkSpoken(dashboard: DashboardJson): string[] {
  const units: readonly string[] = Object.values(UNITS);
  return dataPanels(dashboard).flatMap((panel) => {
    const { unit = "", noValue = "" } = panel.fieldConfig.defaults;
    return [
      ...units.includes(unit) ? [] : [`${panel.title}: unit "${unit}"`],
      ...panel.description ? [] : [`${panel.title}: no description`],
      ...noValue === "" ? [`${panel.title}: no text for no value`] : [],
    ];
  });
}

/** Anything that asks another data source than the one provisioned by uid. */
export function checkDataSources(dashboard: DashboardJson): string[] {
  const { panels, templating, annotations } = dashboard;
  const asking = [
    ...panels.filter(({ type }) => type !== "row"),
    ...panels.flatMap(({ targets = [] }) => targets),
    ...templating.list.filter(({ type }) => type === "query"),
    ...annotations.list,
  ];
  return asking
    .map(({ datasource }) => `${datasource?.type} ${datasource?.uid}`)
    .filter((source) => source !== `${DATA_SOURCE.type} ${DATA_SOURCE.uid}`)
    .map((source) => `data source ${source}`);
}

/** Numbers and titles that two panels share, names that two queries share. */
export function checkUnique(dashboard: DashboardJson): string[] {
  const { panels } = dashboard;
  return [
    ...repeated(panels.map(({ id }) => `panel ${id}`)),
    ...repeated(dataPanels(dashboard).map(({ title }) => `title ${title}`)),
    ...panels.flatMap(({ title, targets = [] }) =>
      repeated(targets.map(({ refId }) => `${title} ${refId}`))
    ),
  ];
}

/** Panels that lie on each other, beyond the grid, or leave a line unfilled. */
export function checkGrid({ panels }: DashboardJson): string[] {
  const problems = panels.flatMap((panel, i) => {
    const { x, w } = panel.gridPos;
    return [
      ...x + w > GRID_WIDTH ? [`${panel.title} is beyond the grid`] : [],
      ...panels.slice(i + 1).filter((other) => overlap(panel, other))
        .map((other) => `${panel.title} lies on ${other.title}`),
    ];
  });
  const lines = Map.groupBy(panels, ({ gridPos }) => gridPos.y);
  for (const [y, line] of lines) {
    const width = line.reduce((sum, { gridPos }) => sum + gridPos.w, 0);
    const heights = new Set(line.map(({ gridPos }) => gridPos.h));
    if (width !== GRID_WIDTH || heights.size > 1) {
      problems.push(`line ${y} is ${width} wide, ${[...heights]} high`);
    }
  }
  return problems;
}

/** Links to dashboards that are not there, and variables that they do not have. */
export function checkLinks(
  dashboard: DashboardJson,
  all: ReadonlyMap<string, DashboardJson>,
): string[] {
  return allLinks(dashboard).flatMap(({ title, url, keepTime }) => {
    const [path = "", query = ""] = url.split("?");
    const target = all.get(path.replace(/^\/d\//, ""));
    if (target === undefined) return [`${title}: no dashboard at ${path}`];
    const known = target.templating.list.map(({ name }) => name);
    const unknown = [
      ...query.matchAll(/var-(\w+)=/g),
    ].map(([, name = ""]) => name).filter((name) => !known.includes(name));
    const keepsTime = keepTime || /__url_time_range|from=/.test(query);
    return [
      ...unknown.map((name) => `${title}: ${path} has no variable ${name}`),
      ...keepsTime ? [] : [`${title}: the time range is lost`],
    ];
  });
}

/** Single numbers that are asked for as ranges, graphs that are not. */
export function checkInstants(dashboard: DashboardJson): string[] {
  const overTime = ["timeseries", "status-history"];
  return dataPanels(dashboard).flatMap(({ type, title, targets = [] }) =>
    targets.filter(({ instant, range, format }) =>
      overTime.includes(type)
        ? !range || instant
        : !instant || range || (format === "table") !== (type === "table")
    ).map(({ refId }) => `${title} ${refId}: asked in the wrong form`)
  );
}

/** A rate or an increase, its series with quoted matchers, and its window. */
const RATE =
  /\b(?:rate|irate|increase)\(\w+(?:\{(?:"[^"]*"|[^"}])*\})?\[([^\]]+)\]/g;

/** Rates over a fixed time, which hide spikes or gaps when the range changes. */
export function checkWindows(dashboard: DashboardJson): string[] {
  return dataPanels(dashboard).flatMap(({ title, targets = [] }) =>
    targets.flatMap(({ expr }) =>
      Array.from(expr.matchAll(RATE), ([, window = ""]) => window)
        .filter((window) => !/^\$__(rate_interval|range)$/.test(window))
        .map((window) => `${title}: rate over ${window}`)
    )
  );
}

/** Variables that no panel uses. */
export function checkVariables(dashboard: DashboardJson): string[] {
  const exprs = dataPanels(dashboard)
    .flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)).join("\n");
  return dashboard.templating.list
    .filter(({ name }) => !new RegExp(`\\$${name}\\b`).test(exprs))
    .map(({ name }) => `no panel uses $${name}`);
}

/** Overrides and orders of columns that no query gives. */
export function checkColumns(dashboard: DashboardJson): string[] {
  return dataPanels(dashboard).filter(({ type }) => type === "table")
    .flatMap((panel) => {
      const { title, targets = [], fieldConfig, transformations = [] } = panel;
      const values = targets.map(({ refId }) =>
        targets.length > 1 ? `Value #${refId}` : "Value"
      );
      const named = [
        ...fieldConfig.overrides.map(({ matcher }) => matcher.options),
        ...transformations.flatMap(({ options }) =>
          Object.keys(options.indexByName ?? {})
        ),
      ];
      return named.filter((name) =>
        name.startsWith("Value") && !values.includes(name)
      ).map((name) => `${title}: no query gives "${name}"`);
    });
}

/** Links of the top bar, of panels and of table cells. */
export function allLinks(dashboard: DashboardJson): LinkJson[] {
  return [
    ...dashboard.links,
    ...dataPanels(dashboard).flatMap(({ fieldConfig }) => [
      ...fieldConfig.defaults.links ?? [],
      ...fieldConfig.overrides.flatMap(({ properties }) =>
        properties.filter(({ id }) => id === "links")
          .flatMap(({ value }) => value as LinkJson[])
      ),
    ]),
  ];
}

/** Uids that links and bookmarks rely on. */
export function checkUid({ uid, editable }: DashboardJson): string[] {
  const uids: readonly string[] = Object.values(DASHBOARD_UIDS);
  return [
    ...uids.includes(uid) ? [] : [`uid ${uid} is new`],
    ...editable ? ["can be changed in the browser"] : [],
  ];
}

function overlap({ gridPos: a }: PanelJson, { gridPos: b }: PanelJson) {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h &&
    b.y < a.y + a.h;
}

function repeated(names: readonly string[]): string[] {
  return names.filter((name, i) => names.indexOf(name) !== i)
    .map((name) => `${name} is there twice`);
}
