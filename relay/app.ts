/** The relay's HTTP side: builds the app from injected parts, starts nothing. */
import { Hono } from "hono";
import type { Clock } from "../shared/clock.ts";
import type { Logger } from "../shared/log.ts";
import type { AppendFacts, SpoolStats } from "../shared/spool/spool_types.ts";
import type { Admission } from "./admission.ts";
import type { BodyReader } from "./body_reader.ts";
import type { CheckBody } from "./codec.ts";
import type { CpuBudget } from "./cpu_budget.ts";
import type { Gate } from "./gate.ts";
import type { RelayMetrics } from "./metrics.ts";
import { allowFrom } from "./middleware/allow_from.ts";
import { auth } from "./middleware/auth.ts";
import { createRefuser, type RelayEnv } from "./middleware/errors.ts";
import { headerLimits } from "./middleware/limits.ts";
import type { Receipts } from "./receipts.ts";
import { REFUSALS } from "./refusal.ts";
import { healthRoutes } from "./routes/health.ts";
import { metricsRoutes } from "./routes/metrics.ts";
import { receiptRoutes } from "./routes/receipt.ts";
import { WRITE_PATHS, writeRoutes } from "./routes/receive.ts";
import type { Senders } from "./senders.ts";
import type { TokenTable } from "./tokens.ts";

/** What the relay's routes need of the spool. */
export interface SpoolIntake {
  /** Resolves once the body is on disk. */
  append(body: Uint8Array, facts: AppendFacts): Promise<void>;
  stats(): SpoolStats;
}

/** What the app works with. */
export interface AppDeps {
  readonly clock: Clock;
  readonly log: Logger;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly gate: Gate;
  /** `undefined` until it is open. */
  readonly spool: () => SpoolIntake | undefined;
  readonly admission: Admission;
  readonly bodies: BodyReader;
  readonly checkBody: CheckBody;
  readonly budget: CpuBudget;
  readonly senders: Senders;
  readonly receipts: Receipts;
  readonly metrics: RelayMetrics;
  readonly isAllowed: (address: string) => boolean;
  /** `undefined` when no token is asked for. */
  readonly tokens: () => TokenTable | undefined;
  /** First half of the acknowledgement: another one after each start. */
  readonly epoch: string;
  /** The status page and the mirror. */
  readonly pages?: readonly Hono<RelayEnv>[];
}

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
