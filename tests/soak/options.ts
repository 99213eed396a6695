/** What `deno task soak` can be told. */
import { parseArgs } from "node:util";
import type { SoakOptions } from "./soak.ts";

/** Options, or what is wrong with the command line. */
export type ParsedOptions =
  | { readonly ok: true; readonly options: Omit<SoakOptions, "note"> }
  | { readonly ok: false; readonly text: string };

const USAGE =
  `Usage: deno task soak [--minutes=N] [--seed=S] [--agents=A] [--senders=M]

--minutes=N   how long faults go on, 1 to 10080 (default 10); one fault a
              minute, or one every 20 s when it is under 5
--seed=S      the same faults in the same order again (default a new one)
--agents=A    real agents, 2 to 200 (default 20)
--senders=M   simulated servers behind the relay, 1 to 10000 (default 2000)
`;

const LONG_MINUTES = 5;
const PERIOD_MS = { short: 20_000, long: 60_000 } as const;
const MAX_SEED = 2 ** 32 - 1;

/** Reads the command line. */
export function parseOptions(args: readonly string[]): ParsedOptions {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        minutes: { type: "string", default: "10" },
        seed: { type: "string", default: String(newSeed()) },
        agents: { type: "string", default: "20" },
        senders: { type: "string", default: "2000" },
      },
    });
    const minutes = wholeNumber("minutes", values.minutes, 1, 10_080);
    const isLong = minutes >= LONG_MINUTES;
    return {
      ok: true,
      options: {
        minutes,
        seed: wholeNumber("seed", values.seed, 0, MAX_SEED),
        // A direct one, and one behind the relay.
        agents: wholeNumber("agents", values.agents, 2, 200),
        senders: wholeNumber("senders", values.senders, 1, 10_000),
        periodMs: isLong ? PERIOD_MS.long : PERIOD_MS.short,
      },
    };
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    return { ok: false, text: `error: ${what}\n\n${USAGE}` };
  }
}

function newSeed(): number {
  return Math.floor(Math.random() * MAX_SEED);
}

function wholeNumber(
  name: string,
  text: string,
  least: number,
  most: number,
): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new RangeError(
    `--${name}=${text} is not a whole number from ${least} to ${most}`,
  );
}
