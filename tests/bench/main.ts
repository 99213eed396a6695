/** `deno task bench [TOPIC…]`: our programs beside their peers, as ratios. */
import { ensureSystemPackages } from "../../deploy/parts/debian.ts";
import { stderrProgress } from "../../deploy/parts/progress.ts";
import { benchAgent } from "./agent.ts";
import { benchCentral } from "./central_size.ts";
import { benchDashboards } from "./dashboards.ts";
import type { BenchArgs } from "./args.ts";
import { benchRelay } from "./relay.ts";
import { benchSenders } from "./senders.ts";

/** Topics for which wrk makes the load. */
const NEEDS_WRK = ["relay", "senders"];

/** What can be measured, in the order of a full run. */
const TOPICS: Readonly<Record<string, (args: BenchArgs) => Promise<string>>> = {
  agent: benchAgent,
  relay: benchRelay,
  senders: benchSenders,
  dashboards: benchDashboards,
  central: benchCentral,
};

const USAGE = `Usage: deno task bench [TOPIC…] [--seconds=N] [--servers=N]

Topics: ${Object.keys(TOPICS).join(", ")} (all of them when none is named)
--seconds=N   length of each measured part, 60 to 3600 (default 120)
--servers=N   servers behind the dashboards, 50 to 20000 (default 1000)
`;

async function main(args: readonly string[]): Promise<number> {
  const seconds = numberOf(args, "--seconds=", 120);
  const servers = numberOf(args, "--servers=", 1_000);
  const names = args.filter((arg) => !/^--(seconds|servers)=/.test(arg));
  const unknown = names.find((name) => !Object.hasOwn(TOPICS, name));
  if (
    unknown !== undefined || !(seconds >= 60 && seconds <= 3600) ||
    !(servers >= 50 && servers <= 20_000)
  ) {
    write(Deno.stderr, `error: cannot measure "${args.join(" ")}"\n${USAGE}`);
    return 2;
  }
  const topics = names.length > 0 ? names : Object.keys(TOPICS);
  if (topics.some((name) => NEEDS_WRK.includes(name))) {
    await ensureSystemPackages(["wrk"], { progress: stderrProgress() });
  }
  for (const name of topics) {
    write(Deno.stdout, await TOPICS[name]!({ seconds, servers }));
  }
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
