/** Reads generated dashboards as Grafana does: panels, targets, variables. */
import { LANGUAGES } from "../../../deploy/dashboards/names.ts";
import { generatedFiles } from "../../../deploy/generated_files.ts";

/** The parts of a dashboard's JSON that tests look at. */
export interface DashboardJson {
  readonly uid: string;
  readonly title: string;
  readonly editable: boolean;
  readonly schemaVersion: number;
  readonly time: { readonly from: string; readonly to: string };
  readonly refresh?: string;
  readonly tags: readonly string[];
  readonly links: readonly LinkJson[];
  readonly panels: readonly PanelJson[];
  readonly templating: { readonly list: readonly VariableJson[] };
  readonly annotations: { readonly list: readonly AnnotationJson[] };
}

export interface LinkJson {
  readonly title: string;
  readonly url: string;
  readonly includeVars?: boolean;
  readonly keepTime?: boolean;
}

export interface PanelJson {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly datasource?: { readonly type: string; readonly uid: string };
  readonly gridPos: Readonly<Record<"x" | "y" | "w" | "h", number>>;
  readonly targets?: readonly TargetJson[];
  readonly options?: Record<string, unknown>;
  readonly transformations?: readonly {
    readonly id: string;
    readonly options: Record<string, Record<string, unknown>>;
  }[];
  readonly fieldConfig: {
    readonly defaults: {
      readonly unit?: string;
      readonly min?: number;
      readonly max?: number;
      readonly noValue?: string;
      readonly links?: readonly LinkJson[];
      readonly thresholds?: {
        readonly steps: readonly {
          readonly value: number | null;
          readonly color: string;
        }[];
      };
      readonly custom?: Record<string, unknown>;
    };
    readonly overrides: readonly {
      readonly matcher: { readonly id: string; readonly options: string };
      readonly properties: readonly {
        readonly id: string;
        readonly value: unknown;
      }[];
    }[];
  };
}

export interface TargetJson {
  readonly refId: string;
  readonly expr: string;
  readonly instant?: boolean;
  readonly range?: boolean;
  readonly format?: string;
  readonly interval?: string;
  readonly legendFormat?: string;
  readonly datasource: { readonly type: string; readonly uid: string };
}

export interface VariableJson {
  readonly name: string;
  readonly type: string;
  readonly label: string;
  readonly multi: boolean;
  readonly includeAll: boolean;
  readonly allValue?: string;
  readonly regex?: string;
  readonly refresh?: number;
  readonly query: string | { readonly query: string };
  readonly datasource?: { readonly type: string; readonly uid: string };
}

export interface AnnotationJson {
  readonly name: string;
  readonly expr: string;
  readonly datasource: { readonly type: string; readonly uid: string };
}

/** The dashboards of each language, by uid, as `deploy` would write them now. */
export function readDashboards(): Record<
  typeof LANGUAGES[number],
  Map<string, DashboardJson>
> {
  const files = Array.from(generatedFiles());
  const of = (language: string) =>
    new Map(
      files.filter(([path]) => path.includes(`/dashboards/${language}/`))
        .map(([, text]) => {
          const dashboard = JSON.parse(text) as DashboardJson;
          return [dashboard.uid, dashboard];
        }),
    );
  return { ko: of("ko"), en: of("en") };
}

/** Panels that ask something: all but the rows' headings. */
export function dataPanels(dashboard: DashboardJson): PanelJson[] {
  return dashboard.panels.filter(({ type }) => type !== "row");
}

/** The PromQL of a variable's query. */
export function variableQuery({ query }: VariableJson): string {
  const text = typeof query === "string" ? query : query.query;
  return text.match(/^query_result\((.*)\)$/)?.[1] ?? text;
}
