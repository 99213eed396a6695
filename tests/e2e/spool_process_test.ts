/** Real processes, killed. `SPOOL_KILL_ROUNDS` sets how often. */
import { assert, assertEquals, assertMatch } from "../support/assert.ts";
import { bun } from "../support/parts.ts";
import { ROOT } from "../support/process.ts";
import { systemClock } from "../../shared/clock.ts";
import { nodeDisk } from "../../shared/spool/node_disk.ts";
import { Spool } from "../../shared/spool/spool.ts";
import { BIG, idOf, recordingLog } from "../shared/spool/harness.ts";

const SCRIPT = `${ROOT}/tests/shared/spool/spool_process.ts`;
const BUN = bun();
const ROUNDS = Number(Deno.env.get("SPOOL_KILL_ROUNDS") ?? 12);

type Runtime = "Deno" | "Bun";

for (const runtime of ["Deno", "Bun"] as const) {
  Deno.test({
    name: `I-1 kill -9 of a writer in ${runtime} loses nothing acknowledged`,
    ignore: runtime === "Bun" && !BUN.available,
    async fn() {
      const directory = Deno.makeTempDirSync({ prefix: "spool-kill-" });
      const waiting = new Set<number>();
      let acknowledged = 0;
      try {
        for (let round = 0; round < ROUNDS; round++) {
          const lines = await workAndKill(runtime, directory, round);
          for (const line of lines) {
            const [what, id] = [line[0], Number(line.slice(2))];
            if (what === "a") waiting.add(id);
          }
          acknowledged += lines.filter((line) => line[0] === "a").length;
          for (const line of lines) {
            if (line[0] === "d") waiting.delete(Number(line.slice(2)));
          }

          const found = await contentOf(directory);

          const missing = [...waiting].filter((id) => !found.has(id));
          assertEquals(missing, [], `round ${round}`);
        }
      } finally {
        Deno.removeSync(directory, { recursive: true });
      }
      assert(acknowledged > 100 * ROUNDS / 12, `only ${acknowledged} appends`);
    },
  });
}

for (const [first, second] of [["Deno", "Bun"], ["Bun", "Deno"]] as const) {
  Deno.test({
    name:
      `I-11 a folder that ${first} has open is refused to ${second}, until ${first} is killed`,
    ignore: !BUN.available,
    async fn() {
      const directory = Deno.makeTempDirSync({ prefix: "spool-lock-" });
      try {
        const holder = start(first, directory, 0, "hold");
        await holder.readUntil("ready");
        const before = namesAndSizes(directory);

        const refused = start(second, directory, 0, "hold");
        const { code } = await refused.child.status;
        const said = await refused.readToEnd();
        assertEquals(code, 75);
        assertMatch(
          said.join(),
          /Cannot lock spool .*another process holds it/,
        );
        assertEquals(namesAndSizes(directory), before);

        holder.child.kill("SIGKILL");
        await holder.child.status;
        await holder.readToEnd();
        const next = start(second, directory, 0, "hold");
        await next.readUntil("ready");
        next.child.kill("SIGKILL");
        await next.child.status;
        await next.readToEnd();
      } finally {
        Deno.removeSync(directory, { recursive: true });
      }
    },
  });
}

async function workAndKill(
  runtime: Runtime,
  directory: string,
  round: number,
): Promise<string[]> {
  // Small and big bodies in turn.
  const firstId = (round % 2 === 0 ? 0 : BIG) + round * 50_000;
  const process = start(runtime, directory, firstId, "work");
  const first = await process.readUntil("ready");
  const killed = systemClock.sleep(20 + Math.random() * 150).then(() =>
    process.child.kill("SIGKILL")
  );
  const rest = await process.readToEnd();
  await killed;
  await process.child.status;
  return [...first, ...rest];
}

function start(
  runtime: Runtime,
  directory: string,
  firstId: number,
  mode: "hold" | "work",
) {
  const [command, ...args] = runtime === "Bun"
    ? [BUN.get(), SCRIPT]
    : [Deno.execPath(), "run", "-A", "--no-check", SCRIPT];
  const child = new Deno.Command(command, {
    args: [...args, directory, String(firstId), mode],
    stdout: "piped",
  }).spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  const read = async (isEnough: () => boolean) => {
    while (!isEnough()) {
      const { value, done } = await reader.read();
      if (done) break;
      text += value;
    }
    // The last line may have been cut by the kill.
    const lines = text.split("\n");
    text = lines.pop() ?? "";
    return lines;
  };
  return {
    child,
    readUntil: (line: string) => read(() => text.includes(`${line}\n`)),
    readToEnd: () => read(() => false),
  };
}

async function contentOf(directory: string): Promise<Set<number>> {
  const spool = await Spool.open(
    directory,
    { maxBytes: 1024 ** 3, segmentBytes: 512 * 1024 },
    { disk: nodeDisk, clock: systemClock, log: recordingLog() },
  );
  const found = new Set<number>();
  const taken = [];
  for (;;) {
    const frames = await spool.take("backfill", { maxBytes: 1e6 });
    if (frames.length === 0) break;
    for (const frame of frames) found.add(idOf(frame.body));
    taken.push(...frames);
  }
  spool.release(taken);
  assertEquals(spool.stats().dropped.size, 0);
  await spool.close();
  assert(!found.has(NaN), "torn frame");
  return found;
}

function namesAndSizes(directory: string): string[] {
  return [...Deno.readDirSync(directory)].map(({ name }) => {
    const { size, mtime } = Deno.statSync(`${directory}/${name}`);
    return `${name} ${size} ${mtime?.getTime()}`;
  }).sort();
}
