/** One soak: a system, a fault in each period, and the checks at the end. */
import { waitUntil } from "../../deploy/parts/wait.ts";
import { seededRandom } from "../support/fake_disk.ts";
import { waitUntilDrained } from "../support/load_senders.ts";
import { CHECKS } from "./checks/all.ts";
import type { PastFault, Row } from "./evidence.ts";
import { FAULTS } from "./faults/all.ts";
import { LONG_FAULTS } from "./faults/long.ts";
import type { BegunFault, Fault, FlippedRecord } from "./faults/fault.ts";
import type { Span } from "./history.ts";
import { RELAY_PUSH_MS } from "./relay.ts";
import {
  intervalFor,
  type Planned,
  schedule,
  scheduleLong,
} from "./schedule.ts";
import { type SoakParts, System } from "./system.ts";

/** How long, how much, and in which order. */
export interface SoakOptions {
  readonly seed: number;
  readonly minutes: number;
  readonly agents: number;
  readonly senders: number;
  /** One fault each. */
  readonly periodMs: number;
  /** Told what happens, a line at a time. */
  readonly note: (line: string) => void;
}

/** An agent's backlog begins up to 30 s after an outage, and then takes its time. */
const DRAIN_TIMEOUT_MS = 180_000;

/** Runs it; a row for each thing that was checked. */
export async function soak(
  parts: SoakParts,
  options: SoakOptions,
): Promise<Row[]> {
  const { note, periodMs, agents, senders } = options;
  const intervalMs = intervalFor(periodMs);
  await using system = await System.start(parts, {
    agents,
    senders,
    intervalMs,
  });
  const everything = `${agents} agents, ${senders} senders, a push every ${
    intervalMs / 1000
  } s`;
  note(`${everything}: seed ${options.seed}`);
  await sleep(periodMs);
  return await new Soak(system, options, intervalMs).run();
}

class Soak {
  readonly #system: System;
  readonly #options: SoakOptions;
  readonly #intervalMs: number;
  readonly #faults: PastFault[] = [];
  readonly #longFaults: PastFault[] = [];
  readonly #flipped: FlippedRecord[] = [];

  /** Those that go on. */
  readonly #long = new Map<
    Fault,
    { readonly begun: BegunFault; readonly beginMs: number }
  >();

  constructor(system: System, options: SoakOptions, intervalMs: number) {
    this.#system = system;
    this.#options = options;
    this.#intervalMs = intervalMs;
  }

