/** What is known of each server, and what that means. */
import type { Answers, FactName, Facts } from "./queries.ts";
import { type DemoServer, INTERVAL_MS, serverKey } from "./servers.ts";

/** Kinds of data that make a server arrived, and what shows that one is there. */
const KINDS = {
  CPU: ["cpuPercent"],
  memory: ["memoryPercent"],
  // Containers may have no file system of their own, or see no disk.
  disk: ["diskUsedPercent", "diskIoPerSecond"],
  network: ["receivedBytesPerSecond"],
} as const satisfies Record<string, readonly FactName[]>;

/** One kind of data that a server must send. */
export type DataKind = keyof typeof KINDS;

/** A sample takes a second to be found; after this one was missed. */
const LATE_AFTER_SECONDS = 4 + INTERVAL_MS / 1_000;

/** `arriving` until all kinds of data are there; `ended` when its agent has. */
export type ServerState = "arriving" | "reporting" | "late" | "ended";

/** One line of the table. */
export interface ServerRow {
  readonly server: DemoServer;
  readonly state: ServerState;
  readonly facts: Facts;
  readonly missing: readonly DataKind[];
  /** CPU %, oldest first, `undefined` in gaps. */
  readonly cpuHistory: readonly (number | undefined)[];
  /** Why it does not report, for a person. */
  readonly problem?: string;
}

/** A server and how its agent ended, if it has. */
export interface AgentState {
  readonly server: DemoServer;
  /** For example `exit code 1`. */
  readonly ending?: string | undefined;
}

/** One row for each agent, in their order. */
export function buildRows(
  agents: readonly AgentState[],
  answers: Answers | undefined,
): ServerRow[] {
  return agents.map((agent) => {
    const key = serverKey(agent.server);
    const facts = answers?.facts.get(key) ?? {};
    const missing = missingKinds(facts);
    const state = stateOf(agent, facts, missing);
    const problem = problemOf(state, agent, { facts, missing });
    return {
      server: agent.server,
      state,
      facts,
      missing,
      cpuHistory: answers?.cpuHistories.get(key) ?? [],
      ...problem === undefined ? {} : { problem },
    };
  });
}

/** How many of the rows' servers report. */
export function countReporting(rows: readonly ServerRow[]): number {
  return rows.filter(({ state }) => state === "reporting").length;
}

/** The demo's result: the last line of `--once`. */
export function reportingLine(rows: readonly ServerRow[]): string {
  return `${countReporting(rows)}/${rows.length} servers reporting`;
}

/** `a, b and c`. */
export function listed(words: readonly string[]): string {
  const last = words.at(-1) ?? "";
  return words.length < 2
    ? last
    : `${words.slice(0, -1).join(", ")} and ${last}`;
}

function missingKinds(facts: Facts): DataKind[] {
  return (Object.keys(KINDS) as DataKind[]).filter((kind) =>
    KINDS[kind].every((name) => facts[name] === undefined)
  );
}

function stateOf(
  { ending }: AgentState,
  { sampleAgeSeconds }: Facts,
  missing: readonly DataKind[],
): ServerState {
  if (ending !== undefined) return "ended";
  if ((sampleAgeSeconds ?? 0) > LATE_AFTER_SECONDS) return "late";
  return missing.length > 0 ? "arriving" : "reporting";
}

function problemOf(
  state: ServerState,
  { ending }: AgentState,
  { facts, missing }: Pick<ServerRow, "facts" | "missing">,
): string | undefined {
  switch (state) {
    case "ended":
      return `its agent ended with ${ending}`;
    case "late":
      return `no sample for ${Math.round(facts.sampleAgeSeconds ?? 0)} s`;
    case "arriving":
      return `no ${listed(missing)} yet`;
    case "reporting":
      return undefined;
  }
}
