/** Looks at the fleet through PromQL, once or again and again. */
import type { Clock } from "../../shared/clock.ts";
import { describeError } from "../../shared/errors.ts";
import { DemoError } from "./demo_error.ts";
import { endingOf, type Fleet, type FleetAgent } from "./fleet.ts";
import type { View } from "./frame.ts";
import { type Answers, ask } from "./queries.ts";
import { buildRows, listed, reportingLine } from "./rows.ts";
import { serverKey } from "./servers.ts";

/** What watching needs. */
export interface WatchDeps {
  readonly fleet: Fleet;
  readonly clock: Clock;
}

/** A question that takes longer is given up. */
const ANSWER_TIMEOUT_MS = 5_000;
/** A store that is silent for so long has failed. */
const SILENT_MAX_MS = 15_000;
const AGENT_LOG_LINES = 8;
/** Log lines of a few agents say enough. */
const LOGS_SHOWN = 3;

/** The fleet as the store's answers show it. */
export class Watcher {
  readonly #deps: WatchDeps;
  readonly #startMs: number;
  #answers: Answers | undefined;
  #answeredMs: number;
  #storeProblem: string | undefined;

  constructor(deps: WatchDeps) {
    this.#deps = deps;
    this.#startMs = deps.clock.monotonicMs();
    this.#answeredMs = this.#startMs;
  }

  /**
   * Asks the store and looks at the processes. While the store is silent, the
   * view keeps its last answers and says so.
   * @throws {DemoError} when the store has ended or was silent for 15 s
   */
  async look(): Promise<View> {
    const { fleet: { store, relay, agents }, clock } = this.#deps;
    const relayEnding = relay && endingOf(relay.child);
    if (relay !== undefined && relayEnding !== undefined) {
      throw new DemoError(
        `Cannot go on: the relay ended with ${relayEnding}: ${relay.child.tail()}`,
        "Read the relay's last lines above, then start the demo again",
      );
    }
    try {
      this.#answers = await inTime(
        ask(store, clock.nowMs()),
        ANSWER_TIMEOUT_MS,
      );
      this.#answeredMs = clock.monotonicMs();
      this.#storeProblem = undefined;
    } catch (error) {
      this.#storeFailed(describeError(error));
    }
    return {
      rows: buildRows(
        agents.map(({ server, child }) => ({
          server,
          ending: endingOf(child),
        })),
        this.#answers,
      ),
      samplesPerSecond: this.#answers?.samplesPerSecond ?? 0,
      seriesCount: this.#answers?.seriesCount ?? 0,
      storeUrl: store.url,
      relayUrl: relay?.url,
      // Debian's packages add their own revision.
      storeVersion: store.part.version.split(/[+~-]/)[0] ?? "",
      storeProblem: this.#storeProblem,
      elapsedMs: clock.monotonicMs() - this.#startMs,
    };
  }

  #storeFailed(reason: string): void {
    const { fleet: { store }, clock } = this.#deps;
    const ending = endingOf(store.child);
    if (ending !== undefined) {
      throw new DemoError(
        `Cannot go on: VictoriaMetrics ended with ${ending}: ${store.child.tail()}`,
        "Free memory and disk space if it was killed, then start the demo again",
      );
    }
    const silentMs = clock.monotonicMs() - this.#answeredMs;
    this.#storeProblem =
      `VictoriaMetrics does not answer (${reason}); values are ${
        Math.round(silentMs / 1_000)
      } s old`;
    if (silentMs < SILENT_MAX_MS) return;
    throw new DemoError(
      `Cannot query VictoriaMetrics at ${store.url}: ${reason}, for ${
        Math.round(silentMs / 1_000)
      } s`,
      "Give the machine more memory and CPU, then start the demo again",
    );
  }
}

/** The last view, and why it is not a success. */
export interface Arrival {
  readonly view: View;
  /** Absent when every server has arrived. */
  readonly failure?: DemoError;
}

/**
 * Looks until every server reports, an agent ends, or the time is over.
 * @throws {DemoError} when the store fails
 */
export async function waitForAll(
  watcher: Watcher,
  { fleet, clock }: WatchDeps,
  { timeoutMs, everyMs = 250 }: { timeoutMs: number; everyMs?: number },
): Promise<Arrival> {
  const endMs = clock.monotonicMs() + timeoutMs;
  for (;;) {
    const view = await watcher.look();
    const { rows } = view;
    if (rows.every(({ state }) => state === "reporting")) return { view };
    // An ended agent will not send: waiting longer would change nothing.
    const hasEnded = rows.some(({ state }) => state === "ended");
    if (hasEnded || clock.monotonicMs() >= endMs) {
      const seconds = Math.round(view.elapsedMs / 1_000);
      return { view, failure: notArrived(view, fleet.agents, seconds) };
    }
    await clock.sleep(everyMs);
  }
}

/** Says what is missing for which server, and what its agent said last. */
function notArrived(
  { rows, storeProblem }: View,
  agents: readonly FleetAgent[],
  seconds: number,
): DemoError {
  const troubled = rows.filter(({ state }) => state !== "reporting");
  const reasons = troubled.map(({ server, state, problem, missing }) =>
    `${serverKey(server)}: ${problem}${
      missing.length > 0 && state !== "arriving"
        ? `; missing: ${listed(missing)}`
        : ""
    }`
  );
  const logs = agents
    .filter(({ server }) => troubled.some((row) => row.server === server))
    .slice(0, LOGS_SHOWN)
    .flatMap(({ server, child }) => [
      `last lines of ${serverKey(server)}'s agent:`,
      ...lastTexts(child.lines).map((line) => `  ${line}`),
    ]);
  const what = `Cannot see every server: ${
    reportingLine(rows)
  } after ${seconds} s`;
  const details = [...reasons, ...storeProblem ? [storeProblem] : [], ...logs];
  return new DemoError(
    [what, ...details].join("\n  "),
    "Read the agent's lines above; a busy machine may need fewer --servers",
  );
}

function lastTexts(lines: readonly { readonly text: string }[]): string[] {
  const texts = lines.slice(-AGENT_LOG_LINES).map(({ text }) => text);
  return texts.length > 0 ? texts : ["(it said nothing)"];
}

/** Rejects when `promise` takes longer; its result is then ignored. */
async function inTime<T>(promise: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    const message = `no answer in ${timeoutMs / 1_000} s`;
    timer = setTimeout(() => reject(new Error(message)), timeoutMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
