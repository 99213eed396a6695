/** How much agents and relay grew. */
import type { Evidence, Row } from "../evidence.ts";
import { growth, type Memory } from "../program.ts";

const MIB = 1024 ** 2;
/**
 * Heaps breathe, and a backlog after an outage needs buffers; what leaks at
 * every scrape or request passes these within an hour.
 */
const MOST_BYTES = { relay: 80 * MIB, agent: 32 * MIB } as const;

/** A line for the relay, and one for the agent that grew most. */
export function checkMemory({ memory }: Evidence): Promise<Row[]> {
  const agents = [...memory].filter(([name]) => name !== "relay");
  const relay = [...memory].filter(([name]) => name === "relay");
  return Promise.resolve([
    ...relay.map(([name, one]) => row(name, one, MOST_BYTES.relay)),
    ...agents.sort(([, a], [, b]) => growth(b) - growth(a)).slice(0, 1)
      .map(([name, one]) =>
        row(`${name}, of ${agents.length} agents`, one, MOST_BYTES.agent)
      ),
  ]);
}

function row(name: string, memory: Memory, mostBytes: number): Row {
  const [before, after, most] = [
    memory.beforeBytes,
    memory.afterBytes,
    mostBytes,
  ].map((bytes) => Math.round(bytes / MIB));
  return {
    what: `growth of the memory of ${name}`,
    wanted: `at most ${most} MiB`,
    found: `${after! - before!} MiB (${before} to ${after})`,
    isRight: growth(memory) <= mostBytes,
  };
}
