/** Real agents that write to a central, and whether every scrape is stored. */
import type { Child } from "../../deploy/parts/process.ts";
import { waitUntil } from "../../deploy/parts/wait.ts";
import { assertEveryGridTime, INTERVAL_MS } from "./agent_run.ts";
import { assert, assertEquals } from "./assert.ts";
import { startAgent } from "./process.ts";

/** One sample a scrape. */
export const PRESENCE = "node_time_seconds";

const SERVERS = ["web-01", "web-02", "db-01"];
/** What waits for an outage of minutes is delivered within this time. */
const FRESH_TIMEOUT_MS = 90_000;

/** Times of the stored samples of {@linkcode PRESENCE}, by server. */
export type ReadTimes = () => Promise<ReadonlyMap<string, readonly number[]>>;

/** What the agents are told. */
export interface CentralAgentsOptions {
  /** Central's address, without a slash. */
  readonly url: string;
  readonly token: string;
  /** Folder for token and spools. */
  readonly dir: string;
  readonly readTimes: ReadTimes;
}

/** Three agents of customer `kt`, an interval of 1 s each. */
export class CentralAgents implements AsyncDisposable {
  readonly #agents: readonly Child[];
  readonly #tokenFile: string;
  readonly #readTimes: ReadTimes;

  constructor({ url, token, dir, readTimes }: CentralAgentsOptions) {
    this.#tokenFile = `${dir}/agents.token`;
    this.#readTimes = readTimes;
    Deno.writeTextFileSync(this.#tokenFile, token);
    this.#agents = SERVERS.map((server) =>
      startAgent([
        "run",
        "--customer-id=kt",
        `--server-name=${server}`,
        "--csp=kt",
        "--region=kc1",
        `--remote-write-url=${url}/api/v1/write`,
        `--token-file=${this.#tokenFile}`,
        `--spool=${dir}/spool-${server}`,
        `--interval=${INTERVAL_MS}ms`,
        "--collector.disable-defaults",
        "--collector.time",
        "--log-format=json",
      ])
    );
  }

  /** Waits until a sample of each server is newer than this moment. */
  async waitForFresh(): Promise<void> {
    const sinceMs = Date.now();
    await waitUntil(async () => {
      const times = await this.#readTimes();
      return SERVERS.every((name) => (times.get(name)?.at(-1) ?? 0) > sinceMs);
    }, {
      what: () => `fresh samples: ${this.#agents.map((one) => one.tail(2))}`,
      timeoutMs: FRESH_TIMEOUT_MS,
      everyMs: 200,
    });
  }

  /** Waits until what an outage has held back is stored too. */
  async waitForBacklog(): Promise<void> {
    await waitUntil(async () => {
      const times = await this.#readTimes();
      return SERVERS.every((name) => isComplete(times.get(name) ?? [], name));
    }, {
      what: () => `the backlog: ${this.#agents.map((one) => one.tail(2))}`,
      timeoutMs: FRESH_TIMEOUT_MS,
      everyMs: 500,
    });
  }

  /** Gives all agents another token, as an operator does. */
  async changeToken(token: string): Promise<void> {
    Deno.writeTextFileSync(this.#tokenFile, token);
    for (const agent of this.#agents) agent.signal("SIGHUP");
    for (const agent of this.#agents) {
      await agent.waitForLine("Token and CA read again");
    }
  }

  /** Stops the agents; each second of their lives must have its sample. */
  async stopAndCheck(): Promise<void> {
    await Promise.all(this.#agents.map((agent) => agent.stop()));
    const times = await this.#readTimes();
    assertEquals([...times.keys()].sort(), [...SERVERS].sort());
    for (const [server, timesMs] of times) {
      assert(timesMs.length > 5, `${server} has ${timesMs.length} samples`);
      assertEveryGridTime(timesMs, server);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#agents.map((agent) => agent.kill()));
  }
}

function isComplete(timesMs: readonly number[], server: string): boolean {
  try {
    assertEveryGridTime(timesMs, server);
    return timesMs.length > 0;
  } catch {
    return false;
  }
}
