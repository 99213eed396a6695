/** Faults at every single call that reaches the disk. */
import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
} from "../../support/assert.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { FakeDisk, seededRandom } from "../../support/fake_disk.ts";
import type { Spool } from "../../../shared/spool/spool.ts";
import {
  SpoolFullError,
  StorageUnavailableError,
} from "../../../shared/spool/spool_errors.ts";
import {
  append,
  appendAll,
  drain,
  idOf,
  openSpool,
  range,
  sorted,
} from "./harness.ts";

/** What a run was promised and what it has done with it. */
interface Ledger {
  readonly acknowledged: Set<number>;
  readonly delivered: Set<number>;
}

/**
 * A life of a spool: it opens what an earlier run left, and appends alone and
 * in groups, delivers, releases, sets aside, seals, removes, and closes. Only
 * the spool's own errors may come out of it.
 */
async function live(disk: FakeDisk, ledger: Ledger): Promise<void> {
  const clock = new FakeClock();
  const options = { liveBytes: 600, segmentMs: 30_000 };
  let spool: Spool;
  try {
    spool = await openSpool({ disk, clock, options, seed: 7 });
  } catch (error) {
    // A folder that cannot even be made or listed.
    assert(error instanceof StorageUnavailableError, String(error));
    return;
  }
  await addAll(spool, range(0, 4), { clock, ledger });
  await deliverSome(spool, "live", ledger);
  await addAll(spool, range(4, 12), { clock, ledger });
  await deliverSome(spool, "backfill", ledger);
  await clock.advance(31_000);
  await spool.maintain();
  await addAll(spool, range(12, 20), { clock, ledger });
  await deliverSome(spool, "backfill", ledger);
  await clock.advance(61_000);
  await spool.maintain();
  await addAll(spool, range(20, 24), { clock, ledger });
  await spool.close();
}

async function addAll(
  spool: Spool,
  ids: readonly number[],
  { clock, ledger }: { clock: FakeClock; ledger: Ledger },
): Promise<void> {
  const [first = 0, ...others] = ids;
  for (const group of [[first], others]) {
    await Promise.all(group.map(async (id) => {
      try {
        await append(spool, id, { clock });
        ledger.acknowledged.add(id);
      } catch (error) {
        const isOurs = error instanceof StorageUnavailableError ||
          error instanceof SpoolFullError;
        assert(isOurs, `append rejects with ${error}`);
      }
    }));
    await clock.advance(1_000);
  }
}

async function deliverSome(
  spool: Spool,
  lane: "live" | "backfill",
  { delivered }: Ledger,
): Promise<void> {
  const frames = await spool.take(lane, { maxBytes: 400 });
  const ids = frames.map((frame) => idOf(frame.body));
  assert(!ids.some(Number.isNaN));
  spool.release(frames.slice(-1));
  for (const id of ids.slice(0, -1)) delivered.add(id);
  spool.delivered(frames.slice(0, -1));
}

async function assertNothingLost(disk: FakeDisk, ledger: Ledger, what: string) {
  const ids = await drain(await openSpool({ disk }));
  assert(!ids.some(Number.isNaN), `${what}: torn frame`);
  const found = new Set([...ids, ...ledger.delivered]);
  const missing = [...ledger.acknowledged].filter((id) => !found.has(id));
  assertEquals(missing, [], what);
}

function newLedger(before?: Ledger): Ledger {
  return {
    acknowledged: new Set(before?.acknowledged),
    delivered: new Set(before?.delivered),
  };
}

async function countCalls(disk: FakeDisk): Promise<number> {
  const ledger = newLedger();
  await live(disk, ledger);
  assertEquals(sorted([...ledger.acknowledged]), range(0, 24));
  return disk.calls.length;
}

/** A disk that a former run left in the middle, so that there is a backlog. */
async function usedDisk(): Promise<{ disk: FakeDisk; ledger: Ledger }> {
  const disk = new FakeDisk();
  const ledger = newLedger();
  const spool = await openSpool({ disk, seed: 3 });
  await appendAll(spool, range(100, 115));
  for (const id of range(100, 115)) ledger.acknowledged.add(id);
  return { disk: disk.restart("synced"), ledger };
}

for (const [survivors, half] of [["synced", false], ["mixed", true]] as const) {
  Deno.test(`I-2 a power cut at any call loses nothing acknowledged (${survivors} data survive)`, async () => {
    const used = await usedDisk();
    const calls = await countCalls(used.disk.restart("synced"));

    for (let at = 0; at <= calls; at++) {
      const disk = used.disk.restart("synced");
      const ledger = newLedger(used.ledger);
      disk.crashAt(at, { half });
      await live(disk, ledger);

      const after = disk.restart(survivors, seededRandom(at));

      await assertNothingLost(after, ledger, `call ${at} of ${calls}`);
    }
  });
}

const ERRNOS = ["ENOSPC", "EDQUOT", "EIO", "EROFS"] as const;

for (const lasting of [1, 3, 30]) {
  Deno.test(`I-8 ${lasting} refused calls from any call on: nothing acknowledged is lost, service resumes`, async () => {
    const used = await usedDisk();
    const calls = await countCalls(used.disk.restart("synced"));

    for (let at = 0; at <= calls; at++) {
      const errno = ERRNOS[(at + lasting) % ERRNOS.length]!;
      const disk = used.disk.restart("synced");
      const ledger = newLedger(used.ledger);
      disk.fault = (_, i) =>
        i >= at && i < at + lasting ? { errno, half: i % 2 === 0 } : undefined;
      await live(disk, ledger);

      const what = `${errno} from call ${at}`;
      await assertNothingLost(disk.restart("written"), ledger, what);
    }
  });
}

