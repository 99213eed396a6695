/** The relay's own metrics. */
import { Hono } from "hono";
import {
  EXPOSITION_CONTENT_TYPE,
  renderExposition,
} from "../../shared/exposition.ts";
import type { AppDeps } from "../app_deps.ts";
import type { RelayEnv } from "../middleware/errors.ts";

/** `/metrics`. */
export function metricsRoutes(
  { metrics, admission, senders, spool }: Pick<
    AppDeps,
    "metrics" | "admission" | "senders" | "spool"
  >,
): Hono<RelayEnv> {
  const routes = new Hono<RelayEnv>();
  routes.get("/metrics", (c) => {
    const readings = metrics.readings({
      inflightBytes: admission.bytes,
      senders,
      spool: spool()?.stats(),
    });
    return c.body(renderExposition(readings), 200, {
      "content-type": EXPOSITION_CONTENT_TYPE,
    });
  });
  return routes;
}
