/** The service: takes in, keeps, forwards, until it is told to stop. */
import { BUILD } from "../shared/build_info.ts";
import type { Clock } from "../shared/clock.ts";
import { describeError } from "../shared/errors.ts";
import type { Forwarder } from "../shared/forwarder/forwarder.ts";
import { sanitizeUrl } from "../shared/secret.ts";
import type { Spool } from "../shared/spool/spool.ts";
import type { Admission } from "./admission.ts";
import type { RelayConfig } from "./config.ts";
import { createDestination } from "./destination.ts";
import type { Notifier } from "../shared/sd_notify.ts";
import type { RelayServer } from "./host/server.ts";
import {
  createForwarder,
  createParts,
  openSpool,
  type Parts,
  type ServiceDeps,
} from "./parts.ts";
import { readRenewable, renew } from "./renewable.ts";
import type { Runtime } from "./runtime.ts";
import { runSelfPush } from "./self_push.ts";
import type { TlsPair } from "./tls.ts";
import { watchMemory } from "./memory_watch.ts";
import { runWatchdog } from "./watchdog.ts";

/** How long what is in hand may take when the relay stops. */
const DRAIN_MS = 5_000;
/** One last try for what is newest, when the relay stops. */
const FLUSH_MS = 2_000;
/** Between two looks after the spool. */
const MAINTAIN_MS = 5_000;

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
  const { credentials, tls } = renewable;
  const destination = createDestination(config.remoteWriteUrl, credentials, {
    clock,
    createFetch: runtime.createFetch,
  });
  const notifier = await runtime.createNotifier(log);
  const parts = createParts(config, deps, () => renewable.tokens);
  const { server, spool } = await open(config, deps, { parts, tls });
  const forwarder = parts.forwarder = createForwarder(config, deps, {
    destination,
    parts,
    spool,
  });
  const stop = new AbortController();
  const stopped = listenToSignals(runtime, stop);
  runtime.onSignal("SIGHUP", () => {
    const { monotonicUsec } = runtime;
    renewable = renew(renewable, config, {
      server,
      destination,
      forwarder,
      notifier,
      log,
      monotonicUsec,
    });
  });

  parts.gate.state = "open";
  log.info("relay started", {
    version: BUILD.version,
    listen: `${config.listen.hostname}:${server.port}`,
    spool: config.spool,
    waiting_frames: spool.stats().pending.frames,
    dst: sanitizeUrl(config.remoteWriteUrl),
  });
  notifier.send("READY=1");
  const running = runLoops(
    { config, deps, parts, spool, forwarder, notifier },
    stop.signal,
  );
  await stopped;

  parts.gate.state = "stopping";
  notifier.send("STOPPING=1");
  const { admission } = parts.appDeps;
  log.info("relay stopping", { open_requests: admission.requests });
  await drain(admission, clock);
  await running;
  await flush(forwarder, clock);
  await spool.close();
  await server.close();
  log.info("relay stopped", { waiting_frames: spool.stats().pending.frames });
  notifier.close();
  return 0;
}

/**
 * The socket at once, so that senders hear "not ready" and not "refused"; but a
 * locked spool is the better reason to give where both are taken.
 */
async function open(
  config: RelayConfig,
  deps: ServiceDeps,
  { parts, tls }: { readonly parts: Parts; readonly tls: TlsPair | undefined },
): Promise<{ readonly server: RelayServer; readonly spool: Spool }> {
  const opening = openSpool(config, deps, parts);
  opening.catch(() => {}); // looked at below, after the socket
  let server: RelayServer;
  try {
    server = deps.runtime.startServer({
      ...config.listen,
      tls,
      answer: (request, host) => parts.app.fetch(request, host),
    });
  } catch (error) {
    await (await opening).close();
    throw error;
  }
  try {
    const spool = parts.spool = await opening;
    return { server, spool };
  } catch (error) {
    await server.close();
    throw error;
  }
}

async function runLoops(
  { config, deps, parts, spool, forwarder, notifier }: {
    readonly config: RelayConfig;
    readonly deps: ServiceDeps;
    readonly parts: Parts;
    readonly spool: Spool;
    readonly forwarder: Forwarder;
    readonly notifier: Notifier;
  },
  signal: AbortSignal,
): Promise<void> {
  const { clock, log } = deps;
  const { bodies, metrics, admission, senders } = parts.appDeps;
  const readings = () =>
    metrics.readings({
      inflightBytes: admission.bytes,
      senders,
      spool: spool.stats(),
    });
  const { identity } = config;
  await Promise.all([
    forwarder.run(signal),
    bodies.watch(signal),
    parts.history.run(signal),
    maintain(spool, deps, signal),
    runSelfPush({ clock, log, identity, spool, readings }, signal),
    runWatchdog({ notifier, clock, forwarder, spool }, signal),
    watchMemory({
      clock,
      memory: deps.runtime.memory,
      isBusy: () => admission.requests > 0,
    }, signal),
  ]);
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
