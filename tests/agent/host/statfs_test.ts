import {
  createStatFs,
  type FileSystemStats,
  MOUNT_TIMEOUT,
  type StatFsCalls,
  type StatFsResult,
  TOO_MANY_HUNG,
} from "../../../agent/host/statfs.ts";
import { assertEquals } from "../../support/assert.ts";
import { FakeClock } from "../../support/fake_clock.ts";

const STATS: FileSystemStats = {
  sizeBytes: 4,
  freeBytes: 3,
  availBytes: 2,
  files: 1,
  filesFree: 0,
};
const LATER = { timeoutMs: 5_000, answersFromMemory: false };
const TIMED_OUT: StatFsResult = { ok: false, errno: MOUNT_TIMEOUT };

/** Mounts that answer when the test says so. */
class Mounts implements StatFsCalls {
  readonly asked: string[] = [];
  readonly #pending = new Map<string, PromiseWithResolvers<FileSystemStats>>();

  now(): FileSystemStats {
    return STATS;
  }

  later(path: string): Promise<FileSystemStats> {
    this.asked.push(path);
    const pending = Promise.withResolvers<FileSystemStats>();
    this.#pending.set(path, pending);
    return pending.promise;
  }

  answer(path: string): void {
    this.#pending.get(path)?.resolve(STATS);
  }
}

function setUp() {
  const clock = new FakeClock();
  const mounts = new Mounts();
  return { clock, mounts, statfs: createStatFs({ clock, calls: mounts }) };
}

Deno.test("createStatFs() gives the sizes and leaves no timer", async () => {
  const { clock, mounts, statfs } = setUp();

  const result = statfs("/a", LATER);
  mounts.answer("/a");

  assertEquals(await result, { ok: true, stats: STATS });
  assertEquals(clock.sleeping, 0);
});

Deno.test("createStatFs() answers at the limit, and at once from then on", async () => {
  const { clock, mounts, statfs } = setUp();

  const first = statfs("/a", LATER);
  await clock.advance(5_000);
  const second = statfs("/a", LATER);

  assertEquals(await first, TIMED_OUT);
  assertEquals(second, TIMED_OUT);
  assertEquals(mounts.asked, ["/a"]);
});

Deno.test("createStatFs() asks again once the old call has returned", async () => {
  const { clock, mounts, statfs } = setUp();
  const first = statfs("/a", LATER);
  await clock.advance(5_000);
  await first;

  mounts.answer("/a");
  await clock.advance(0);
  const second = statfs("/a", LATER);
  mounts.answer("/a");

  assertEquals(await second, { ok: true, stats: STATS });
  assertEquals(mounts.asked, ["/a", "/a"]);
});

Deno.test("createStatFs() never has more than sixteen calls under way", async () => {
  const { clock, mounts, statfs } = setUp();
  const paths = Array.from({ length: 20 }, (_, i) => `/${i}`);

  const results = paths.map((path) => statfs(path, LATER));
  await clock.advance(5_000);

  assertEquals(mounts.asked, paths.slice(0, 16));
  assertEquals(
    (await Promise.all(results)).map((each) => each.ok ? "" : each.errno),
    [...Array(16).fill(MOUNT_TIMEOUT), ...Array(4).fill(TOO_MANY_HUNG)],
  );
  assertEquals(statfs("/16", LATER), { ok: false, errno: TOO_MANY_HUNG });
});

Deno.test("createStatFs() asks those that wait as soon as others answer", async () => {
  const { clock, mounts, statfs } = setUp();
  const paths = Array.from({ length: 17 }, (_, i) => `/${i}`);
  const results = paths.map((path) => statfs(path, LATER));

  mounts.answer("/3");
  await clock.advance(0);
  mounts.answer("/16");

  assertEquals(await results[16], { ok: true, stats: STATS });
});

Deno.test("createStatFs() uses a place that a hung mount gives back", async () => {
  const { clock, mounts, statfs } = setUp();
  const paths = Array.from({ length: 16 }, (_, i) => `/${i}`);
  for (const path of paths) statfs(path, LATER);
  await clock.advance(5_000);

  mounts.answer("/7");
  await clock.advance(0);
  const result = statfs("/other", LATER);
  mounts.answer("/other");

  assertEquals(await result, { ok: true, stats: STATS });
});

Deno.test("createStatFs() asks without a promise what answers from memory", () => {
  const { mounts, statfs } = setUp();

  const result = statfs("/a", { timeoutMs: 1, answersFromMemory: true });

  assertEquals(result, { ok: true, stats: STATS });
  assertEquals(mounts.asked, []);
});

Deno.test("createStatFs() learns later why a mount in memory does not answer", async () => {
  const error = Object.assign(new Error("statfs"), { code: "EACCES" });
  const statfs = createStatFs({
    clock: new FakeClock(),
    calls: { now: () => undefined, later: () => Promise.reject(error) },
  });

  const result = statfs("/a", { timeoutMs: 1, answersFromMemory: true });

  assertEquals(await result, { ok: false, errno: "EACCES" });
});

const UNNAMED = {
  "a stale handle by its number": [{ errno: -116, code: "UNKNOWN" }, "ESTALE"],
  "an error without a name as EIO": [{ errno: -999 }, "EIO"],
} as const;

for (const [what, [fields, errno]] of Object.entries(UNNAMED)) {
  Deno.test(`createStatFs() knows ${what}`, async () => {
    const error = Object.assign(new Error("statfs"), fields);
    const statfs = createStatFs({
      clock: new FakeClock(),
      calls: { now: () => STATS, later: () => Promise.reject(error) },
    });

    assertEquals(await statfs("/a", LATER), { ok: false, errno });
  });
}
