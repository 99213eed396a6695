/**
 * The other half of the dashboards' promise: what they ask for is what real
 * agents and a real relay send, under these names and labels.
 */
import { type Fleet, startFleet } from "../../deploy/demo/fleet.ts";
import { planServers } from "../../deploy/demo/servers.ts";
import { silentProgress } from "../../deploy/parts/progress.ts";
import type { VictoriaMetrics } from "../../deploy/parts/victoria_metrics.ts";
import { waitUntil } from "../../deploy/parts/wait.ts";
import { generatedFiles } from "../../deploy/generated_files.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { askTarget } from "../support/grafana/ask.ts";
import { dataPanels } from "../support/grafana/dashboard.ts";
import { bun, part } from "../support/parts.ts";
import { dashboard, server, view } from "./dashboards/pages.ts";

const vm = await part("victoria-metrics");
const ignore = !vm.available || !bun().available;

/** Counters whose series begin with the first event. */
const AFTER_AN_EVENT = [
  "msp_send_failures_total",
  "msp_relay_rejected_requests_total",
];
/** What central tells of itself: deploy/backup/backup.sh and deploy/sla/replay.sh. */
const OF_CENTRAL = [
  "msp_backup_last_success_timestamp_seconds",
  "msp_backup_last_try_timestamp_seconds",
  "msp_sla_replay_last_success_timestamp_seconds",
  "msp_sla_replay_last_try_timestamp_seconds",
];
const IDENTITY = ["customer_id", "server_name", "csp", "region", "environment"];

/** Panels of a server that every Linux machine fills within seconds. */
const ALWAYS_FILLED = [
  "State",
  "Uptime",
  "CPU used",
  "Memory used",
  "System, kernel, agent",
  "CPU by mode",
  "By core",
  "Load average",
  "Memory over time",
  "Samples delivered",
  "Agent's spool",
];

Deno.test({
  name: "dashboards and rules read what real agents and relays send",
  ignore,
  async fn() {
    await using fleet = await startFleet({
      servers: planServers(3),
      part: vm.get(),
      progress: silentProgress,
    });
    await waitForMetrics(fleet.store, metricsRead());

    for (const name of metricsRead()) {
      await assertLabels(fleet.store, name);
    }
    await waitForPanels(fleet);
    const relays = await fleet.store.queryInstant(
      'count by (server_name) (node_uname_info{role="relay"})',
    );
    assertEquals(relays.map(({ labels }) => labels.server_name), ["gw-01"]);
  },
});

/** Names of series of agents and relays in all queries. */
function metricsRead(): string[] {
  const names = Array.from(generatedFiles().values()).flatMap((text) =>
    text.match(/\b(?:node|msp)_[a-z0-9A-Z_]+(?=[{[])/g) ?? []
  );
  return [...new Set(names)].sort()
    .filter((name) => ![...AFTER_AN_EVENT, ...OF_CENTRAL].includes(name));
}

async function waitForMetrics(
  store: VictoriaMetrics,
  names: readonly string[],
): Promise<void> {
  assert(names.length > 30, `only ${names.length} names were found`);
  let missing = names;
  await waitUntil(async () => {
    await store.flush();
    const sent = await store.queryInstant(
      'count by (__name__) ({__name__=~"(node|msp)_.+"})',
    );
    const present = sent.map(({ labels }) => labels.__name__);
    missing = names.filter((name) => !present.includes(name));
    return missing.length === 0;
  }, {
    what: () => `series named ${missing.join(", ")}`,
    timeoutMs: 60_000,
    everyMs: 500,
  });
}

async function assertLabels(
  store: VictoriaMetrics,
  name: string,
): Promise<void> {
  const needed = [...IDENTITY, ...name.startsWith("msp_") ? ["program"] : []];
  for (const { labels } of await store.queryInstant(name)) {
    const lacking = needed.filter((label) => !labels[label]);
    assertEquals(lacking, [], `${name} ${JSON.stringify(labels)}`);
  }
}

/** Waits until the page of each server shows something everywhere. */
async function waitForPanels(fleet: Fleet): Promise<void> {
  let empty: readonly string[] = [];
  await waitUntil(async () => {
    await fleet.store.flush();
    empty = await emptyTargets(fleet, Date.now());
    return empty.length === 0;
  }, {
    what: () => `numbers of ${empty.join("; ")}`,
    timeoutMs: 60_000,
    everyMs: 500,
  });
}

/** Queries of each server's page that have no number at this moment. */
async function emptyTargets(
  { store, agents }: Fleet,
  endMs: number,
): Promise<string[]> {
  const window = { startMs: endMs - 60_000, endMs };
  const panels = dataPanels(dashboard("msp-server-detail", "en"))
    .filter(({ title }) => ALWAYS_FILLED.includes(title));
  assertEquals(panels.length, ALWAYS_FILLED.length);
  const empty: string[] = [];
  for (const { server: one } of agents) {
    const at = view(server(one.customerId, one.serverName), window);
    for (const { title, targets = [] } of panels) {
      for (const target of targets) {
        const answer = Object.values(await askTarget(store, target, at));
        if (answer.some((value) => Number.isFinite(value))) continue;
        empty.push(`${one.serverName}, ${title} ${target.refId}`);
      }
    }
  }
  return empty;
}
