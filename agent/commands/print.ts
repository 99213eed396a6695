/** `msp-agent print`: one collection to stdout, nothing sent. */
import type { Clock } from "../../shared/clock.ts";
import { formatValue, renderExposition } from "../../shared/exposition.ts";
import type { Logger } from "../../shared/log.ts";
import type { Reading } from "../../shared/metrics.ts";
import type { AgentConfig } from "../config.ts";
import type { Runtime } from "../host/runtime.ts";
import { createHostScraper, procProblem } from "../setup.ts";

/** Prints what there is; returns 0, or 28 when /proc cannot be read. */
export async function printCommand(
  config: AgentConfig,
  { runtime, clock, log }: { runtime: Runtime; clock: Clock; log: Logger },
): Promise<number> {
  const host = createHostScraper(config, { clock, log });
  const readings = await host.scraper.scrape();
  host.close();
  runtime.stdout(
    config.printFormat === "json"
      ? renderJson(readings)
      : renderExposition(readings),
  );
  const problem = procProblem(config);
  if (problem === undefined) return 0;
  log.warn("Cannot read /proc", { err: problem });
  return 28;
}

/** One object a line, with the value as text because JSON has no NaN. */
function renderJson(readings: readonly Reading[]): string {
  return readings.map(({ name, family, labels, value }) =>
    JSON.stringify({
      name,
      type: family.kind,
      labels: Object.fromEntries(labels.map((l) => [l.name, l.value])),
      value: formatValue(value),
    }) + "\n"
  ).join("");
}
