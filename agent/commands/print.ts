/** `msp-agent print`: one collection to stdout, nothing sent. */
import type { Clock } from "../../shared/clock.ts";
import { formatValue, renderExposition } from "../../shared/exposition.ts";
import type { Logger } from "../../shared/log.ts";
import type { Reading } from "../../shared/metrics.ts";
import type { AgentConfig } from "../config.ts";
import type { Runtime } from "../host/runtime.ts";
import { createHostScraper } from "../setup.ts";

/** Prints and returns the exit code: 0, or 28 when nothing could be read. */
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
  return readings.some((r) => !r.name.startsWith("node_scrape_")) ? 0 : 28;
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
