/** Faults that last until people are told of them. */
import type { SoakAgent } from "../agents.ts";
import type { Program } from "../program.ts";
import type { System } from "../system.ts";
import { type Fault, pick } from "./fault.ts";
import { killed, paused } from "./processes.ts";

/** A fault that is longer than a period. */
export interface LongFault extends Fault {
  readonly lengthMs: number;
  /** Nothing else may happen meanwhile: other faults would end it. */
  readonly isAlone?: true;
}

/** Long enough also when a group's news wait for two minutes. */
const AGENT_MS = 300_000;
const RELAY_MS = 180_000;

/** In this order, again and again. */
export const LONG_FAULTS: readonly LongFault[] = [
  onAgent("agent paused for long", "direct", paused),
  {
    ...killed("relay away", ({ relay }) => relay.program),
    lengthMs: RELAY_MS,
    isAlone: true,
  },
  onAgent("agent away", "relay-agent", killed),
];

/** On an agent that no other fault befalls meanwhile. */
function onAgent(
  name: string,
  mode: SoakAgent["mode"],
  make: (name: string, of: () => Program) => Fault,
): LongFault {
  const candidates = ({ freeAgents }: System) =>
    freeAgents.filter((agent) =>
      agent.mode === mode && agent.setClock === undefined
    );
  return {
    name,
    lengthMs: AGENT_MS,
    missing: (system) =>
      candidates(system).length > 0 ? undefined : `too few agents: ${mode}`,
    async begin(system, random) {
      const agent = pick(candidates(system), random);
      system.heldAgents.add(agent);
      const begun = await make(name, () => agent.program)
        .begin(system, random);
      return {
        ...begun,
        async end() {
          await begun.end();
          system.heldAgents.delete(agent);
        },
      };
    },
  };
}
