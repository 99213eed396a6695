/** The relay's parts, made from its configuration. */
import { randomBytes } from "node:crypto";
import { BUILD } from "../shared/build_info.ts";
import { Forwarder } from "../shared/forwarder/forwarder.ts";
import { createForwarderMetrics } from "../shared/forwarder/forwarder_metrics.ts";
import { createStartTimeReader } from "../shared/forwarder/start_time.ts";
import type { Clock } from "../shared/clock.ts";
import type { Logger } from "../shared/log.ts";
import { sanitizeUrl } from "../shared/secret.ts";
import { floorBytes } from "../shared/spool/free_space.ts";
import { nodeDisk } from "../shared/spool/node_disk.ts";
import { Spool } from "../shared/spool/spool.ts";
import { createAddressSet } from "./address_set.ts";
import { Admission, defaultLimits } from "./admission.ts";
import { createApp } from "./app.ts";
import type { AppDeps } from "./app_deps.ts";
import { BodyGarbage } from "./body_garbage.ts";
import { BodyReader } from "./body_reader.ts";
import { createCheckBody } from "./codec.ts";
import type { RelayConfig } from "./config.ts";
import { CpuBudget } from "./cpu_budget.ts";
import type { Destination } from "./destination.ts";
import type { Gate } from "./gate.ts";
import { createRelayMetrics } from "./metrics.ts";
import { Receipts } from "./receipts.ts";
import { Mirror } from "./mirror.ts";
import { mirrorRoutes } from "./routes/mirror.ts";
import { statusRoutes } from "./routes/status.tsx";
import type { Runtime } from "./runtime.ts";
import { Senders } from "./senders.ts";
import { History } from "./status/history.ts";
import { readCounters } from "./status/model.ts";
import type { TokenTable } from "./tokens.ts";

/** A sync costs as much CPU as two requests; a sender waits 15 s anyway. */
const COMMIT_GATHER_MS = 5;
/** Decoding may take this share of one core. */
const DECODE_SHARE = 0.01;

/** What the service works with. */
export interface ServiceDeps {
  readonly runtime: Runtime;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Everything that is made before the spool is open. */
export interface Parts {
  readonly app: ReturnType<typeof createApp>;
  readonly appDeps: AppDeps;
  readonly gate: Gate;
  /** For the plots of the status page. */
  readonly history: History;
  /** Set once it is open. */
  spool: Spool | undefined;
  /** Set once the spool is open. */
  forwarder: Forwarder | undefined;
}

/** Makes the app and what it works with; opens nothing. */
export function createParts(
  config: RelayConfig,
  { runtime, clock, log }: ServiceDeps,
  tokens: () => TokenTable | undefined,
): Parts {
  const admission = new Admission(defaultLimits(runtime.memoryBytes));
  const gate: Gate = { state: "starting" };
  const metrics = createRelayMetrics({
    version: BUILD.version,
    relay: config.identity.serverName,
    clock,
  });
  const spool = () => parts.spool;
  const history = new History(clock, () => readCounters({ metrics, spool }));
  const appDeps: AppDeps = {
    clock,
    log: log.child("http"),
    random: Math.random,
    gate,
    spool,
    admission,
    bodies: new BodyReader(clock),
    garbage: new BodyGarbage(runtime.collectGarbage),
    checkBody: createCheckBody(runtime.unzstd),
    budget: new CpuBudget(DECODE_SHARE, () => clock.monotonicMs()),
    senders: new Senders(clock),
    receipts: new Receipts(),
    metrics,
    isAllowed: createAddressSet(config.allowFrom),
    tokens,
    epoch: randomBytes(4).toString("hex"),
  };
  const mirror = new Mirror(config.mirrorDir);
  const page = statusRoutes({
    ...appDeps,
    mirror,
    history,
    forwarder: () => parts.forwarder,
    about: {
      version: BUILD.version,
      name: config.identity.serverName,
      customer: config.identity.customerId,
      listen: `${config.listen.hostname}:${config.listen.port}`,
      destination: sanitizeUrl(config.remoteWriteUrl),
      startedAtMs: clock.monotonicMs(),
    },
  });
  const parts: Parts = {
    app: createApp({
      ...appDeps,
      pages: [page, mirrorRoutes({ mirror, fileBody: runtime.fileBody })],
    }),
    appDeps,
    gate,
    history,
    spool: undefined,
    forwarder: undefined,
  };
  return parts;
}

/** @throws {AppError} when the spool cannot be opened */
export async function openSpool(
  config: RelayConfig,
  { clock, log }: ServiceDeps,
  { appDeps: { metrics } }: Parts,
): Promise<Spool> {
  return await Spool.open(config.spool, {
    maxBytes: config.spoolMaxBytes,
    minFreeBytes: await floorBytes(nodeDisk, config.spool),
    gatherMs: COMMIT_GATHER_MS,
    // What order the forwarder needs: see its options.
    ...config.forwardOrder === "strict" && { liveBytes: 0, lingerMs: 0 },
  }, {
    disk: nodeDisk,
    clock,
    log: log.child("spool"),
    syncSeconds: metrics.fsyncSeconds,
  });
}

/** Live data at once, the backlog beside it; or all in order. */
export function createForwarder(
  config: RelayConfig,
  { clock, log }: ServiceDeps,
  { destination, parts, spool }: {
    readonly destination: Destination;
    readonly parts: Parts;
    readonly spool: Spool;
  },
): Forwarder {
  const { metrics, receipts } = parts.appDeps;
  return new Forwarder({
    spool: receipts.watch(spool),
    push: destination.push,
    clock,
    log: log.child("forwarder"),
    self: metrics.self,
    metrics: createForwarderMetrics(metrics.self.registry),
    random: Math.random,
    readStartTime: createStartTimeReader({
      fetch: destination.fetch,
      url: new URL("/metrics", config.remoteWriteUrl).href,
    }),
  }, {
    order: config.forwardOrder,
    concurrency: { live: 2, backfill: 2 },
    encoding: config.forwardEncoding,
    backfillDelayMs: 5_000,
    gatherMs: 250,
  });
}
