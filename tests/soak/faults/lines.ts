/** Lines that are cut, are down, lose packets or are slow. */
import type { Link } from "../link.ts";
import type { Line } from "../machine.ts";
import type { System } from "../system.ts";
import { type BegunFault, type Fault, pick } from "./fault.ts";

const LOSS = 0.05;
const DELAY_MS = 300;

function linksOf({ relay, freeAgents }: System): [string, Link][] {
  return [
    ["relay", relay.uplink],
    ["senders to relay", relay.door],
    ...freeAgents.map(({ name, link }): [string, Link] => [name, link]),
  ];
}

function linesOf({ relay, freeAgents }: System): [string, Line][] {
  const all = [
    ["relay", relay.machine] as const,
    ...freeAgents.map(({ name, machine }) => [name, machine] as const),
  ];
  return all.flatMap(([name, { line }]): [string, Line][] =>
    line === undefined ? [] : [[name, line]]
  );
}

/** Whether nothing at all passes while it lasts. */
interface Effect {
  readonly silences: boolean;
}

function onLink(
  name: string,
  { silences }: Effect,
  begin: (link: Link) => void,
  end: (link: Link) => void,
): Fault {
  return {
    name,
    begin(system, random) {
      const [target, link] = pick(linksOf(system), random);
      begin(link);
      return Promise.resolve({
        target,
        ...silences ? { silences: target } : {},
        end: () => Promise.resolve(end(link)),
      });
    },
  };
}

function onLine(
  name: string,
  { silences }: Effect,
  begin: (line: Line) => Promise<void>,
  end: (line: Line) => Promise<void>,
): Fault {
  return {
    name,
    missing: ({ network }) =>
      network === undefined ? "no network namespaces here" : undefined,
    async begin(system, random): Promise<BegunFault> {
      const [target, line] = pick(linesOf(system), random);
      await begin(line);
      return {
        target,
        ...silences ? { silences: target } : {},
        end: () => end(line),
      };
    },
  };
}

const loss = onLine(
  "5 % of packets lost",
  { silences: false },
  (line) => line.setLoss(LOSS),
  (line) => line.setLoss(0),
);

/** The relay's and the agents' lines. */
export const LINES: readonly Fault[] = [
  onLink(
    "line cut",
    { silences: true },
    (link) => link.cut(),
    (link) => link.mend(),
  ),
  onLink(
    "300 ms of delay",
    { silences: false },
    (link) => void (link.delayMs = DELAY_MS),
    (link) => void (link.delayMs = 0),
  ),
  onLine(
    "line down",
    { silences: true },
    (line) => line.setUp(false),
    (line) => line.setUp(true),
  ),
  {
    ...loss,
    missing: (system) =>
      loss.missing?.(system) ??
        (system.network?.canLose ? undefined : "no iptables here"),
  },
];
