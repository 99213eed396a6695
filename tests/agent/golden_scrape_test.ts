/**
 * The whole scrape of each captured machine, in both profiles, as text.
 *
 * `UPDATE_GOLDEN=1 deno test -A tests/agent/golden_scrape_test.ts` rewrites the
 * files in tests/golden/; their diff is reviewed like code.
 */
import { profileOptions } from "../../agent/collectors/options.ts";
import { AGENT_COLLECTORS } from "../../agent/config_collectors.ts";
import { HostFiles } from "../../agent/host/files.ts";
import { systemTextFiles } from "../../agent/host/text_files.ts";
import type { FileSystemStats, StatFs } from "../../agent/host/statfs.ts";
import { createCollectors } from "../../agent/registry.ts";
import { Scraper } from "../../agent/scrape.ts";
import { renderExposition } from "../../shared/exposition.ts";
import { Family } from "../../shared/metrics.ts";
import { assertEquals } from "../support/assert.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { createRecordingLog } from "../support/recording_log.ts";

const FIXTURES = new URL("../fixtures/", import.meta.url).pathname;
const GOLDEN = new URL("../golden/", import.meta.url).pathname;
const MACHINES = ["vm-4.18", "vm-6.1", "metal-5.15"];

/** Series whose value no fixture decides, and why. */
const VOLATILE = [
  // How long this machine took for the scrape.
  /^node_scrape_collector_duration_seconds\{/,
];

/** Collectors that need more than files: a system bus, a mount that answers. */
const NOT_FROM_FILES = ["systemd"];

for (const machine of MACHINES) {
  for (const profile of ["fleet", "upstream"] as const) {
    Deno.test(`a scrape of ${machine} in profile ${profile} is exactly its golden file`, async () => {
      const text = await scrapeFixture(machine, profile);

      await assertGolden(`scrape_${machine}_${profile}.txt`, text);
    });
  }
}

async function scrapeFixture(
  machine: string,
  profile: "fleet" | "upstream",
): Promise<string> {
  const root = `${FIXTURES}${machine}`;
  const clock = new FakeClock();
  const { log } = createRecordingLog();
  // Optional collectors are on too: everything the fixture has is shown.
  const enabled = new Set<string>(
    AGENT_COLLECTORS.map((each) => each.name)
      .filter((name) => !NOT_FROM_FILES.includes(name)),
  );
  const files = {
    proc: new HostFiles(`${root}/proc`),
    sys: new HostFiles(`${root}/sys`),
    rootfs: new HostFiles(`${root}/rootfs`),
    udev: new HostFiles(`${root}/udev`),
  };
  const collectors = createCollectors(enabled, {
    ...files,
    statfs: await fixtureStatFs(root),
    textFiles: systemTextFiles,
    clock,
    log,
    options: profileOptions(profile),
    pageSizeBytes: 4096,
    machine: "x86_64",
  });
  const duplicates = new Family("duplicates", "counter", "").reading();
  const scraper = new Scraper({ collectors, clock, log, duplicates });
  const readings = await scraper.scrape();
  for (const each of Object.values(files)) each.close();
  assertEquals(duplicates.value, 0);
  return renderExposition(readings).split("\n")
    .filter((line) => !VOLATILE.some((pattern) => pattern.test(line)))
    .join("\n");
}

/** Answers from the fixture's statfs.json, by the path below its root. */
async function fixtureStatFs(root: string): Promise<StatFs> {
  const known: Record<string, FileSystemStats | { errno: string }> = JSON.parse(
    await Deno.readTextFile(`${root}/statfs.json`),
  );
  return (path) => {
    const mountPoint = path.slice(`${root}/rootfs`.length) || "/";
    const stats = known[mountPoint];
    if (stats === undefined) return { ok: false, errno: "ENOENT" };
    return "errno" in stats
      ? { ok: false, errno: stats.errno }
      : { ok: true, stats };
  };
}

async function assertGolden(name: string, actual: string): Promise<void> {
  const path = GOLDEN + name;
  if (Deno.env.get("UPDATE_GOLDEN") === "1") {
    await Deno.writeTextFile(path, actual);
    return;
  }
  assertEquals(actual, await Deno.readTextFile(path));
}
