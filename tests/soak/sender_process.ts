/**
 * Many simulated servers in one process, each with a connection of its own:
 *
 *     deno run -A tests/soak/sender_process.ts PORT FIRST COUNT INTERVAL_MS LEDGER
 *
 * Each pushes its samples every interval, and again until the next are due when
 * they are not acknowledged; then it gives them up. Writes `ready` once it has
 * begun. SIGTERM ends it; the last line of its output is `done`, and the file
 * LEDGER holds what was acknowledged: ledger.ts.
 */
import { LoadSender, WriteConnection } from "../support/load_senders.ts";
import type { Refusal, SenderLedger } from "./ledger.ts";

/** Series of a sender. */
export const SERIES = 10;
const ACKNOWLEDGED = 204;
/** Nothing came back: a line that is down tells nothing. */
const ANSWER_TIMEOUT_MS = 20_000;
/** Pause before a body is sent again, at least and at most. */
const RETRY_MS = [1_000, 3_000] as const;

/** One simulated server. */
class Sender {
  readonly #index: number;
  readonly #sender: LoadSender;
  readonly #connection: WriteConnection;
  readonly #timesMs: number[] = [];
  readonly #isAcknowledged: boolean[] = [];
  readonly #refusals: Refusal[] = [];

  constructor(index: number, port: number) {
    this.#index = index;
    this.#sender = new LoadSender(index, SERIES);
    this.#connection = new WriteConnection(port);
  }

  get ledger(): SenderLedger {
    return {
      sender: this.#index,
      timesMs: this.#timesMs,
      isAcknowledged: this.#isAcknowledged,
      refusals: this.#refusals,
    };
  }

  /** Pushes every interval until `signal` aborts; the first time after `waitMs`. */
  async run(
    { waitMs, intervalMs }: {
      readonly waitMs: number;
      readonly intervalMs: number;
    },
    signal: AbortSignal,
  ): Promise<void> {
    let dueMs = performance.now() + waitMs;
    while (!signal.aborted) {
      await sleep(dueMs - performance.now(), signal);
      if (signal.aborted) break;
      dueMs = Math.max(dueMs, performance.now() - intervalMs) + intervalMs;
      await this.#pushStep(dueMs, signal);
    }
    this.#connection[Symbol.dispose]();
  }

  async #pushStep(untilMs: number, signal: AbortSignal): Promise<void> {
    const step = this.#timesMs.push(Date.now()) - 1;
    this.#isAcknowledged.push(false);
    const body = this.#sender.body(step, this.#timesMs[step]!);
    while (!signal.aborted) {
      const status = await this.#push(body);
      if (status === ACKNOWLEDGED) {
        this.#isAcknowledged[step] = true;
        return;
      }
      this.#refusals.push({ atMs: Date.now(), status });
      const [least, most] = RETRY_MS;
      const pauseMs = least + Math.random() * (most - least);
      if (performance.now() + pauseMs >= untilMs) return;
      await sleep(pauseMs, signal);
    }
  }

  async #push(body: Uint8Array): Promise<number> {
    const timer = setTimeout(
      () => this.#connection[Symbol.dispose](),
      ANSWER_TIMEOUT_MS,
    );
    const status = await this.#connection.push(body);
    clearTimeout(timer);
    return status;
  }
}

async function main(args: readonly string[]): Promise<void> {
  const [port = 0, first = 0, count = 0, intervalMs = 0] = args.map(Number);
  const stop = new AbortController();
  Deno.addSignalListener("SIGTERM", () => stop.abort());
  const senders = Array.from(
    { length: count },
    (_, i) => new Sender(first + i, port),
  );
  const running = senders.map((sender, i) =>
    // Spread over the interval, as a fleet is.
    sender.run({ waitMs: i / count * intervalMs, intervalMs }, stop.signal)
  );
  write("ready");
  await Promise.all(running);
  Deno.writeTextFileSync(
    args[4] ?? "",
    senders.map(({ ledger }) => `${JSON.stringify(ledger)}\n`).join(""),
  );
  write("done");
  Deno.exit();
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener("abort", end);
  });
}

function write(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}

if (import.meta.main) await main(Deno.args);
