/** A program of the soak that is started, killed and paused again and again. */
import type { Child } from "../../deploy/parts/process.ts";
import { emptyHistory, type History } from "./history.ts";

/** A process's first garbage collections, and what it loads only later, are over. */
const SETTLED_MS = 60_000;

/** Resident memory of one process at two times, bytes. */
export interface Memory {
  /** When it had settled. */
  readonly beforeBytes: number;
  readonly afterBytes: number;
}

/** How much it grew, bytes. */
export function growth({ beforeBytes, afterBytes }: Memory): number {
  return afterBytes - beforeBytes;
}

/** One program and what it went through. */
export class Program implements AsyncDisposable {
  readonly history: History = emptyHistory();
  readonly #launch: () => Promise<Child>;
  #child: Child | undefined;
  #startedMs = 0;
  #settledBytes: number | undefined;
  /** Of each process that had settled: noted when it ends, or is asked for. */
  readonly #noted: Memory[] = [];

  /** `launch` starts it, and resolves when it works. */
  constructor(readonly name: string, launch: () => Promise<Child>) {
    this.#launch = launch;
  }

  async start(): Promise<void> {
    this.#child = await this.#launch();
    this.#startedMs = Date.now();
    this.#settledBytes = undefined;
  }

  /** Ends it as `kill -9` does. */
  async kill(): Promise<void> {
    this.#noteMemory();
    const endMs = Date.now();
    await this.#child?.kill();
    this.#ended(endMs, true);
  }

  /** Asks it to end. */
  async stop(): Promise<void> {
    this.#noteMemory();
    const endMs = Date.now();
    await this.#child?.stop({ timeoutMs: 30_000 });
    this.#ended(endMs, false);
  }

  signal(signal: Deno.Signal): void {
    this.#child?.signal(signal);
  }

  /** Stops it with SIGSTOP; the returned function lets it go on. */
  pause(): () => void {
    const beginMs = Date.now();
    this.signal("SIGSTOP");
    return () => {
      this.signal("SIGCONT");
      this.history.pauses.push({ beginMs, endMs: Date.now() });
    };
  }

  /** From now on its memory is compared with what it is now, if it has settled. */
  settle(): void {
    if (Date.now() - this.#startedMs < SETTLED_MS) return;
    this.#settledBytes ??= this.#child?.usage().rssBytes;
  }

  /** Of the process that grew most; `undefined` when none has settled. */
  memory(): Memory | undefined {
    this.#noteMemory();
    return this.#noted.toSorted((a, b) => growth(b) - growth(a))[0];
  }

  /** How it ended by itself, with its last lines; `undefined` when it did not. */
  unexpectedEnd(): string | undefined {
    return this.#child?.status === undefined
      ? undefined
      : `${this.name} ended with code ${this.#child.status.code}: ${this.#child.tail()}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#child?.kill();
  }

  #noteMemory(): void {
    if (this.#child === undefined || this.#settledBytes === undefined) return;
    const afterBytes = this.#child.usage().rssBytes;
    this.#noted.push({ beforeBytes: this.#settledBytes, afterBytes });
  }

  #ended(endMs: number, wasKilled: boolean): void {
    this.#child = undefined;
    this.history.lives.push({ beginMs: this.#startedMs, endMs, wasKilled });
  }
}
