/**
 * `msp-agent check`: goes from layer to layer until one does not work, and says
 * what to do about it.
 *
 * Exit codes: ARCHITECTURE.md, "Names that others rely on".
 */
import type { Clock } from "../../shared/clock.ts";
import type { Logger } from "../../shared/log.ts";
import { deliveryLayers } from "../check/delivery_layers.ts";
import { hostLayers } from "../check/host_layers.ts";
import type { CheckContext, LayerResult } from "../check/layer.ts";
import { networkLayers } from "../check/network_layers.ts";
import type { AgentConfig } from "../config.ts";
import type { Runtime } from "../host/runtime.ts";

/** Runs the layers in order, prints each, and returns the exit code. */
export async function checkCommand(
  config: AgentConfig,
  deps: { runtime: Runtime; clock: Clock; log: Logger },
): Promise<number> {
  const { runtime, clock } = deps;
  const check: CheckContext = { ...deps, config, id: crypto.randomUUID() };
  const layers = [
    ...hostLayers(check),
    ...await networkLayers(check),
    ...deliveryLayers(check),
  ].filter((layer) => !(config.offline && layer.needsNetwork));
  const report: LayerReport[] = [];
  for (const { name, run } of layers) {
    const startMs = clock.monotonicMs();
    const result = await run();
    const durationMs = Math.round(clock.monotonicMs() - startMs);
    const entry = { layer: name, ...result, durationMs };
    report.push(entry);
    if (!config.json) runtime.stdout(renderLine(entry));
    if (!result.ok) break;
  }
  check.destination?.close();
  const failed = report.find((layer) => !layer.ok);
  const exitCode = failed?.exitCode ?? 0;
  if (config.json) {
    const { delivery } = check;
    const summary = {
      ok: failed === undefined,
      exitCode,
      ...delivery === undefined ? {} : { delivery },
      layers: report,
    };
    runtime.stdout(JSON.stringify(summary) + "\n");
  }
  return exitCode;
}

type LayerReport = LayerResult & { layer: string; durationMs: number };

function renderLine(
  { layer, ok, detail, hint, durationMs }: LayerReport,
): string {
  const line = `${ok ? "ok  " : "FAIL"}  ${layer.padEnd(9)} ${detail}` +
    ` (${durationMs} ms)\n`;
  return hint === undefined ? line : `${line}      hint: ${hint}\n`;
}
