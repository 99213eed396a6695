/** What the relay's app and its routes are given. */
import type { Hono } from "hono";
import type { Clock } from "../shared/clock.ts";
import type { Logger } from "../shared/log.ts";
import type { AppendFacts, SpoolStats } from "../shared/spool/spool_types.ts";
import type { Admission } from "./admission.ts";
import type { BodyGarbage } from "./body_garbage.ts";
import type { BodyReader } from "./body_reader.ts";
import type { CheckBody } from "./codec.ts";
import type { CpuBudget } from "./cpu_budget.ts";
import type { Gate } from "./gate.ts";
import type { RelayMetrics } from "./metrics.ts";
import type { RelayEnv } from "./middleware/errors.ts";
import type { Receipts } from "./receipts.ts";
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
  readonly garbage: BodyGarbage;
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
