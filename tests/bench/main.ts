/** `deno task bench [TOPIC…]`: our programs beside their peers, as ratios. */
import { benchAgent } from "./agent.ts";
import type { BenchArgs } from "./args.ts";
import { benchCentral } from "./central_size.ts";
import { benchRelay } from "./relay.ts";
import { benchSenders } from "./senders.ts";

/** What can be measured, in the order of a full run. */
const TOPICS: Readonly<Record<string, (args: BenchArgs) => Promise<string>>> = {
  agent: benchAgent,
  relay: benchRelay,
  senders: benchSenders,
  central: benchCentral,
};

const USAGE = `Usage: deno task bench [TOPIC…] [--seconds=N]

Topics: ${Object.keys(TOPICS).join(", ")} (all of them when none is named)
--seconds=N   length of each measured part, 60 to 3600 (default 120)
`;

async function main(args: readonly string[]): Promise<number> {
  const seconds = Number(
    args.find((arg) => arg.startsWith("--seconds="))?.slice(10) ?? "120",
  );
  const names = args.filter((arg) => !arg.startsWith("--seconds="));
  const unknown = names.find((name) => !Object.hasOwn(TOPICS, name));
  if (unknown !== undefined || !(seconds >= 60 && seconds <= 3600)) {
    write(Deno.stderr, `error: cannot measure "${args.join(" ")}"\n${USAGE}`);
    return 2;
  }
  for (const name of names.length > 0 ? names : Object.keys(TOPICS)) {
    write(Deno.stdout, await TOPICS[name]!({ seconds }));
  }
  return 0;
}

function write(stream: { writeSync(bytes: Uint8Array): number }, text: string) {
  stream.writeSync(new TextEncoder().encode(text));
}

if (import.meta.main) Deno.exit(await main(Deno.args));
