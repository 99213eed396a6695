/** The next hop: address, token and trusted certificates, renewable at runtime. */
import { BUILD } from "../shared/build_info.ts";
import type { Clock } from "../shared/clock.ts";
import { AppError, describeError, errnoOf } from "../shared/errors.ts";
import type { Logger } from "../shared/log.ts";
import {
  createPush,
  type Fetch,
  type Push,
} from "../shared/remote_write/push.ts";
import { Secret } from "../shared/secret.ts";
import type { AgentConfig } from "./config.ts";
import type { HttpClient, Runtime } from "./host/runtime.ts";

const REQUEST_TIMEOUT_MS = 30_000;

/** A file that the configuration names cannot be used. */
export class SecretFileError extends AppError {
  override readonly name = "SecretFileError";
  readonly code = "secret_file";

  constructor(path: string, what: string, readonly hint: string) {
    super(`Cannot use "${path}": ${what}`);
  }
}

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

/** @throws {SecretFileError} when the token or the CA cannot be used */
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
  const token = config.tokenFile === undefined
    ? undefined
    : readToken(config.tokenFile, runtime);
  const caPem = config.caFile === undefined
    ? undefined
    : readCa(config.caFile, runtime);
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
    throw new SecretFileError(
      config.caFile ?? "",
      `its certificates cannot be read: ${describeError(error)}`,
      "Write the CA's certificates in PEM form to the file named by --ca-file",
    );
  }
}

function readToken(path: string, runtime: Runtime): Secret {
  const token = readFile(path, runtime).trim();
  if (!/^[\x21-\x7e]+$/.test(token)) {
    throw new SecretFileError(
      path,
      token === "" ? "it is empty" : "it holds blanks or control characters",
      "Write the token that central gave for this customer to it, alone on one line",
    );
  }
  return new Secret(token);
}

function readCa(path: string, runtime: Runtime): string {
  const pem = readFile(path, runtime);
  if (!pem.includes("-----BEGIN CERTIFICATE-----")) {
    throw new SecretFileError(
      path,
      "it holds no certificate",
      "Write the CA's certificates in PEM form to the file named by --ca-file",
    );
  }
  return pem;
}

const READ_HINTS: Readonly<Record<string, string>> = {
  ENOENT: "Write the file, or name the one that is there",
  EISDIR: "Name a file in that directory",
};

function readFile(path: string, runtime: Runtime): string {
  try {
    return runtime.readTextFile(path);
  } catch (error) {
    throw new SecretFileError(
      path,
      `reading it gives ${errnoOf(error) ?? describeError(error)}`,
      READ_HINTS[errnoOf(error) ?? ""] ??
        "Let the agent's user read it, or name another file",
    );
  }
}
