/** The relay's HTTP side: builds the app from injected parts, starts nothing. */
import { Hono } from "hono";
import type { AppDeps } from "./app_deps.ts";
import { allowFrom } from "./middleware/allow_from.ts";
import { auth } from "./middleware/auth.ts";
import { createRefuser, type RelayEnv } from "./middleware/errors.ts";
import { headerLimits } from "./middleware/limits.ts";
import { REFUSALS } from "./refusal.ts";
import { healthRoutes } from "./routes/health.ts";
import { metricsRoutes } from "./routes/metrics.ts";
import { receiptRoutes } from "./routes/receipt.ts";
import { WRITE_PATHS, writeRoutes } from "./routes/receive.ts";

/** All routes. */
export function createApp(deps: AppDeps): Hono<RelayEnv> {
  const refuse = createRefuser(deps);
  const app = new Hono<RelayEnv>();
  app.use(allowFrom({ ...deps, refuse }));
  for (const path of [...WRITE_PATHS, "/api/v1/receipt"]) {
    app.use(path, auth({ ...deps, refuse }));
  }
  for (const path of WRITE_PATHS) app.post(path, headerLimits({ refuse }));
  app.route("/", writeRoutes({ ...deps, refuse }));
  app.route("/", receiptRoutes(deps));
  app.route("/", healthRoutes(deps));
  app.route("/", metricsRoutes(deps));
  for (const page of deps.pages ?? []) app.route("/", page);
  app.notFound((c) => refuse(c, REFUSALS.path));
  app.onError((error, c) => refuse.failed(c, error));
  return app;
}
