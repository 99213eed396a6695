/**
 * What Grafana accepts as a dashboard, as a type: the foundation SDK's schema
 * for the JSON that it writes. Types only: `deno check` is the validator.
 */
import type * as bargauge from "@grafana/grafana-foundation-sdk/bargauge";
import type * as dashboard from "@grafana/grafana-foundation-sdk/dashboard";
import type * as gauge from "@grafana/grafana-foundation-sdk/gauge";
import type * as prometheus from "@grafana/grafana-foundation-sdk/prometheus";
import type * as stat from "@grafana/grafana-foundation-sdk/stat";
import type * as statushistory from "@grafana/grafana-foundation-sdk/statushistory";
import type * as table from "@grafana/grafana-foundation-sdk/table";
import type * as timeseries from "@grafana/grafana-foundation-sdk/timeseries";

/** A type as its JSON: enumerations as their values, no functions. */
type Json<T> = 0 extends 1 & T ? unknown
  : T extends string ? T | `${T}`
  : T extends number | boolean | null | undefined ? T
  : T extends readonly (infer Item)[] ? Json<Item>[]
  : {
    [
      Key in keyof T as NonNullable<T[Key]> extends (...args: never) => unknown
        ? never
        : Key
    ]: Json<T[Key]>;
  };

type PanelOf<Type extends string, Options, Custom> =
  & Json<Omit<dashboard.Panel, "type" | "targets" | "options" | "fieldConfig">>
  & {
    type: Type;
    targets: Json<prometheus.Dataquery>[];
    options: Json<Options>;
    fieldConfig:
      & Json<Omit<dashboard.FieldConfigSource, "defaults">>
      & {
        defaults:
          & Json<Omit<dashboard.FieldConfig, "custom">>
          & { custom?: Json<Partial<Custom>> };
      };
  };

type DataPanel =
  | PanelOf<"bargauge", bargauge.Options, never>
  | PanelOf<"gauge", gauge.Options, never>
  | PanelOf<"stat", stat.Options, never>
  | PanelOf<"status-history", statushistory.Options, statushistory.FieldConfig>
  | PanelOf<"table", table.Options, table.FieldConfig>
  | PanelOf<"timeseries", timeseries.Options, timeseries.FieldConfig>;

/** A dashboard whose panels are of the kinds that we use. */
export type DashboardSchema =
  & Json<Omit<dashboard.Dashboard, "panels">>
  & { panels: (DataPanel | Json<dashboard.RowPanel>)[] };
