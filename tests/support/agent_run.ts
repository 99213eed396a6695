/** Agents that run for a test, and the samples that reached a receiver. */
import { gridFor, nextGridTime } from "../../agent/schedule.ts";
import { makeTempDir, type TempDir } from "../../deploy/parts/cleanup.ts";
import type { Child } from "../../deploy/parts/process.ts";
import { freePort, waitUntil } from "../../deploy/parts/wait.ts";
import { decodeWriteRequest } from "../../shared/remote_write/decode.ts";
import { uncompress } from "../../shared/remote_write/snappy.ts";
import { assert, assertEquals } from "./assert.ts";
import type { Received } from "./mock_receiver.ts";
import { startAgent } from "./process.ts";

/** What no log line may hold. */
export const TOKEN = "t0ken-that-no-log-may-show";
export const IDENTITY = [
  "--customer-id=kt",
  "--server-name=web-01",
  "--csp=kt",
  "--region=kc1",
];
export const INTERVAL_MS = 1_000;
/** A scrape that starts later than this is given its true time. */
const TOLERANCE_MS = 100;
/** A collector that costs nothing: for tests that are not about collecting. */
export const ONE_COLLECTOR = [
  "--collector.disable-defaults",
  "--collector.loadavg",
];

/** What a test agent is told. */
export interface RunningAgentOptions {
  /** `--remote-write-url`; without it the flags have to name a destination. */
  readonly url?: string;
  /** Further flags. @default {@linkcode ONE_COLLECTOR} */
  readonly flags?: readonly string[];
  readonly env?: Record<string, string>;
  /** Folder of the spool. @default one that goes with the agent */
  readonly spool?: string;
}

/** `msp-agent run` with a token, an interval of 1 s and its own /metrics. */
export class RunningAgent implements AsyncDisposable {
  readonly child: Child;
  readonly listenUrl: string;
  readonly #dir: TempDir = makeTempDir({ prefix: "msp-agent-" });

  constructor(
    { url, flags = ONE_COLLECTOR, env = {}, spool }: RunningAgentOptions,
  ) {
    Deno.writeTextFileSync(this.tokenFile, `${TOKEN}\n`);
    const listen = `127.0.0.1:${freePort()}`;
    this.listenUrl = `http://${listen}`;
    this.child = startAgent([
      "run",
      ...IDENTITY,
      ...url === undefined ? [] : [`--remote-write-url=${url}`],
      `--token-file=${this.tokenFile}`,
      `--interval=${INTERVAL_MS}ms`,
      `--listen=${listen}`,
      `--spool=${spool ?? `${this.dir}/spool`}`,
      ...flags,
    ], { env });
  }

  get tokenFile(): string {
    return `${this.dir}/token`;
  }

  /** A folder that goes with the agent. */
  get dir(): string {
    return this.#dir.path;
  }

  /** Lines of the log as objects, oldest first. */
  get events(): Record<string, unknown>[] {
    return this.child.text("stderr").split("\n")
      .filter((line) => line.startsWith("{"))
      .map((line) => JSON.parse(line));
  }

  /** The events of one message. */
  eventsNamed(msg: string): Record<string, unknown>[] {
    return this.events.filter((event) => event["msg"] === msg);
  }

  /** One value of the agent's own /metrics; 0 when it is not there. */
  async metric(series: string): Promise<number> {
    await this.child.waitForLine("Agent started");
    const response = await fetch(`${this.listenUrl}/metrics`);
    const line = (await response.text()).split("\n")
      .find((line) => line.startsWith(`${series} `));
    return Number(line?.slice(series.length) ?? 0);
  }

  /** How many attempts failed with `code`. */
  failures(code: string): Promise<number> {
    return this.metric(
      `msp_send_failures_total{code="${code}",program="agent"}`,
    );
  }

  /** Sends SIGTERM, and checks what holds for every end of an agent. */
  async end(expectedCode = 0): Promise<void> {
    const { code } = await this.child.stop({ timeoutMs: 20_000 });
    assertEquals(code, expectedCode, this.child.tail(20));
    const log = this.child.text("stderr") + this.child.text("stdout");
    assert(!log.includes(TOKEN), "the token is in the log");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.child.kill();
    this.#dir.remove();
  }
}

/** Times of the samples of each series, in order of arrival, by its labels. */
export function arrivals(
  requests: readonly Received[],
): Map<string, { values: number[]; timestampsMs: number[] }> {
  const found = new Map<string, { values: number[]; timestampsMs: number[] }>();
  for (const { body } of requests) {
    for (const { labels, samples } of decode(body)) {
      const key = labels.map(({ name, value }) => `${name}=${value}`).join(",");
      const entry = found.get(key) ?? { values: [], timestampsMs: [] };
      found.set(key, entry);
      for (const { value, timestampMs } of samples) {
        entry.values.push(value);
        entry.timestampsMs.push(timestampMs);
      }
    }
  }
  return found;
}

/**
 * Times of the scrapes that arrived: those of node_load1. A request that comes
 * twice in a row counts once: its first answer was not waited for.
 */
export function scrapeTimes(requests: readonly Received[]): number[] {
  for (const [key, { timestampsMs }] of arrivals(requests)) {
    if (!key.startsWith("__name__=node_load1,")) continue;
    return timestampsMs.filter((timeMs, i) => timeMs !== timestampsMs[i - 1]);
  }
  return [];
}

/**
 * Checks that times ascend and are those of the agent's grid: each grid time
 * once. Only the scrape at the start, and one that a busy machine started late,
 * may carry the true time instead.
 */
export function assertEveryGridTime(
  timestampsMs: readonly number[],
  serverName = "web-01",
): void {
  const grid = gridFor(`kt/${serverName}`, INTERVAL_MS);
  const slots = timestampsMs.map((t) => nextGridTime(grid, t) - INTERVAL_MS);
  timestampsMs.forEach((timeMs, i) => {
    const slotMs = slots[i] ?? NaN;
    const lateMs = timeMs - slotMs;
    assert(
      i === 0 || lateMs === 0 || lateMs > TOLERANCE_MS,
      `${lateMs} ms beside the grid: ${timestampsMs}`,
    );
    if (i === 0) return;
    const before = slots[i - 1] ?? NaN;
    // The first scrape opens all files, and may run over a grid time.
    const mayMiss = i === 1 && timestampsMs[0] !== before ? 1 : 0;
    const missed = (slotMs - before) / INTERVAL_MS - 1;
    assert(missed >= 0 && missed <= mayMiss, `gap in ${timestampsMs}`);
  });
}

/** Waits until `count` scrapes have arrived. */
export async function waitForScrapes(
  receiver: { readonly received: readonly Received[] },
  count: number,
): Promise<void> {
  await waitUntil(() => scrapeTimes(receiver.received).length >= count, {
    what: () => `${count} scrapes; there are ${scrapeTimes(receiver.received)}`,
    timeoutMs: 20_000,
  });
}

function decode(body: Uint8Array) {
  return decodeWriteRequest(uncompress(body, 16 * 1024 * 1024)).series;
}
