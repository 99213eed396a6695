/** `deno task bench [TOPIC…]`: our programs beside their peers, as ratios. */
import { ensureSystemPackages } from "../../deploy/parts/debian.ts";
import { stderrProgress } from "../../deploy/parts/progress.ts";
import { benchAgent } from "./agent.ts";
import type { BenchArgs } from "./args.ts";
import { benchCentral } from "./central_size.ts";
import { benchDashboards } from "./dashboards.ts";
import { benchDelay } from "./delay.ts";
import { benchDrain } from "./drain.ts";
import { benchRelay } from "./relay.ts";
import { type BenchResult, type BenchRow, formatBenchRows } from "./result.ts";
import { benchSenders } from "./senders.ts";

/** Topics for which wrk makes the load. */
const NEEDS_WRK = ["relay"];

type Bench = (args: BenchArgs) => Promise<BenchResult>;

/** What can be measured, in the order of a full run. */
const TOPICS: Readonly<Record<string, Bench>> = {
  agent: benchAgent,
  relay: benchRelay,
  delay: benchDelay,
  drain: benchDrain,
  senders: benchSenders,
  dashboards: benchDashboards,
  central: benchCentral,
};

const SECONDS = { full: 120, quick: 20 } as const;

const USAGE = `Usage: deno task bench [TOPIC…] [--seconds=N] [--quick]

Topics: ${Object.keys(TOPICS).join(", ")} (all of them when none is named)
--seconds=N   length of each measured part, 60 to 3600 (default ${SECONDS.full})
--quick       a pass of some minutes to see that it works, not to be quoted
`;

async function main(args: readonly string[]): Promise<number> {
  const isQuick = args.includes("--quick");
  const given = args.find((arg) => arg.startsWith("--seconds="))?.slice(10);
  const seconds = Number(given ?? SECONDS[isQuick ? "quick" : "full"]);
  const names = args.filter((arg) =>
    !arg.startsWith("--seconds=") && arg !== "--quick"
  );
  const isInRange = given === undefined || (seconds >= 60 && seconds <= 3600);
  const isKnown = names.every((name) => Object.hasOwn(TOPICS, name));
  if (!isKnown || !isInRange) {
    write(Deno.stderr, `error: cannot measure "${args.join(" ")}"\n${USAGE}`);
    return 2;
  }
  const topics = names.length > 0 ? names : Object.keys(TOPICS);
  if (topics.some((name) => NEEDS_WRK.includes(name))) {
    await ensureSystemPackages(["wrk"], { progress: stderrProgress() });
  }
  const rows: BenchRow[] = [];
  for (const name of topics) {
    const result = await TOPICS[name]!({ seconds, isQuick });
    write(Deno.stdout, result.text);
    rows.push(...result.rows);
  }
  write(Deno.stdout, `\n${formatBenchRows(rows)}`);
  return 0;
}

function write(stream: { writeSync(bytes: Uint8Array): number }, text: string) {
  stream.writeSync(new TextEncoder().encode(text));
}

if (import.meta.main) Deno.exit(await main(Deno.args));
