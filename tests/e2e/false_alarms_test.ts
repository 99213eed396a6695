/**
 * An ordinary week through every rule that there is: nobody is called. One
 * server that is really down is the one alert.
 */
import {
  startVictoriaMetrics,
  type VictoriaMetrics,
} from "../../deploy/parts/victoria_metrics.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { replayRules } from "../support/fleet/replay.ts";
import {
  brokenServer,
  CUT,
  historyLines,
  MAINTENANCE,
  sampleLines,
  WEEK_END_MS,
  WEEK_START_MS,
  weekServers,
} from "../support/fleet/week.ts";
import { part } from "../support/parts.ts";
import { ROOT } from "../support/process.ts";

const vm = await part("victoria-metrics");
const vmalert = await part("vmalert");
const ignore = !vm.available || !vmalert.available;

const WEEK = { startMs: WEEK_START_MS, endMs: WEEK_END_MS };
const RULES = `${ROOT}/deploy/vmalert/rules`;
/** Recording of presence, availability and its sums: what late data change. */
const LATE = /^(30|40|50)-/;

/** As mspctl writes it. */
const MAINTENANCE_RULES = `groups:
  - name: msp-maintenance
    interval: 30s
    rules:
      - record: msp:maintenance:customer
        expr: (time() >= ${MAINTENANCE.fromMs / 1000} < ${
  MAINTENANCE.toMs / 1000
}) * 0 + 1
        labels: { customer_id: kt }
`;

/** Every file there is, in order; looked at once a minute, to keep it light. */
function ruleFiles(): { name: string; text: string }[] {
  return Array.from(Deno.readDirSync(RULES), ({ name }) => name).sort()
    .map((name) => ({
      name,
      text: Deno.readTextFileSync(`${RULES}/${name}`)
        .replace(/interval: (5|15|30)s$/gm, "interval: 1m"),
    }));
}

async function importLines(
  store: VictoriaMetrics,
  lines: readonly string[],
): Promise<void> {
  const response = await fetch(`${store.url}/api/v1/import`, {
    method: "POST",
    body: lines.join("\n"),
  });
  await response.body?.cancel();
  assert(response.ok, `import: ${response.status}`);
}

/** What fired and was not silenced: alert, customer, server. */
async function fired(store: VictoriaMetrics): Promise<string[]> {
  // Maintenance silences, as it does in Alertmanager.
  const answer = await store.queryRange(
    `count by (alertname, customer_id, server_name) (
  last_over_time(ALERTS{alertstate="firing",alertname!~"Watchdog|MaintenanceActive"}[1m])
  unless on (customer_id) (msp:maintenance:customer == 1)
)`,
    { ...WEEK, stepMs: 60_000 },
  );
  return answer.map(({ labels }) =>
    [labels["alertname"], labels["customer_id"], labels["server_name"]]
      .filter((label) => label !== undefined).join(" ")
  ).sort();
}

Deno.test({
  name:
    "false alarms: an ordinary week has none, and a server that fails has one",
  ignore,
  async fn() {
    await using store = await startVictoriaMetrics({ part: vm.get() });
    const servers = [...weekServers(), brokenServer()];
    const isCut = (customer: string | undefined) => customer === "beta";
    for (const server of servers) {
      const cut = isCut(server.labels["customer_id"])
        ? [[CUT.fromMs, CUT.toMs] as const]
        : [];
      await importLines(store, [
        ...historyLines(server),
        ...sampleLines(server, undefined, cut),
      ]);
    }
    await store.flush();
    const files = ruleFiles();
    const isAlerts = ({ name }: { name: string }) => name.includes("alerts");
    const recording = files.filter((file) => !isAlerts(file));
    const replay = (texts: readonly string[]) =>
      replayRules(vmalert.get(), store, texts, WEEK);
    await replay([MAINTENANCE_RULES, ...recording.map(({ text }) => text)]);

    // The line is back, and so are the samples; the night has come.
    for (const server of servers) {
      if (!isCut(server.labels["customer_id"])) continue;
      await importLines(store, sampleLines(server, CUT));
    }
    await store.flush();
    await replay(
      files.filter(({ name }) => LATE.test(name)).map(({ text }) => text),
    );
    await replay(files.filter(isAlerts).map(({ text }) => text));

    assertEquals(await fired(store), ["ServerDown beta broken-01"]);
    const scores = await store.queryInstant(
      'count({__name__=~"msp:.+:zscore"})',
      { timeMs: WEEK_END_MS },
    );
    assertEquals(scores[0]?.value, 5 * servers.length, "scores are there");
  },
});
