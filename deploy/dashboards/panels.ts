/** The kinds of panels, each with the settings that all of its kind share. */
import * as bargauge from "@grafana/grafana-foundation-sdk/bargauge";
import type { Builder, Dataquery } from "@grafana/grafana-foundation-sdk/cog";
import * as common from "@grafana/grafana-foundation-sdk/common";
import {
  type DashboardLinkBuilder,
  FieldColorBuilder,
  FieldColorModeId,
  type Panel,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  type ValueMapping,
} from "@grafana/grafana-foundation-sdk/dashboard";
import * as gauges from "@grafana/grafana-foundation-sdk/gauge";
import * as stats from "@grafana/grafana-foundation-sdk/stat";
import * as history from "@grafana/grafana-foundation-sdk/statushistory";
import * as timeseries from "@grafana/grafana-foundation-sdk/timeseries";
import { DATA_SOURCE } from "./names.ts";
import { instant, type Query, range } from "./queries.ts";
import type { PanelKey, Texts } from "./texts.ts";
import { NEUTRAL, type Steps } from "./thresholds.ts";
import { type Unit, UNITS } from "./units.ts";

/** What every panel says. */
export interface PanelOptions {
  readonly key: PanelKey;
  readonly unit: Unit;
  readonly queries: readonly Query[];
  /** Of 24. */
  readonly width: number;
  readonly height?: number;
  readonly thresholds?: Steps;
  readonly decimals?: number;
  readonly mappings?: ValueMapping[];
  readonly link?: DashboardLinkBuilder;
}

/** The part of the SDK's panel builders that all kinds have. */
export interface AnyPanel extends Builder<Panel> {
  title(text: string): unknown;
  description(text: string): unknown;
  datasource(source: common.DataSourceRef): unknown;
  unit(unit: string): unknown;
  noValue(text: string): unknown;
  thresholds(config: ThresholdsConfigBuilder): unknown;
  decimals(count: number): unknown;
  mappings(mappings: ValueMapping[]): unknown;
  dataLinks(links: DashboardLinkBuilder[]): unknown;
  span(width: number): unknown;
  height(height: number): unknown;
  withTarget(target: Builder<Dataquery>): unknown;
  min(value: number): unknown;
  max(value: number): unknown;
}

/** A number in large type. `showName` prints the series' name too. */
export function stat(
  texts: Texts,
  { showName = false, ...options }: PanelOptions & {
    readonly showName?: boolean;
  },
): AnyPanel {
  const panel = new stats.PanelBuilder()
    .graphMode(common.BigValueGraphMode.None)
    .textMode(
      showName
        ? common.BigValueTextMode.ValueAndName
        : common.BigValueTextMode.Value,
    )
    .reduceOptions(lastValue());
  return finish(panel, texts, { height: 4, ...options }, instant);
}

/** A text that stands in a label: the series' name instead of its value. */
export function labelText(texts: Texts, options: PanelOptions): AnyPanel {
  const panel = new stats.PanelBuilder()
    .graphMode(common.BigValueGraphMode.None)
    .colorMode(common.BigValueColorMode.None)
    .textMode(common.BigValueTextMode.Name)
    .reduceOptions(lastValue());
  return finish(panel, texts, { height: 4, ...options }, instant);
}

/** A dial for a ratio, or one for each series. */
export function gauge(texts: Texts, options: PanelOptions): AnyPanel {
  const panel = new gauges.PanelBuilder().reduceOptions(lastValue());
  ratioScale(panel, options.unit);
  return finish(panel, texts, { height: 4, ...options }, instant);
}

/** Bars side by side, one for each series. */
export function barGauge(texts: Texts, options: PanelOptions): AnyPanel {
  const panel = new bargauge.PanelBuilder()
    .orientation(common.VizOrientation.Horizontal)
    .displayMode(common.BarGaugeDisplayMode.Gradient)
    .valueMode(common.BarGaugeValueMode.Color)
    .reduceOptions(lastValue());
  ratioScale(panel, options.unit);
  return finish(panel, texts, options, instant);
}

