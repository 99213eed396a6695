/** The next hop: address, token and trusted certificates, renewable at runtime. */
import { BUILD } from "../shared/build_info.ts";
import type { Clock } from "../shared/clock.ts";
import { AppError, describeError } from "../shared/errors.ts";
import type { Logger } from "../shared/log.ts";
import {
  createPush,
  type Fetch,
  type Push,
} from "../shared/remote_write/push.ts";
import type { Secret } from "../shared/secret.ts";
import {
  CA_FILE_HINT,
  readCaFile,
  readTokenFile,
  SettingsFileError,
} from "../shared/settings_file.ts";
import type { AgentConfig } from "./config.ts";
import type { HttpClient, Runtime } from "./host/runtime.ts";

const REQUEST_TIMEOUT_MS = 30_000;

/** Where requests go. */
export interface Destination {
  readonly push: Push;
  /** Plain requests to the same receiver, with the same trust. */
  readonly fetch: Fetch;
  /**
   * Reads token and CA again, all or nothing: when one of them is bad, both
   * old ones stay and the fault is logged. Returns whether they were renewed.
   */
  reload(): boolean;
  /** The token in use; `undefined` when none is configured. */
  token(): Secret | undefined;
  close(): void;
}

/** What a {@linkcode Destination} is made with. */
export interface DestinationDeps {
  readonly runtime: Runtime;
  readonly clock: Clock;
  readonly log: Logger;
  /** Longest time of one attempt to send. @default 30 s */
  readonly timeoutMs?: number;
}

/** @throws {SettingsFileError} when the token or the CA cannot be used */
export function openDestination(
  config: AgentConfig,
  { runtime, clock, log, timeoutMs = REQUEST_TIMEOUT_MS }: DestinationDeps,
): Destination {
  let current = openCredentials(config, runtime);
  const fetch: Fetch = (url, init) => current.client.fetch(url, init);
  const push = createPush({
    fetch,
    clock,
    url: config.pushUrl,
    token: () => current.token,
    expectAck: config.expectAck,
    timeoutMs,
    userAgent: `msp-agent/${BUILD.version}`,
  });
  return {
    push,
    fetch,
    token: () => current.token,
    reload() {
      try {
        const next = openCredentials(config, runtime);
        current.client.close();
        current = next;
        log.info("Token and CA read again");
        return true;
      } catch (error) {
        log.error("Cannot renew token and CA, the old ones stay", {
          err: describeError(error),
          hint: error instanceof AppError ? error.hint : undefined,
        });
        return false;
      }
    },
    close: () => current.client.close(),
  };
}

interface Credentials {
  readonly token: Secret | undefined;
  readonly client: HttpClient;
}

function openCredentials(config: AgentConfig, runtime: Runtime): Credentials {
  const readTextFile = (path: string) => runtime.readTextFile(path);
  const token = config.tokenFile === undefined
    ? undefined
    : readTokenFile(config.tokenFile, readTextFile);
  const caPem = config.caFile === undefined
    ? undefined
    : readCaFile(config.caFile, readTextFile);
  return { token, client: openClient(config, caPem, runtime) };
}

function openClient(
  config: AgentConfig,
  caPem: string | undefined,
  runtime: Runtime,
): HttpClient {
  try {
    return runtime.createFetch(caPem);
  } catch (error) {
    throw new SettingsFileError(
      config.caFile ?? "",
      `its certificates cannot be read: ${describeError(error)}`,
      CA_FILE_HINT,
    );
  }
}
