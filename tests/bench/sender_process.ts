/**
 * Many senders in one process, each with a connection of its own that it keeps:
 *
 *     deno run -A tests/bench/sender_process.ts PORT FIRST COUNT INTERVAL_MS
 *
 * Writes `ready` once all are connected. SIGUSR1 starts the measurement,
 * SIGTERM ends it and writes {@linkcode SenderFigures} as JSON.
 */
import { mergeSnappy } from "../../shared/remote_write/snappy.ts";
import { LoadSender, WriteConnection } from "../support/load_senders.ts";

/** What the senders of one process saw. */
export interface SenderFigures {
  readonly acknowledged: number;
  readonly failed: number;
  /** Of every acknowledgement, ascending. */
  readonly latenciesMs: readonly number[];
}

/** One series is the sender's own: its name is what the relay goes by. */
const SHARED_SERIES = 299;
/**
 * Senders that have the other series in common: 3 million different ones would
 * measure the store.
 */
const SENDERS_A_GROUP = 100;
/** Connections that are opened at once. */
const OPENING = 50;
/** Groups are named apart from senders. */
const FIRST_GROUP = 50_000;

async function main(args: readonly string[]): Promise<void> {
  const [port = 0, first = 0, count = 0, intervalMs = 0] = args.map(Number);
  const groups = Array.from(
    { length: Math.ceil(count / SENDERS_A_GROUP) },
    (_, i) => new LoadSender(FIRST_GROUP + first + i, SHARED_SERIES),
  );
  const senders = Array.from({ length: count }, (_, i) => ({
    own: new LoadSender(first + i, 1),
    group: groups[i % groups.length]!,
    connection: new WriteConnection(port),
  }));
  for (let at = 0; at < count; at += OPENING) {
    const some = senders.slice(at, at + OPENING);
    await Promise.all(some.map(({ connection }) => connection.open()));
  }
  const figures = { acknowledged: 0, failed: 0, latenciesMs: [] as number[] };
  let isMeasuring = false;
  Deno.addSignalListener("SIGUSR1", () => isMeasuring = true);
  Deno.addSignalListener("SIGTERM", () => {
    figures.latenciesMs.sort((a, b) => a - b);
    write(JSON.stringify(figures));
    Deno.exit();
  });

  const push = async (i: number, step: number) => {
    const { own, group, connection } = senders[i]!;
    const nowMs = Date.now();
    const body = mergeSnappy([own.body(step, nowMs), group.body(step, nowMs)]);
    const startMs = performance.now();
    const status = await connection.push(body);
    if (!isMeasuring) return;
    if (status !== 204) figures.failed++;
    else {
      figures.acknowledged++;
      figures.latenciesMs.push(performance.now() - startMs);
    }
  };
  senders.forEach((_, i) => {
    let step = 0;
    setTimeout(() => {
      void push(i, step++);
      setInterval(() => void push(i, step++), intervalMs);
    }, i / count * intervalMs);
  });
  write("ready");
}

function write(line: string): void {
  const bytes = new TextEncoder().encode(`${line}\n`);
  for (let at = 0; at < bytes.length;) {
    at += Deno.stdout.writeSync(bytes.subarray(at));
  }
}

if (import.meta.main) await main(Deno.args);
