/** The service: takes in, keeps, forwards, until it is told to stop. */
import { randomBytes } from "node:crypto";
import { BUILD } from "../shared/build_info.ts";
import type { Clock } from "../shared/clock.ts";
import { AppError, describeError } from "../shared/errors.ts";
import { Forwarder } from "../shared/forwarder/forwarder.ts";
import { createForwarderMetrics } from "../shared/forwarder/forwarder_metrics.ts";
import { createStartTimeReader } from "../shared/forwarder/start_time.ts";
import type { Logger } from "../shared/log.ts";
import { sanitizeUrl } from "../shared/secret.ts";
import { Spool } from "../shared/spool/spool.ts";
import { createAddressSet } from "./address_set.ts";
import { Admission, defaultLimits } from "./admission.ts";
import { type AppDeps, createApp } from "./app.ts";
import { BodyReader } from "./body_reader.ts";
import { createCheckBody } from "./codec.ts";
import type { RelayConfig } from "./config.ts";
import { CpuBudget } from "./cpu_budget.ts";
import {
  createDestination,
  type Credentials,
  type Destination,
  readCredentials,
} from "./destination.ts";
import { floorBytes } from "./free_space.ts";
import type { Gate } from "./gate.ts";
import { createRelayMetrics } from "./metrics.ts";
import { Receipts } from "./receipts.ts";
import type { Runtime } from "./runtime.ts";
import { runSelfPush } from "./self_push.ts";
import { Senders } from "./senders.ts";
import { readTlsPair, type TlsPair } from "./tls.ts";
import { readTokens, type TokenTable } from "./tokens.ts";
import { runWatchdog } from "./watchdog.ts";

/** Decoding may take this share of one core. */
const DECODE_SHARE = 0.1;
/** How long what is in hand may take when the relay stops. */
const DRAIN_MS = 5_000;
/** One last try for what is newest, when the relay stops. */
const FLUSH_MS = 2_000;
/** Between two looks after the spool. */
const MAINTAIN_MS = 5_000;

