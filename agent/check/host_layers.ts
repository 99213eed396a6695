/** Layers of `check` on this machine: configuration and /proc. */
import { AppError } from "../../shared/errors.ts";
import { Family } from "../../shared/metrics.ts";
import { openDestination } from "../destination.ts";
import { RequestBuilder } from "../requests.ts";
import { createHostScraper, procProblem } from "../setup.ts";
import {
  bad,
  type CheckContext,
  CONNECT_TIMEOUT_MS,
  good,
  type Layer,
  type LayerResult,
} from "./layer.ts";
import { CHECK_METRIC } from "./receipt.ts";

/** Opens the destination and collects once. */
export function hostLayers(check: CheckContext): Layer[] {
  return [
    { name: "config", needsNetwork: false, run: () => checkConfig(check) },
    { name: "/proc", needsNetwork: false, run: () => checkProc(check) },
  ];
}

function checkConfig(check: CheckContext): LayerResult {
  const { mode, identity } = check.config;
  try {
    check.destination = openDestination(check.config, {
      ...check,
      // A person waits, and hears more from an early no than from a late one.
      timeoutMs: Math.min(CONNECT_TIMEOUT_MS, check.config.waitMs),
    });
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return bad(10, error.message, error.hint);
  }
  const { customerId, serverName, csp, region, environment } = identity;
  const names = [customerId, serverName, csp, region, environment];
  return good(`mode ${mode}, ${names.join(" / ")}`);
}

/** Collects once, and keeps the request with the check sample in it. */
async function checkProc(check: CheckContext): Promise<LayerResult> {
  const { config, clock } = check;
  const problem = procProblem(config);
  if (problem !== undefined) {
    return bad(
      28,
      problem,
      "Mount /proc for this user: neither ProcSubset=pid nor a chroot without " +
        "/proc may hide it",
    );
  }
  const host = createHostScraper(config, check);
  const readings = await host.scraper.scrape();
  host.close();
  const mark = new Family(CHECK_METRIC, "gauge", "", ["id"]).reading(check.id);
  mark.set(1);
  const unused = new Family("", "counter", "").reading();
  const builder = new RequestBuilder(config.identity, {
    duplicate: unused,
    vmLimit: unused,
  });
  // The check sample goes first, so that it is in the one request sent.
  const [request] = builder.build([mark, ...readings], clock.nowMs());
  if (request !== undefined) check.body = request.body;
  const without = readings.filter((r) =>
    r.name === "node_scrape_collector_success" && r.value === 0
  ).map((r) => r.labels[0]?.value);
  return good(
    `${readings.length} series` +
      (without.length === 0 ? "" : `, no data from ${without.join(", ")}`),
  );
}
