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

const DEFAULTS = {
  full: { seconds: 120, servers: 1_000 },
  quick: { seconds: 20, servers: 100 },
} as const;

const USAGE =
  `Usage: deno task bench [TOPIC…] [--seconds=N] [--servers=N] [--quick]

Topics: ${Object.keys(TOPICS).join(", ")} (all of them when none is named)
--seconds=N   length of each measured part, 60 to 3600 (default ${DEFAULTS.full.seconds})
--servers=N   servers behind the dashboards, 50 to 20000 (default ${DEFAULTS.full.servers})
--quick       a pass of some minutes to see that it works, not to be quoted
`;

async function main(args: readonly string[]): Promise<number> {
  const isQuick = args.includes("--quick");
  const defaults = DEFAULTS[isQuick ? "quick" : "full"];
  const seconds = numberOf(args, "--seconds=", defaults.seconds);
  const servers = numberOf(args, "--servers=", defaults.servers);
  const names = args.filter((arg) =>
    !/^--(seconds|servers)=/.test(arg) && arg !== "--quick"
  );
  const isKnown = names.every((name) => Object.hasOwn(TOPICS, name));
  const isInRange = seconds <= 3600 && servers >= 50 && servers <= 20_000 &&
    seconds >= (isQuick ? defaults.seconds : 60);
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
    const result = await TOPICS[name]!({ seconds, servers, isQuick });
    write(Deno.stdout, result.text);
    rows.push(...result.rows);
  }
  write(Deno.stdout, `\n${formatBenchRows(rows)}`);
  return 0;
}

function numberOf(args: readonly string[], flag: string, usual: number) {
  const given = args.find((arg) => arg.startsWith(flag));
  return given === undefined ? usual : Number(given.slice(flag.length));
}

function write(stream: { writeSync(bytes: Uint8Array): number }, text: string) {
  stream.writeSync(new TextEncoder().encode(text));
}

if (import.meta.main) Deno.exit(await main(Deno.args));
