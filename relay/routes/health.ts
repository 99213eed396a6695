/** Whether the relay lives, and whether it can store. */
import { Hono } from "hono";
import type { AppDeps } from "../app_deps.ts";
import type { RelayEnv } from "../middleware/errors.ts";

/** `/-/healthy` and `/-/ready`. */
export function healthRoutes(
  { gate, spool }: Pick<AppDeps, "gate" | "spool">,
): Hono<RelayEnv> {
  const routes = new Hono<RelayEnv>();
  routes.get("/-/healthy", (c) => c.text("ok\n"));
  routes.get("/-/ready", (c) => {
    const problem = problemOf();
    return problem === undefined ? c.text("ok\n") : c.text(`${problem}\n`, 503);
  });
  return routes;

  function problemOf(): string | undefined {
    if (gate.state === "stopping") return "stopping";
    const stats = spool()?.stats();
    if (gate.state === "starting" || stats === undefined) {
      return "starting: reading the spool";
    }
    return stats.failedCommits > 0
      ? "storage unavailable: the spool's disk refuses"
      : undefined;
  }
}