/** How lines are drawn. */
export interface GraphOptions extends PanelOptions {
  /** Series on top of each other. */
  readonly stacked?: boolean;
  /** Ratios that may pass 1, or that need a closer look. */
  readonly freeScale?: boolean;
  /** Dashed lines at the thresholds. */
  readonly lines?: boolean;
  /** Query whose series are drawn downwards. */
  readonly downwards?: string;
}

/** Lines over time with a legend of mean, maximum and last. */
export function graph(texts: Texts, options: GraphOptions): AnyPanel {
  const { stacked, freeScale, lines, downwards, unit } = options;
  const panel = new timeseries.PanelBuilder()
    .lineWidth(1)
    .fillOpacity(stacked ? 40 : 10)
    .showPoints(common.VisibilityMode.Never)
    // A gap stays a gap: a line across it would hide an outage.
    .spanNulls(false)
    .colorScheme(
      new FieldColorBuilder().mode(FieldColorModeId.PaletteClassic),
    )
    .tooltip(
      new common.VizTooltipOptionsBuilder()
        .mode(common.TooltipDisplayMode.Multi)
        .sort(common.SortOrder.Descending),
    )
    .legend(tableLegend());
  if (stacked) {
    panel.stacking(
      new common.StackingConfigBuilder().mode(common.StackingMode.Normal),
    );
  }
  if (lines) {
    panel.thresholdsStyle(
      new common.GraphThresholdsStyleConfigBuilder()
        .mode(common.GraphThresholdsStyleMode.Dashed),
    );
  }
  if (downwards !== undefined) {
    panel.overrideByQuery(downwards, [
      { id: "custom.transform", value: common.GraphTransform.NegativeY },
    ]);
  }
  if (!freeScale) ratioScale(panel, unit);
  return finish(panel, texts, options, range);
}

/** One coloured cell for each series and `step`. */
export function statusHistory(
  texts: Texts,
  { step, ...options }: PanelOptions & { readonly step: string },
): AnyPanel {
  const panel = new history.PanelBuilder()
    .showValue(common.VisibilityMode.Never)
    .fillOpacity(80)
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.Thresholds));
  return finish(panel, texts, options, (query) => range(query, step));
}

/** Applies what all panels share. */
export function finish(
  panel: AnyPanel,
  texts: Texts,
  options: PanelOptions,
  target: (query: Query) => Builder<Dataquery>,
): AnyPanel {
  panel.title(texts.title(options.key));
  panel.description(texts.help(options.key));
  panel.datasource(DATA_SOURCE);
  panel.unit(UNITS[options.unit]);
  panel.noValue(texts.word("notApplicable"));
  panel.thresholds(thresholdsOf(options.thresholds ?? NEUTRAL));
  if (options.decimals !== undefined) panel.decimals(options.decimals);
  if (options.mappings !== undefined) panel.mappings(options.mappings);
  if (options.link !== undefined) panel.dataLinks([options.link]);
  panel.span(options.width);
  panel.height(options.height ?? 8);
  for (const query of options.queries) panel.withTarget(target(query));
  return panel;
}

function thresholdsOf(steps: Steps): ThresholdsConfigBuilder {
  return new ThresholdsConfigBuilder()
    .mode(ThresholdsMode.Absolute)
    .steps(steps.map(([value, color]) => ({ value, color })));
}

/** Every ratio on the same scale, so that two panels can be compared by eye. */
function ratioScale(panel: AnyPanel, unit: Unit): void {
  if (unit !== "ratio") return;
  panel.min(0);
  panel.max(1);
}

function lastValue(): common.ReduceDataOptionsBuilder {
  return new common.ReduceDataOptionsBuilder().calcs(["lastNotNull"]);
}

function tableLegend(): common.VizLegendOptionsBuilder {
  return new common.VizLegendOptionsBuilder()
    .displayMode(common.LegendDisplayMode.Table)
    .placement(common.LegendPlacement.Bottom)
    .showLegend(true)
    .calcs(["mean", "max", "lastNotNull"]);
}
