/**
 * Backup, wipe, restore: every sample is back, by the script of the stack, from a
 * folder and from a bucket.
 */
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
import { s3Server, startS3 } from "../support/s3_server.ts";
import { WRITE_HEADERS } from "../support/relay.ts";

const vm = await part("victoria-metrics");
const vmbackup = await part("vmbackup");
const vmrestore = await part("vmrestore");
const s3 = await s3Server();
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

/** Where a backup goes, by the variables of the script. */
type Destination = Readonly<Record<string, string>>;

/** A store's folder, the script that backs it up, and a way to start it. */
function setUp(dir: string, destination: Destination) {
  const dataDir = `${dir}/store`;
  const storage = `${dataDir}/victoria-metrics-data`;
  Deno.writeTextFileSync(`${dir}/key`, KEY);
  Deno.mkdirSync(`${dir}/backup`);
  return {
    storage,
    start: () =>
      startVictoriaMetrics({
        part: vm.get(),
        dataDir,
        extraArgs: [`-snapshotAuthKey=file://${dir}/key`],
      }),
    script: (storeUrl: string, ...args: string[]) =>
      runCommand(["sh", `${ROOT}/deploy/backup/backup.sh`, ...args], {
        env: {
          BACKUP: `${dir}/backup`,
          STORAGE: storage,
          STORE_URL: storeUrl,
          SNAPSHOT_KEY_FILE: `${dir}/key`,
          VMBACKUP: programOf(vmbackup.get()),
          VMRESTORE: programOf(vmrestore.get()),
          ...destination,
        },
      }),
  };
}

/** Fills a store, backs it up, wipes it and restores both copies. */
async function backUpAndRestore(dir: string, destination: Destination) {
  const { storage, start, script } = setUp(dir, destination);
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
  const day = Deno.readTextFileSync(`${dir}/backup/.day`).trim();
  for (const name of ["latest", day]) {
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
  return await script("http://127.0.0.1:9", "restore", "20200101");
}

Deno.test({
  name: "backup.sh brings back all samples after the store was wiped",
  ignore,
  async fn() {
    using dir = makeTempDir();

    const unknown = await backUpAndRestore(dir.path, {});

    assertEquals(unknown.code, 1);
    assert(unknown.stderr.includes("there are: "), unknown.stderr);
  },
});

Deno.test({
  name: "backup.sh brings back all samples from a bucket",
  ignore: ignore || !s3.available,
  async fn() {
    using dir = makeTempDir();
    await using bucket = await startS3(`${dir.path}/s3`);
    Deno.writeTextFileSync(`${dir.path}/credentials`, bucket.credentials);

    const unknown = await backUpAndRestore(dir.path, {
      BACKUP_URL: `s3://${bucket.name}/central`,
      BACKUP_ENDPOINT: bucket.endpoint,
      S3_CREDENTIALS: `${dir.path}/credentials`,
      AWS_REGION: "us-east-1",
    });

    // The program's own words: the script cannot look into a bucket.
    assert(unknown.code !== 0);
    assert(unknown.stderr.includes("central/20200101/"), unknown.stderr);
    assertEquals(names(`${dir.path}/backup`), [".day"]);
    const wrong = setUp(`${dir.path}/s3`, {
      BACKUP_URL: `s3://${bucket.name}/central`,
      BACKUP_ENDPOINT: bucket.endpoint,
      AWS_REGION: "us-east-1",
      AWS_ACCESS_KEY_ID: "nobody",
      AWS_SECRET_ACCESS_KEY: "nothing",
    });
    const refused = await wrong.script("http://127.0.0.1:9", "restore");
    assert(refused.code !== 0);
    assert(refused.stderr.includes("InvalidAccessKeyId"), refused.stderr);
  },
});

Deno.test({
  name: "backup.sh every does not call done what has failed",
  async fn() {
    using dir = makeTempDir();
    Deno.writeTextFileSync(`${dir.path}/key`, KEY);

    const { stdout, stderr } = await runCommand(
      ["timeout", "2", "sh", `${ROOT}/deploy/backup/backup.sh`, "every"],
      {
        env: {
          BACKUP: dir.path,
          SNAPSHOT_KEY_FILE: `${dir.path}/key`,
          STORE_URL: "http://127.0.0.1:9",
          VMBACKUP: "false",
          BACKUP_EVERY_SECONDS: "1",
        },
      },
    );

    assertEquals(stdout, "");
    assert(stderr.startsWith("backup: failed; the next try is in 1 s"), stderr);
    assertEquals(names(dir.path), ["key"]);
  },
});

function names(dir: string): string[] {
  return Array.from(Deno.readDirSync(dir), ({ name }) => name);
}

function programOf({ launch }: ReturnType<typeof vmbackup.get>): string {
  if (launch.kind === "program") return launch.path;
  throw new Error("no program, but an image");
}
