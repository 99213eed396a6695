/** Tokens and certificates, read at the start and again at SIGHUP. */
import { AppError, describeError } from "../shared/errors.ts";
import type { Logger } from "../shared/log.ts";
import type { RelayConfig } from "./config.ts";
import {
  type Credentials,
  type Destination,
  readCredentials,
} from "./destination.ts";
import type { Notifier } from "../shared/sd_notify.ts";
import type { RelayServer } from "./host/server.ts";
import { readTlsPair, type TlsPair } from "./tls.ts";
import { readTokens, type TokenTable } from "./tokens.ts";

/** Everything that is read again. */
export interface Renewable {
  readonly tokens: TokenTable | undefined;
  readonly tls: TlsPair | undefined;
  readonly credentials: Credentials;
}

/** Whom a renewal concerns. */
export interface RenewalDeps {
  readonly server: RelayServer;
  readonly destination: Destination;
  readonly forwarder: { retryNow(): void };
  readonly notifier: Notifier;
  readonly log: Logger;
  monotonicUsec(): string;
}

/** @throws {SettingsFileError} when one of them cannot be used */
export function readRenewable(config: RelayConfig): Renewable {
  const { tokensFile, tlsCert, tlsKey } = config;
  return {
    tokens: tokensFile === undefined ? undefined : readTokens(tokensFile),
    tls: tlsCert === undefined || tlsKey === undefined
      ? undefined
      : readTlsPair({ certPath: tlsCert, keyPath: tlsKey }),
    credentials: readCredentials(config),
  };
}

/**
 * Reads everything again, all or nothing: when one file is bad, all old ones
 * stay in use and the fault is logged. Returns what is in use from now on.
 */
export function renew(
  current: Renewable,
  config: RelayConfig,
  { server, destination, forwarder, notifier, log, monotonicUsec }: RenewalDeps,
): Renewable {
  notifier.send("RELOADING=1", `MONOTONIC_USEC=${monotonicUsec()}`);
  let next = current;
  try {
    next = readRenewable(config);
    if (next.tls !== undefined && next.tls.cert !== current.tls?.cert) {
      server.useTls(next.tls);
    }
    destination.renew(next.credentials);
    forwarder.retryNow();
    log.info("tokens and certificates read again");
  } catch (error) {
    next = current;
    log.error("tokens and certificates not renewed, the old ones stay", {
      error: describeError(error),
      hint: error instanceof AppError ? error.hint : undefined,
    });
  }
  notifier.send("READY=1");
  return next;
}
