/** Evaluates recording rules over the past, with vmalert itself. */
import { makeTempDir } from "../../../deploy/parts/cleanup.ts";
import { runCommand } from "../../../deploy/parts/command.ts";
import type { Part } from "../../../deploy/parts/find.ts";
import type { VictoriaMetrics } from "../../../deploy/parts/victoria_metrics.ts";
import type { Span } from "./series.ts";

/**
 * Writes what each rule file records over the span into the store, file by
 * file: what a later one reads has then been stored.
 * @throws {Error} when vmalert refuses a file or a query fails
 */
export async function replayRules(
  vmalert: Part,
  store: VictoriaMetrics,
  ruleFiles: readonly string[],
  { startMs, endMs }: Pick<Span, "startMs" | "endMs">,
): Promise<void> {
  if (vmalert.launch.kind !== "program") {
    throw new Error("Cannot replay rules: vmalert is not a program here");
  }
  using dir = makeTempDir({ prefix: "msp-replay-" });
  for (const [i, text] of ruleFiles.entries()) {
    const path = `${dir.path}/${i}.yml`;
    Deno.writeTextFileSync(path, text);
    const run = await runCommand([
      vmalert.launch.path,
      `-rule=${path}`,
      `-datasource.url=${store.url}`,
      `-remoteWrite.url=${store.url}`,
      `-replay.timeFrom=${new Date(startMs).toISOString()}`,
      `-replay.timeTo=${new Date(endMs).toISOString()}`,
      // Rules of one file do not read each other.
      "-replay.rulesDelay=0",
      "-replay.disableProgressBar",
      "-httpListenAddr=127.0.0.1:0",
      "-remoteWrite.flushInterval=100ms",
    ], { timeoutMs: 60_000 });
    if (run.code !== 0) throw new Error(`Cannot replay: ${run.stderr}`);
    await store.flush();
  }
}
