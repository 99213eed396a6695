/** Backup, wipe, restore: every sample is back, by the script of the stack. */
import { makeTempDir } from "../../deploy/parts/cleanup.ts";
import { runCommand } from "../../deploy/parts/command.ts";
import {
  startVictoriaMetrics,
  type VictoriaMetrics,
} from "../../deploy/parts/victoria_metrics.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { LoadSender } from "../support/load_senders.ts";
import { part } from "../support/parts.ts";
import { ROOT } from "../support/process.ts";
import { WRITE_HEADERS } from "../support/relay.ts";

const vm = await part("victoria-metrics");
const vmbackup = await part("vmbackup");
const vmrestore = await part("vmrestore");
const ignore = ![vm, vmbackup, vmrestore].every((one) => one.available);

const KEY = "a-key-of-the-snapshots";
const DAY_MS = 86_400_000;

async function fill(store: VictoriaMetrics): Promise<void> {
  for (const index of [1, 2, 3]) {
    const sender = new LoadSender(index, 50);
    for (let step = 0; step < 40; step++) {
      const answer = await fetch(store.writeUrl, {
        method: "POST",
        headers: WRITE_HEADERS,
        // Over a month, so that there are several partitions; the present minute
        // is not exported in full.
        body: sender.body(step, Date.now() - 60_000 - step * DAY_MS).slice(),
      });
      assertEquals(answer.status, 204);
    }
  }
  await store.flush();
}

/** All that the store holds, in a form that can be compared. */
async function contents(store: VictoriaMetrics): Promise<string[]> {
  const series = await store.exportSeries('{__name__=~"load_.+"}');
  return series.map((one) => JSON.stringify(one)).sort();
}

Deno.test({
  name: "backup.sh brings back all samples after the store was wiped",
  ignore,
  async fn() {
    using dir = makeTempDir();
    const dataDir = `${dir.path}/store`;
    const storage = `${dataDir}/victoria-metrics-data`;
    Deno.writeTextFileSync(`${dir.path}/key`, KEY);
    Deno.mkdirSync(`${dir.path}/backup`);
    const start = () =>
      startVictoriaMetrics({
        part: vm.get(),
        dataDir,
        extraArgs: [`-snapshotAuthKey=file://${dir.path}/key`],
      });
    const script = (storeUrl: string, ...args: string[]) =>
      runCommand(["sh", `${ROOT}/deploy/backup/backup.sh`, ...args], {
        env: {
          BACKUP: `${dir.path}/backup`,
          STORAGE: storage,
          STORE_URL: storeUrl,
          SNAPSHOT_KEY_FILE: `${dir.path}/key`,
          VMBACKUP: programOf(vmbackup.get()),
          VMRESTORE: programOf(vmrestore.get()),
        },
      });

    let before: string[];
    {
      await using store = await start();
      await fill(store);
      before = await contents(store);
      assertEquals(before.length, 150);
      const samples = JSON.parse(before[0] ?? "").values;
      assertEquals(samples.length, 40);
      const first = await script(store.url, "once");
      assertEquals(first.code, 0, first.stdout + first.stderr);
      // The second only adds what is new.
      const second = await script(store.url, "once");
      assertEquals(second.code, 0, second.stdout + second.stderr);
      assert(!(first.stdout + first.stderr).includes(KEY), first.stderr);
      const list = await store.getText(`/snapshot/list?authKey=${KEY}`);
      assertEquals(JSON.parse(list).snapshots, []);
    }
    await Deno.remove(storage, { recursive: true });
    const day = Array.from(Deno.readDirSync(`${dir.path}/backup`))
      .map(({ name }) => name).find((name) => name !== "latest");
    for (const name of ["latest", day ?? ""]) {
      const restored = await script("http://127.0.0.1:9", "restore", name);
      assertEquals(restored.code, 0, restored.stdout + restored.stderr);
      await using store = await start();
      const after = await contents(store);
      // Not the lists themselves: nobody wants to read the difference.
      assert(
        JSON.stringify(after) === JSON.stringify(before),
        `${name}: ${after.length} of ${before.length} series are as before`,
      );
    }

    const unknown = await script("http://127.0.0.1:9", "restore", "20200101");
    assertEquals(unknown.code, 1);
    assert(unknown.stderr.includes("there are: "), unknown.stderr);
  },
});

function programOf({ launch }: ReturnType<typeof vmbackup.get>): string {
  if (launch.kind === "program") return launch.path;
  throw new Error("no program, but an image");
}
