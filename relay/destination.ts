/** Central: address, token and trusted certificates, renewable at runtime. */
import { BUILD } from "../shared/build_info.ts";
import type { Clock } from "../shared/clock.ts";
import {
  createPush,
  type Fetch,
  type Push,
} from "../shared/remote_write/push.ts";
import type { Secret } from "../shared/secret.ts";
import { readCaFile, readTokenFile } from "../shared/settings_file.ts";
import type { RelayConfig } from "./config.ts";
import { readUtf8 } from "./files.ts";

/** Longest time of one attempt to send, ms. */
const REQUEST_TIMEOUT_MS = 30_000;

/** What is sent and trusted; taken as a whole or not at all. */
export interface Credentials {
  readonly token: Secret | undefined;
  /** Certificates that are trusted beside the runtime's own. */
  readonly caPem: string | undefined;
}

/** A fetch that trusts `caPem` too. */
export type CreateFetch = (caPem: string | undefined) => Fetch;

/** Where requests go. */
export interface Destination {
  readonly push: Push;
  /** Plain requests with the same trust. */
  readonly fetch: Fetch;
  /** Uses other credentials from now on. */
  renew(credentials: Credentials): void;
}

/** @throws {SettingsFileError} when the token or the CA cannot be used */
export function readCredentials(
  { tokenFile, caFile }: Pick<RelayConfig, "tokenFile" | "caFile">,
): Credentials {
  return {
    token: tokenFile === undefined
      ? undefined
      : readTokenFile(tokenFile, readUtf8),
    caPem: caFile === undefined ? undefined : readCaFile(caFile, readUtf8),
  };
}

/** Opens no connection yet. */
export function createDestination(
  url: string,
  credentials: Credentials,
  { clock, createFetch }: {
    readonly clock: Clock;
    readonly createFetch: CreateFetch;
  },
): Destination {
  let { token } = credentials;
  let current = createFetch(credentials.caPem);
  const fetch: Fetch = (target, init) => current(target, init);
  const push = createPush({
    fetch,
    clock,
    url,
    token: () => token,
    expectAck: false,
    timeoutMs: REQUEST_TIMEOUT_MS,
    userAgent: `msp-relay/${BUILD.version}`,
  });
  return {
    push,
    fetch,
    renew(next) {
      token = next.token;
      current = createFetch(next.caPem);
    },
  };
}
