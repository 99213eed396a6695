/**
 * Replaces variables in a query as Grafana's Prometheus data source does.
 *
 * Source: Grafana's documentation, "Prometheus template variables", "Variable
 * syntax", "Global variables".
 */

/** A variable's values: one text, or a list for one that can hold several. */
export type Values = Readonly<Record<string, string | readonly string[]>>;

/** What the global variables are made of. */
export interface Window {
  readonly startMs: number;
  readonly endMs: number;
  /** Width of the panel in points. @default 1000 */
  readonly maxDataPoints?: number;
  /** The query's own "Min step", such as `1d`. */
  readonly minStep?: string;
}

/** All values of a variable that has `.*` as its "all" value. */
export const ALL = "$__all";

/** Scrape interval of the data source (`timeInterval`). */
const SCRAPE_MS = 15_000;
const UNIT_MS: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/**
 * The query with its variables replaced.
 * @throws {Error} when one has no value
 */
export function interpolate(
  query: string,
  values: Values,
  window: Window,
): string {
  const globals = globalsOf(window);
  return query.replaceAll(/\$\{?([a-zA-Z_]\w*)\}?/g, (_, name: string) => {
    const found = globals[name] ?? values[name];
    if (found === undefined) throw new Error(`Cannot replace $${name}`);
    return typeof found === "string" ? quoted(found) : anyOf(found);
  });
}

/** Time between two points of a range query. */
export function stepMs({ startMs, endMs, ...options }: Window): number {
  const { maxDataPoints = 1_000, minStep = "15s" } = options;
  return Math.max((endMs - startMs) / maxDataPoints, durationMs(minStep));
}

/** `15s`, `1d`. */
export function durationMs(text: string): number {
  const [, count = "", unit = ""] = text.match(/^(\d+)([smhd])$/) ?? [];
  const unitMs = UNIT_MS[unit];
  if (unitMs === undefined) throw new Error(`Cannot parse duration "${text}"`);
  return Number(count) * unitMs;
}

function globalsOf(window: Window): Record<string, string> {
  const rangeS = Math.round((window.endMs - window.startMs) / 1_000);
  const step = stepMs(window);
  const rateMs = Math.max(step + SCRAPE_MS, 4 * SCRAPE_MS);
  return {
    __interval: `${step / 1_000}s`,
    __rate_interval: `${rateMs / 1_000}s`,
    __range: `${rangeS}s`,
    __range_s: `${rangeS}`,
  };
}

/** One value: escaped for a quoted string, not for a regular expression. */
function quoted(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"');
}

/** A choice of values: escaped for a regular expression in a quoted string. */
function anyOf(values: readonly string[]): string {
  if (values.includes(ALL)) return ".*";
  const escaped = values.map((value) =>
    value.replaceAll("\\", "\\\\\\\\").replaceAll(
      /[$^*{}[\]'+?.()|]/g,
      "\\\\$&",
    )
  );
  return escaped.length === 1 ? escaped[0]! : `(${escaped.join("|")})`;
}