Deno.test("I-8 a half-written frame is rolled back and the next one follows the last good", async () => {
  const disk = new FakeDisk();
  const clock = new FakeClock();
  const spool = await openSpool({
    disk,
    clock,
    options: { segmentBytes: 9e4 },
  });
  await append(spool, 0, { clock });
  const sizeBefore = disk.files().get("/spool/0000000000000000.seg")!.length;
  disk.fault = ({ name }) =>
    name === "write" ? { errno: "ENOSPC", half: true } : undefined;

  await assertRejects(
    () => append(spool, 1, { clock }),
    StorageUnavailableError,
    "ENOSPC",
  );
  const sizeAfter = disk.files().get("/spool/0000000000000000.seg")!.length;
  disk.fault = () => undefined;
  await clock.advance(1_000);
  await append(spool, 2, { clock });

  assertEquals(sizeAfter, sizeBefore);
  assertEquals(await drain(spool), [0, 2]);
});

Deno.test("I-8 a disk that refused is asked again once a second, not at every append", async () => {
  const disk = new FakeDisk();
  const clock = new FakeClock();
  const spool = await openSpool({ disk, clock });
  disk.fault = () => ({ errno: "ENOSPC" });
  await assertRejects(() => append(spool, 0), StorageUnavailableError);
  const calls = disk.calls.length;

  for (const id of range(1, 100)) await append(spool, id).catch(() => {});

  assertEquals(disk.calls.length, calls);
  assertEquals(spool.stats().failedCommits, 1);
  disk.fault = () => undefined;
  await clock.advance(1_000);
  await append(spool, 100);
  assertEquals(spool.stats().failedCommits, 0);
});

Deno.test("I-9 a failed sync acknowledges nothing: its segment is left, a new one used", async () => {
  const disk = new FakeDisk();
  const spool = await openSpool({ disk, options: { segmentBytes: 9e4 } });
  await append(spool, 0);
  let failures = 0;
  disk.fault = ({ name }) =>
    name === "sync" && failures++ === 0 ? { errno: "EIO" } : undefined;

  await append(spool, 1);
  await append(spool, 2);

  const again = await openSpool({ disk: disk.restart("synced") });
  assertEquals(sorted(await drain(again)), [0, 1, 2]);
  const synced = disk.calls.filter((call) => call.name === "sync");
  const failed = synced.at(-3)!.path;
  assertEquals(synced.slice(-2).some(({ path }) => path === failed), false);
});

Deno.test("I-9 syncs that keep failing reject, and stats() says so", async () => {
  const disk = new FakeDisk();
  const clock = new FakeClock();
  const spool = await openSpool({ disk, clock });
  disk.fault = ({ name }) => name === "sync" ? { errno: "EIO" } : undefined;

  for (const round of [1, 2, 3]) {
    await assertRejects(() => append(spool, round), StorageUnavailableError);
    assertEquals(spool.stats().failedCommits, round);
    await clock.advance(1_000);
  }
  disk.fault = () => undefined;
  await append(spool, 4);

  assertEquals(await drain(spool), [4]);
});

Deno.test("I-10 a read-only disk at start: delivery goes on, append() is refused, then resumes", async () => {
  const { disk, ledger } = await usedDisk();
  const clock = new FakeClock();
  const writes = ["write", "truncate", "sync", "rename", "remove"];
  let isReadOnly = true;
  disk.fault = ({ name }) =>
    isReadOnly && writes.includes(name) ? { errno: "EROFS" } : undefined;
  const lock = disk.lock.bind(disk);
  disk.lock = (path) =>
    isReadOnly
      ? Promise.reject(Object.assign(new Error("EROFS"), { code: "EROFS" }))
      : lock(path);
  const before = disk.files();

  const spool = await openSpool({ disk, clock });
  const delivered = await drain(spool);
  const refused = await assertRejects(
    () => append(spool, 1, { clock }),
    StorageUnavailableError,
  );
  assertEquals(disk.files(), before);
  isReadOnly = false;
  await clock.advance(1_000);
  await append(spool, 2, { clock });

  assertEquals(sorted(delivered), sorted([...ledger.acknowledged]));
  assertEquals(refused.errno, "EROFS");
  assertEquals(await drain(spool), [2]);
  await assertRejects(() => openSpool({ disk }), Error, "another process");
});

Deno.test("a segment that cannot be read does not stop the others", async () => {
  const disk = new FakeDisk();
  const before = await openSpool({ disk });
  await appendAll(before, range(0, 30));
  await before.close();
  const clock = new FakeClock();
  const spool = await openSpool({ disk, clock });
  const [bad] = [...disk.files().keys()].filter((path) =>
    path.endsWith(".seg")
  );
  disk.fault = ({ name, path }) =>
    name === "read" && path === bad ? { errno: "EIO" } : undefined;

  const others = await drain(spool);
  disk.fault = () => undefined;
  await clock.advance(61_000);
  const rest = await drain(spool);

  assert(others.length > 15 && rest.length > 0);
  assertEquals(sorted([...others, ...rest]), range(0, 30));
});

Deno.test("StorageUnavailableError tells a folder of somebody else from a sick disk", () => {
  const hintOf = (errno: string) =>
    new StorageUnavailableError("open spool", errno).hint;
  assertMatch(hintOf("EACCES"), /user/);
  assertMatch(hintOf("EPERM"), /user/);
  assertMatch(hintOf("ENOSPC"), /free space/);
});
