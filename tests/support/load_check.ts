/** Whether a store has what simulated servers pushed: load_senders.ts. */
import type { VictoriaMetrics } from "../../deploy/parts/victoria_metrics.ts";
import { assertEquals } from "./assert.ts";
import { type Fleet, seriesIndex } from "./load_senders.ts";

/** Longer than any drill's samples are old. */
const RANGE = "100h";

/**
 * Compares number and sum of the samples of every series, which shows what is
 * missing and what is there twice. Returns the first differences; empty when
 * all is there once.
 */
export async function differences(
  central: VictoriaMetrics,
  fleet: Fleet,
): Promise<string[]> {
  await central.flush();
  const { senders, stepTimesMs } = fleet;
  const found: string[] = [];
  const expected = {
    count_over_time: () => stepTimesMs.length,
    sum_over_time: (sender: number, series: number) =>
      stepTimesMs.reduce(
        (sum, _, step) => sum + senders[sender]!.valueOf(series, step),
        0,
      ),
  };
  for (const [of, expectedOf] of Object.entries(expected)) {
    const stored = await central.queryInstant(
      `${of}({__name__=~"load_.+"}[${RANGE}]) keep_metric_names`,
    );
    const series = senders.reduce(
      (sum, { seriesCount }) => sum + seriesCount,
      0,
    );
    if (stored.length !== series) {
      found.push(`${stored.length} of ${series} series`);
    }
    for (const { labels, value } of stored) {
      const sender = Number(labels["server_name"]?.slice(-5));
      const wanted = expectedOf(sender, seriesIndex(labels));
      if (value !== wanted) {
        found.push(`${of} ${JSON.stringify(labels)}: ${value}, not ${wanted}`);
      }
    }
  }
  return found.slice(0, 3);
}

/** Compares each sample of `count` series that `random` picks. */
export async function assertSamples(
  central: VictoriaMetrics,
  { senders, stepTimesMs }: Fleet,
  { count, random }: { readonly count: number; readonly random: () => number },
): Promise<void> {
  for (let i = 0; i < count; i++) {
    const sender = senders[Math.floor(random() * senders.length)]!;
    const series = Math.floor(random() * sender.seriesCount);
    const name = `load_${Math.floor(series / 10)}_total`;
    const [stored] = await central.exportSeries(
      `${name}{device="${series % 10}",server_name="${sender.name}"}`,
    );
    assertEquals(stored?.timestampsMs, stepTimesMs, `${sender.name} ${name}`);
    assertEquals(
      stored?.values,
      stepTimesMs.map((_, step) => sender.valueOf(series, step)),
      `${sender.name} ${name}`,
    );
  }
}