  async run(): Promise<Row[]> {
    const { seed, minutes, periodMs } = this.#options;
    const periods = Math.max(1, Math.round(minutes * 60_000 / periodMs));
    const startMs = performance.now();
    const sizes = { seed, periods, periodMs };
    const long = scheduleLong(this.#possible(LONG_FAULTS), sizes);
    for (const planned of schedule(this.#possible(FAULTS), sizes)) {
      for (const program of this.#system.programs) program.settle();
      const period = Math.floor(planned.beginMs / periodMs);
      await sleep(startMs + period * periodMs - performance.now());
      const now = long.filter(({ from, to }) => period >= from && period <= to);
      for (const one of now) {
        if (one.to === period) await this.#endLong(one.fault);
      }
      for (const one of now) {
        if (one.from === period) await this.#beginLong(one.fault, one.seed);
      }
      if (now.some(({ fault, to }) => fault.isAlone && to > period)) continue;
      await sleep(startMs + planned.beginMs - performance.now());
      await this.#suffer(planned);
    }
    await sleep(startMs + periods * periodMs - performance.now());
    for (const { fault, to } of long) {
      if (to === periods) await this.#endLong(fault);
    }
    return await this.#judge();
  }

  async #beginLong(fault: Fault, seed: number): Promise<void> {
    const beginMs = Date.now();
    const begun = await fault.begin(this.#system, seededRandom(seed));
    this.#options.note(`${time(beginMs)} ${fault.name}: ${begun.target}`);
    this.#long.set(fault, { begun, beginMs });
  }

  async #endLong(fault: Fault): Promise<void> {
    const { begun, beginMs } = this.#long.get(fault)!;
    await begun.end();
    const endMs = Date.now();
    this.#options.note(`${time(endMs)} ${fault.name}: over`);
    this.#longFaults.push(pastFault(fault, begun, { beginMs, endMs }));
  }

  #possible<T extends Fault>(faults: readonly T[]): T[] {
    return faults.filter((fault) => {
      const missing = fault.missing?.(this.#system);
      if (missing === undefined) return true;
      this.#options.note(`left out: ${fault.name} (${missing})`);
      return false;
    });
  }

  async #suffer({ fault, lengthMs, seed }: Planned<Fault>): Promise<void> {
    const { note } = this.#options;
    const { name } = fault;
    const beginMs = Date.now();
    const begun = await fault.begin(this.#system, seededRandom(seed));
    note(`${time(beginMs)} ${name}: ${begun.target}`);
    if (begun.flipped !== undefined) this.#flipped.push(begun.flipped);
    await sleep(beginMs + lengthMs - Date.now());
    await begun.end();
    const endMs = Date.now();
    note(
      `${time(endMs)} over after ${((endMs - beginMs) / 1000).toFixed(1)} s`,
    );
    this.#faults.push(pastFault(fault, begun, { beginMs, endMs }));
    for (const program of this.#system.programs) {
      const ended = program.unexpectedEnd();
      if (ended !== undefined) throw new Error(ended);
    }
  }

  /** Lets everything arrive, and looks at what did. */
  async #judge(): Promise<Row[]> {
    const { senders, agents, relay, programs, central } = this.#system;
    this.#options.note(`${time(Date.now())} waiting until all has arrived`);
    const ledgers = await senders.stop();
    const watchedUntilMs = Date.now();
    await sleep(RELAY_PUSH_MS);
    await this.#waitForAgents();
    const memory = new Map(programs.flatMap((program) => {
      const one = program.memory();
      return one === undefined ? [] : [[program.name, one] as const];
    }));
    await Promise.all(agents.map(({ program }) => program.stop()));
    await waitUntilDrained(relay, { timeoutMs: DRAIN_TIMEOUT_MS });
    await relay.program.stop();
    await central.vm.flush();
    const evidence = {
      store: central.vm,
      intervalMs: this.#intervalMs,
      agents,
      relay: relay.program.history,
      ledgers,
      faults: this.#faults,
      longFaults: this.#longFaults,
      told: this.#system.messages.told(watchedUntilMs),
      watchedUntilMs,
      flipped: this.#flipped,
      memory,
    };
    const rows: Row[] = [];
    for (const check of CHECKS) rows.push(...await check(evidence));
    return rows;
  }

  /** By their own words, of a scrape or two ago. */
  async #waitForAgents(): Promise<void> {
    const { central, agents } = this.#system;
    const range = `${2 * this.#intervalMs}ms`;
    let done: string[] = [];
    await waitUntil(async () => {
      const waiting = await central.vm.queryInstant(
        `last_over_time(msp_spool_bytes{program="agent"}[${range}])`,
      );
      done = waiting.filter(({ value }) => value === 0)
        .map(({ labels }) => labels["server_name"] ?? "");
      return done.length === agents.length;
    }, {
      what: () => `all agents' spools empty, only those of ${done.sort()}`,
      timeoutMs: DRAIN_TIMEOUT_MS,
      everyMs: 1_000,
    });
  }
}

function pastFault(
  { name }: Fault,
  { target, silences }: BegunFault,
  span: Span,
): PastFault {
  return {
    name,
    target,
    ...silences === undefined ? {} : { silences },
    ...span,
  };
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));
}

/** `hh:mm:ss` in UTC. */
function time(atMs: number): string {
  return new Date(atMs).toISOString().slice(11, 19);
}