/** What the service works with. */
export interface ServiceDeps {
  readonly runtime: Runtime;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Everything that is read again at SIGHUP. */
interface Renewable {
  readonly tokens: TokenTable | undefined;
  readonly tls: TlsPair | undefined;
  readonly credentials: Credentials;
}

/**
 * Runs until SIGTERM or SIGINT; returns the exit code.
 *
 * @throws {AppError} when the spool, the address or a file cannot be used
 */
export async function runService(
  config: RelayConfig,
  deps: ServiceDeps,
): Promise<number> {
  const { runtime, clock, log } = deps;
  let renewable = readRenewable(config);
  const destination = createDestination(
    config.remoteWriteUrl,
    renewable.credentials,
    { clock, createFetch: runtime.createFetch },
  );
  const notifier = await runtime.createNotifier(log);
  const parts = createParts(config, deps, () => renewable.tokens);
  const { app, appDeps, gate } = parts;

  // The socket at once, so that senders hear "not ready" and not "refused"; but
  // a locked spool is the better reason to give where both are taken.
  const opening = openSpool(config, deps, parts);
  opening.catch(() => {});
  let server;
  try {
    server = runtime.startServer({
      ...config.listen,
      tls: renewable.tls,
      answer: (request, host) => app.fetch(request, host),
    });
  } catch (error) {
    await (await opening).close();
    throw error;
  }
  const spool = parts.spool = await opening.catch(async (error) => {
    await server.close();
    throw error;
  });
  const forwarder = createForwarder(config, deps, {
    destination,
    parts,
    spool,
  });
  const stop = new AbortController();
  const stopped = listenToSignals(runtime, stop);
  runtime.onSignal("SIGHUP", () => {
    notifier.send("RELOADING=1", `MONOTONIC_USEC=${runtime.monotonicUsec()}`);
    try {
      const next = readRenewable(config);
      if (next.tls !== undefined && next.tls.cert !== renewable.tls?.cert) {
        server.useTls(next.tls);
      }
      destination.renew(next.credentials);
      renewable = next;
      log.info("tokens and certificates read again");
    } catch (error) {
      log.error("tokens and certificates not renewed, the old ones stay", {
        error: describeError(error),
        hint: error instanceof AppError ? error.hint : undefined,
      });
    }
    notifier.send("READY=1");
  });
  gate.state = "open";
  log.info("relay started", {
    version: BUILD.version,
    listen: `${config.listen.hostname}:${server.port}`,
    spool: config.spool,
    waiting_frames: spool.stats().pending.frames,
    dst: sanitizeUrl(config.remoteWriteUrl),
  });
  notifier.send("READY=1");
  const running = [
    forwarder.run(stop.signal),
    appDeps.bodies.watch(stop.signal),
    maintain(spool, deps, stop.signal),
    runSelfPush({
      clock,
      log,
      identity: config.identity,
      spool,
      readings: () =>
        appDeps.metrics.readings({
          inflightBytes: appDeps.admission.bytes,
          senders: appDeps.senders,
          spool: spool.stats(),
        }),
    }, stop.signal),
    runWatchdog({ notifier, clock, forwarder, spool }, stop.signal),
  ];
  await stopped;

  gate.state = "stopping";
  notifier.send("STOPPING=1");
  log.info("relay stopping", { open_requests: appDeps.admission.requests });
  await drain(appDeps.admission, clock);
  server.stop();
  await Promise.all(running);
  await flush(forwarder, clock);
  await spool.close();
  await server.close();
  log.info("relay stopped", { waiting_frames: spool.stats().pending.frames });
  notifier.close();
  return 0;
}

interface Parts {
  readonly app: ReturnType<typeof createApp>;
  readonly appDeps: AppDeps;
  readonly gate: Gate;
  spool: Spool | undefined;
}

function createParts(
  config: RelayConfig,
  { runtime, clock, log }: ServiceDeps,
  tokens: () => TokenTable | undefined,
): Parts {
  const admission = new Admission(defaultLimits(runtime.memoryBytes));
  const gate: Gate = { state: "starting" };
  const appDeps: AppDeps = {
    clock,
    log: log.child("http"),
    random: Math.random,
    gate,
    spool: () => parts.spool,
    admission,
    bodies: new BodyReader({ clock, admission }),
    checkBody: createCheckBody(runtime.unzstd),
    budget: new CpuBudget(DECODE_SHARE, () => clock.monotonicMs()),
    senders: new Senders(clock),
    receipts: new Receipts(),
    metrics: createRelayMetrics({
      version: BUILD.version,
      relay: config.identity.serverName,
      clock,
    }),
    isAllowed: createAddressSet(config.allowFrom),
    tokens,
    epoch: randomBytes(4).toString("hex"),
  };
  const parts: Parts = {
    app: createApp(appDeps),
    appDeps,
    gate,
    spool: undefined,
  };
  return parts;
}

async function openSpool(
  config: RelayConfig,
  { clock, log }: ServiceDeps,
  { appDeps: { metrics } }: Parts,
): Promise<Spool> {
  return await Spool.open(config.spool, {
    maxBytes: config.spoolMaxBytes,
    minFreeBytes: floorBytes(config.spool),
  }, { clock, log: log.child("spool"), syncSeconds: metrics.fsyncSeconds });
}

function createForwarder(
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
    order: "free",
    concurrency: { live: 2, backfill: 2 },
    encoding: config.forwardEncoding,
    backfillDelayMs: 5_000,
    gatherMs: 250,
  });
}

/** @throws {FileError} when one of them cannot be used */
function readRenewable(config: RelayConfig): Renewable {
  const { tokensFile, tlsCert, tlsKey } = config;
  return {
    tokens: tokensFile === undefined ? undefined : readTokens(tokensFile),
    tls: tlsCert === undefined || tlsKey === undefined
      ? undefined
      : readTlsPair({ certPath: tlsCert, keyPath: tlsKey }),
    credentials: readCredentials(config),
  };
}

/** Resolves at the first signal to stop; a second SIGINT ends at once. */
function listenToSignals(
  runtime: Runtime,
  stop: AbortController,
): Promise<void> {
  return new Promise((resolve) => {
    const onStop = (name: string) => () => {
      if (stop.signal.aborted && name === "SIGINT") runtime.exit(130);
      stop.abort();
      resolve();
    };
    runtime.onSignal("SIGTERM", onStop("SIGTERM"));
    runtime.onSignal("SIGINT", onStop("SIGINT"));
  });
}

async function maintain(
  spool: Spool,
  { clock, log }: ServiceDeps,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await clock.sleep(MAINTAIN_MS, signal);
    try {
      await spool.maintain();
    } catch (error) {
      log.error("spool not maintained", { error: describeError(error) });
    }
  }
}

/** Waits for the requests that were begun, to acknowledge what is stored. */
async function drain(admission: Admission, clock: Clock): Promise<void> {
  const untilMs = clock.monotonicMs() + DRAIN_MS;
  while (admission.requests > 0 && clock.monotonicMs() < untilMs) {
    await clock.sleep(10);
  }
}

async function flush(forwarder: Forwarder, clock: Clock): Promise<void> {
  const deadline = new AbortController();
  const done = new AbortController();
  void clock.sleep(FLUSH_MS, done.signal).then(() => deadline.abort());
  await forwarder.flush(deadline.signal);
  done.abort();
}
