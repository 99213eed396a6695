/** What the commands need of the process they run in, as one thing to inject. */
import type { CreateFetch } from "./destination.ts";
import type { Unzstd } from "./codec.ts";
import type { Memory } from "./memory_watch.ts";
import type { FileBody } from "./mirror.ts";
import type { Notifier } from "../shared/sd_notify.ts";
import type { Answer, RelayServer } from "./host/server.ts";
import type { Logger } from "../shared/log.ts";
import type { ListenAddress } from "../shared/config_kinds.ts";
import type { TlsPair } from "./tls.ts";

/** The process: arguments, environment, streams, signals, server. */
export interface Runtime {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Sets variables of the process, for its fetch. */
  setEnv(variables: Readonly<Record<string, string>>): void;
  readonly hostname: string;
  /** What this process may use, bytes. */
  readonly memoryBytes: number;
  /** What stderr is: device and inode as fstat(2) has them. */
  readonly stderrInfo: {
    readonly isTerminal: boolean;
    readonly dev: number;
    readonly ino: number;
  };
  readonly versions: { readonly bun: string; readonly arch: string };
  readonly unzstd: Unzstd;
  readonly createFetch: CreateFetch;
  /** Asks for a garbage collection, which may be over later. */
  collectGarbage(): void;
  readonly memory: Memory;
  readonly fileBody: FileBody;
  /** @throws {OutputError} */
  stdout(text: string): void;
  /** Never throws. */
  stderr(text: string): void;
  /** @throws an error with an errno in `code` when it cannot be read */
  readTextFile(path: string): string;
  /** Calls `handler` at each signal. */
  onSignal(name: "SIGTERM" | "SIGINT" | "SIGHUP", handler: () => void): void;
  /** Ends the process at once. */
  exit(code: number): never;
  /** CLOCK_MONOTONIC, µs: what systemd compares a reload's start with. */
  monotonicUsec(): string;
  createNotifier(log: Logger): Promise<Notifier>;
  /** @throws {ListenError} */
  startServer(
    options: ListenAddress & {
      readonly tls: TlsPair | undefined;
      readonly answer: Answer;
    },
  ): RelayServer;
}
