/** Questions in PromQL to VictoriaMetrics or Prometheus, for demo and tests. */
import { AppError } from "../../shared/errors.ts";

/** A query was refused, or its answer is not one. */
export class QueryError extends AppError {
  override readonly name = "QueryError";
  readonly code = "query";
  readonly hint = "Check the expression and that the store is running";
}

/** One series of an instant query's answer. */
export interface InstantSample {
  /** All labels; `__name__` among them unless the expression dropped it. */
  readonly labels: Readonly<Record<string, string>>;
  readonly timestampMs: number;
  readonly value: number;
}

/** One series with its samples, ascending in time. */
export interface RangeSeries {
  readonly labels: Readonly<Record<string, string>>;
  readonly timestampsMs: readonly number[];
  readonly values: readonly number[];
}

/** How to ask. */
export interface QueryOptions {
  /** Time of the question. @default now, by the store's clock */
  readonly timeMs?: number;
  /** Headers, for example a token. */
  readonly headers?: Record<string, string>;
}

/** Names and values as the stores write them in JSON. */
interface Answer {
  readonly status: string;
  readonly error?: string;
  readonly data?: {
    readonly result: readonly {
      readonly metric: Record<string, string>;
      readonly value?: readonly [number, string];
      readonly values?: readonly (readonly [number, string])[];
    }[];
  };
}

/**
 * The answer to an expression at one time, in the store's order.
 * @throws {QueryError} when the store refuses it
 */
export async function queryInstant(
  baseUrl: string,
  promql: string,
  { timeMs, headers = {} }: QueryOptions = {},
): Promise<InstantSample[]> {
  const params = new URLSearchParams({ query: promql });
  if (timeMs !== undefined) params.set("time", String(timeMs / 1000));
  // VictoriaMetrics would answer from its cache, up to a step late.
  params.set("nocache", "1");
  return readInstant(await ask(`${baseUrl}/api/v1/query`, params, headers));
}

/** The samples in an instant query's answer. @throws {QueryError} */
export function readInstant(body: string): InstantSample[] {
  return (readAnswer(body).data?.result ?? []).map(({ metric, value }) => ({
    labels: metric,
    timestampMs: Math.round((value?.[0] ?? Number.NaN) * 1000),
    value: parseValue(value?.[1]),
  }));
}

/**
 * The answer to an expression over a range of times.
 * @throws {QueryError} when the store refuses it
 */
export async function queryRange(
  baseUrl: string,
  promql: string,
  range: { startMs: number; endMs: number; stepMs: number },
): Promise<RangeSeries[]> {
  const params = new URLSearchParams({
    query: promql,
    start: String(range.startMs / 1000),
    end: String(range.endMs / 1000),
    step: String(range.stepMs / 1000),
    nocache: "1",
  });
  return readRange(await ask(`${baseUrl}/api/v1/query_range`, params, {}));
}

/** The series in a range query's answer. @throws {QueryError} */
export function readRange(body: string): RangeSeries[] {
  return (readAnswer(body).data?.result ?? []).map((
    { metric, values = [] },
  ) => ({
    labels: metric,
    timestampsMs: values.map(([seconds]) => Math.round(seconds * 1000)),
    values: values.map(([, value]) => parseValue(value)),
  }));
}

/**
 * Every stored sample of the series that match, from VictoriaMetrics' export.
 * Samples of a series come ascending in time, in one entry a series.
 * @throws {QueryError} when the store refuses it
 */
export async function exportSeries(
  baseUrl: string,
  match: string,
): Promise<RangeSeries[]> {
  const params = new URLSearchParams({ "match[]": match });
  const response = await fetch(`${baseUrl}/api/v1/export?${params}`);
  const text = await response.text();
  if (!response.ok) throw new QueryError(`Cannot export ${match}: ${text}`);
  const merged = new Map<string, [number, number][]>();
  for (const line of text.split("\n").filter((line) => line !== "")) {
    const { metric, values, timestamps } = JSON.parse(line) as {
      metric: Record<string, string>;
      values: (number | string | null)[];
      timestamps: number[];
    };
    const key = JSON.stringify(Object.entries(metric).sort());
    const samples = merged.get(key) ?? [];
    values.forEach((value, i) =>
      samples.push([timestamps[i] ?? Number.NaN, parseValue(value)])
    );
    // A long series comes in several lines.
    merged.set(key, samples);
  }
  return Array.from(merged, ([key, samples]) => {
    samples.sort(([a], [b]) => a - b);
    return {
      labels: Object.fromEntries(JSON.parse(key)),
      timestampsMs: samples.map(([timestampMs]) => timestampMs),
      values: samples.map(([, value]) => value),
    };
  });
}

async function ask(
  url: string,
  params: URLSearchParams,
  headers: Record<string, string>,
): Promise<string> {
  const response = await fetch(url, { method: "POST", body: params, headers });
  const text = await response.text();
  try {
    readAnswer(text);
  } catch (cause) {
    const query = params.get("query");
    const what = cause instanceof QueryError ? cause.message : text.trim();
    throw new QueryError(`Cannot query ${query}: ${what}`, { cause });
  }
  return text;
}

function readAnswer(body: string): Answer {
  let answer: Answer;
  try {
    answer = JSON.parse(body);
  } catch (cause) {
    throw new QueryError(`no answer in JSON: ${body.trim()}`, { cause });
  }
  if (answer.status === "success") return answer;
  throw new QueryError(answer.error ?? body);
}

/** A number as the stores write it: `+Inf`, `NaN` and, in exports, `null`. */
function parseValue(value: string | number | null | undefined): number {
  if (value === null || value === undefined) return Number.NaN;
  if (value === "+Inf" || value === "Infinity") return Infinity;
  if (value === "-Inf" || value === "-Infinity") return -Infinity;
  return Number(value);
}
