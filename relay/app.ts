/** The relay's HTTP side: builds the app from injected parts, starts nothing. */
import { Hono } from "hono";
import type { AppDeps } from "./app_deps.ts";
import { allowFrom } from "./middleware/allow_from.ts";
import { auth } from "./middleware/auth.ts";
import { createRefuser, type RelayEnv } from "./middleware/errors.ts";
import { allOf, guard } from "./middleware/guard.ts";
import { REFUSALS } from "./refusal.ts";
import { pathOf } from "./request_url.ts";
import { healthRoutes } from "./routes/health.ts";
import { metricsRoutes } from "./routes/metrics.ts";
import { receiptRoutes } from "./routes/receipt.ts";
import { writeRoutes } from "./routes/receive.ts";

/** All routes. */
export function createApp(deps: AppDeps): Hono<RelayEnv> {
  const refuse = createRefuser(deps);
  const app = new Hono<RelayEnv>({ getPath: pathOf });
  const isAllowed = allowFrom(deps);
  const isKnown = auth(deps);
  // First, and with its checks in its handler: a middleware costs a request as
  // much as reading its headers.
  const check = allOf(isAllowed, isKnown);
  app.route("/", writeRoutes({ ...deps, refuse, check }));
  app.use(guard(isAllowed, refuse));
  app.use("/api/v1/receipt", guard(isKnown, refuse));
  app.route("/", receiptRoutes(deps));
  app.route("/", healthRoutes(deps));
  app.route("/", metricsRoutes(deps));
  for (const page of deps.pages ?? []) app.route("/", page);
  app.notFound((c) => refuse(c, REFUSALS.path));
  app.onError((error, c) => refuse.failed(c, error));
  return app;
}
