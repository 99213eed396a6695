/** What the commands need of the process they run in, as one thing to inject. */
import type { Fetch } from "../../shared/remote_write/push.ts";
import { AppError, errnoOf } from "../../shared/errors.ts";
import { tryWriteAll, writeAll } from "../../shared/output.ts";
import { chooseAuthorities } from "./authorities.ts";
import { type Network, systemNetwork } from "./network.ts";

/** The process: arguments, environment, streams, signals. */
export interface Runtime {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Sets variables of the process, for its fetch; `env` stays as it was. */
  setEnv(variables: Readonly<Record<string, string>>): void;
  readonly hostname: string;
  /** What stderr is: device and inode as fstat(2) has them. */
  readonly stderrInfo: {
    readonly isTerminal: boolean;
    readonly dev: number;
    readonly ino: number;
  };
  readonly versions: { readonly deno: string; readonly arch: string };
  /** @throws {OutputError} */
  stdout(text: string): void;
  /** Never throws. */
  stderr(text: string): void;
  /** @throws an error with an errno in `code` when it cannot be read */
  readTextFile(path: string): string;
  /** Calls `handler` at each signal; returns how to stop listening. */
  onSignal(
    name: "SIGTERM" | "SIGINT" | "SIGHUP",
    handler: () => void,
  ): () => void;
  /** Ends the process at once. */
  exit(code: number): never;
  /** Frees what nothing refers to; nothing happens where V8 does not offer it. */
  collectGarbage(): void;
  /** Name look-up and bare connections, for `check`. */
  readonly network: Network;
  /**
   * A fetch that trusts `caPem` beside the system's certificates, or beside
   * Mozilla's list where the system has none.
   */
  createFetch(caPem: string | undefined): HttpClient;
  /**
   * Serves HTTP on one address.
   * @throws {ListenError} when it cannot be listened on
   */
  serve(
    address: Address,
    handler: (request: Request) => Promise<Response> | Response,
  ): { close(): Promise<void> };
}

/** A host name or address, with a port. */
export interface Address {
  readonly hostname: string;
  readonly port: number;
}

/** The address of `--listen` cannot be used. */
export class ListenError extends AppError {
  override readonly name = "ListenError";
  readonly code = "listen";
  readonly hint: string;

  constructor({ hostname, port }: Address, cause: unknown) {
    const errno = errnoOf(cause) ?? "";
    super(`Cannot listen on ${hostname}:${port}`, { cause });
    this.hint = LISTEN_HINTS[errno] ??
      "Give an address of this machine and a free port with --listen";
  }
}

const LISTEN_HINTS: Readonly<Record<string, string>> = {
  EADDRINUSE:
    "Stop the program that listens there, or give another port with --listen",
  EACCES: "Give a port from 1024 on with --listen",
};

/** A fetch with its connections. */
export interface HttpClient {
  readonly fetch: Fetch;
  /** Closes idle connections. */
  close(): void;
}

/** The runtime of this process. */
export function denoRuntime(): Runtime {
  return {
    args: Deno.args,
    env: readEnv(),
    setEnv(variables) {
      for (const [name, value] of Object.entries(variables)) {
        Deno.env.set(name, value);
      }
    },
    hostname: Deno.hostname(),
    stderrInfo: { isTerminal: Deno.stderr.isTerminal(), ...fileOfStderr() },
    versions: { deno: Deno.version.deno, arch: Deno.build.arch },
    stdout: (text) => writeAll(text, (bytes) => Deno.stdout.writeSync(bytes)),
    stderr: (text) =>
      tryWriteAll(text, (bytes) => Deno.stderr.writeSync(bytes)),
    readTextFile: (path) => Deno.readTextFileSync(path),
    onSignal(name, handler) {
      Deno.addSignalListener(name, handler);
      return () => Deno.removeSignalListener(name, handler);
    },
    exit: (code) => Deno.exit(code),
    collectGarbage,
    network: systemNetwork,
    createFetch,
    serve(address, handler) {
      try {
        const server = Deno.serve({ ...address, onListen() {} }, handler);
        return { close: () => server.shutdown() };
      } catch (error) {
        throw new ListenError(address, error);
      }
    },
  };
}

/**
 * The environment, with U+FFFD for bytes that are not UTF-8. `Deno.env` leaves
 * such variables out, and a setting that is there must not be overlooked.
 */
function readEnv(): Record<string, string> {
  try {
    const text = new TextDecoder().decode(
      Deno.readFileSync("/proc/self/environ"),
    );
    const pairs = text.split("\0").map((pair) => {
      const at = pair.indexOf("=");
      return [pair.slice(0, at), pair.slice(at + 1)] as const;
    });
    return Object.fromEntries(pairs.filter(([name]) => name !== ""));
  } catch {
    return Deno.env.toObject(); // no /proc: `check` says so
  }
}

function fileOfStderr(): { dev: number; ino: number } {
  try {
    // Deno has no fstat(2); this link leads to the open file, also to a socket.
    const { dev, ino } = Deno.statSync("/proc/self/fd/2");
    return { dev, ino: ino ?? -1 };
  } catch {
    return { dev: -1, ino: -1 }; // closed, or no /proc, which `check` reports
  }
}

/** What V8 offers under `--expose-gc`; see V8_FLAGS in install/compile.ts. */
interface Collector {
  gc?(
    options: { readonly type: "major"; readonly flavor: "last-resort" },
  ): void;
}

/** The thorough way: the usual one gave back 0.5 MB where this gave 3. */
function collectGarbage(): void {
  const { gc } = globalThis as Collector;
  gc?.({ type: "major", flavor: "last-resort" });
}

function createFetch(caPem: string | undefined): HttpClient {
  chooseAuthorities();
  const client = Deno.createHttpClient({
    ...(caPem === undefined ? {} : { caCerts: [caPem] }),
    poolIdleTimeout: 60_000,
    poolMaxIdlePerHost: 2,
  });
  return {
    fetch: (url, init) => fetch(url, { ...init, client }),
    close: () => client.close(),
  };
}
