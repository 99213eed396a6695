/** Samples as Prometheus has them, not interpolated. */
import type { RangeSeries } from "../../deploy/parts/promql.ts";

/** Reads a range of each series, as `{job="self"}[1m]` selects them. */
export async function rawSamples(
  { url }: { readonly url: string },
  selector: string,
): Promise<RangeSeries[]> {
  const query = new URLSearchParams({ query: selector });
  const answer = await fetch(`${url}/api/v1/query?${query}`);
  const { data } = await answer.json() as {
    data: {
      result: {
        metric: Record<string, string>;
        values: [number, string][];
      }[];
    };
  };
  return data.result.map(({ metric, values }): RangeSeries => ({
    labels: metric,
    timestampsMs: values.map(([seconds]) => Math.round(seconds * 1000)),
    values: values.map(([, value]) =>
      value === "+Inf" ? Infinity : Number(value)
    ),
  }));
}
