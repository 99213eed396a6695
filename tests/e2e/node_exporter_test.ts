/**
 * Our scrape beside that of the real node_exporter on this machine: every
 * series it has, we have, with the same name, labels, type and value.
 */
import { startPart } from "../../deploy/parts/start.ts";
import { assert, assertEquals } from "../support/assert.ts";
import {
  type ExposedSeries,
  parseExposition,
} from "../support/exposition_parser.ts";
import { part } from "../support/parts.ts";
import { runAgent } from "../support/process.ts";
import { DIFFERENCES } from "./node_exporter_differences.ts";

const COLLECTORS = [
  "cpu",
  "stat",
  "meminfo",
  "loadavg",
  "time",
  "uname",
  "os",
  "filesystem",
  "netdev",
  "netclass",
  "diskstats",
  "vmstat",
  "netstat",
  "sockstat",
  "filefd",
  "conntrack",
  "pressure",
  "textfile",
  "processes",
  "softnet",
  "entropy",
];

/** Debian builds its own filters in; these are upstream's defaults. */
const UPSTREAM_FILTERS = [
  "--collector.netdev.device-exclude=",
  "--collector.filesystem.mount-points-exclude=" +
  "^/(dev|proc|run/credentials/.+|sys|var/lib/docker/.+|var/lib/containers/storage/.+)($|/)",
  "--collector.textfile.directory=",
];

/** Starting our program and other tests beside this one takes memory and disk. */
const HALF_GIB = 2 ** 29;
/** Gauges that programs move all the time: how far ours may be off. */
const RESTLESS: readonly (readonly [RegExp, number])[] = [
  [/^node_memory_(?!.*Total)/, HALF_GIB],
  [/^node_filesystem_(free|avail)_bytes/, HALF_GIB],
  [/^node_filesystem_files_free/, 100_000],
  [/^node_processes_(threads_)?state/, Infinity],
  [/^node_sockstat_|^node_filefd_allocated|^node_processes_/, 1_000],
  [/^node_procs_(running|blocked)|^node_netstat_Tcp_CurrEstab/, Infinity],
  [/^node_load/, 1],
  [/^node_disk_io_now|^node_softnet_backlog_len/, Infinity],
  [/^node_nf_conntrack_entries\{/, Infinity],
];

/** States in which there often is no process at all. */
const FLEETING_STATE = /^node_processes_(threads_)?state\{.*"[DRTZ]"/;

const nodeExporter = await part("node-exporter");

Deno.test({
  name:
    "print --profile=upstream has every series of node_exporter, with its value",
  ignore: !nodeExporter.available,
  async fn() {
    await using exporter = await startPart({ part: nodeExporter.get() }, {
      readyPath: "/",
      args: ({ port }) => [
        `--web.listen-address=127.0.0.1:${port}`,
        "--web.disable-exporter-metrics",
        "--collector.disable-defaults",
        ...COLLECTORS.map((name) => `--collector.${name}`),
        ...UPSTREAM_FILTERS,
      ],
    });
    // Ours is read between two of theirs: counters must lie between them.
    const before = parseExposition(await exporter.getText("/metrics"));
    const ours = parseExposition(await printOurs());
    const after = parseExposition(await exporter.getText("/metrics"));

    const wrong: string[] = [];
    for (const [id, theirs] of before) {
      const last = after.get(id);
      // A mount or process state that came or went meanwhile proves nothing.
      if (last === undefined) continue;
      const listed = DIFFERENCES.find(({ series }) => series.test(id));
      if (listed !== undefined && listed.addedLabel === undefined) continue;
      const our = find(ours, id, listed?.addedLabel);
      // A zombie before and another one after, and none in between.
      if (our === undefined && FLEETING_STATE.test(id)) continue;
      const what = compare(theirs, our, last);
      if (what !== undefined) wrong.push(`${id}: ${what}`);
    }

    assert(before.size > 200, `only ${before.size} series to compare`);
    assertEquals(wrong, []);
  },
});

Deno.test({
  name:
    "every listed difference to node_exporter has a reason and a pattern of its own",
  fn() {
    assert(DIFFERENCES.every((each) => each.reason.length > 20));
    const patterns = DIFFERENCES.map((each) => each.series.source);
    assertEquals(new Set(patterns).size, patterns.length);
  },
});

async function printOurs(): Promise<string> {
  const result = await runAgent([
    "print",
    "--profile=upstream",
    "--collector.disable-defaults",
    ...COLLECTORS.map((name) => `--collector.${name}`),
  ]);
  assertEquals(result.code, 0, result.stderr);
  return result.stdout;
}

/** Ours under their labels, or with one label more. */
function find(
  ours: ReadonlyMap<string, ExposedSeries>,
  id: string,
  addedLabel: string | undefined,
): ExposedSeries | undefined {
  if (addedLabel === undefined) return ours.get(id);
  const added = new RegExp(`(?<=[{,])${addedLabel}="[^"]*",?`);
  return [...ours.values()].find(({ name, labels }) =>
    added.test(`{${labels}`) &&
    `${name}{${labels}}`.replace(added, "").replace(",}", "}") === id
  );
}

/** What is wrong with ours, or `undefined`. */
function compare(
  theirs: ExposedSeries,
  ours: ExposedSeries | undefined,
  theirsLater: ExposedSeries,
): string | undefined {
  if (ours === undefined) return `missing (theirs ${theirs.value})`;
  if (ours.type !== theirs.type) {
    return `${ours.type} instead of ${theirs.type}`;
  }
  const low = Math.min(theirs.value, theirsLater.value);
  const high = Math.max(theirs.value, theirsLater.value);
  const room = RESTLESS.find(([pattern]) => pattern.test(theirs.name))?.[1] ??
    0;
  if (ours.value >= low - room && ours.value <= high + room) return undefined;
  if (Number.isNaN(ours.value) && Number.isNaN(low)) return undefined;
  return `${ours.value} is not between ${low} and ${high}`;
}
