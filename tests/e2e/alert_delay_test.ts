/**
 * From the last sample to the message, in real time: the generated rules on a
 * real VictoriaMetrics, vmalert and Alertmanager. Takes two minutes and hardly
 * any CPU.
 */
import { startPart } from "../../deploy/parts/start.ts";
import {
  startVictoriaMetrics,
  startVmalert,
} from "../../deploy/parts/victoria_metrics.ts";
import { waitUntil } from "../../deploy/parts/wait.ts";
import { RULE_FILES } from "../../deploy/rules/all.ts";
import { formatRuleFile } from "../../deploy/rules/rule_file.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { part } from "../support/parts.ts";

const vm = await part("victoria-metrics");
const vmalert = await part("vmalert");
const alertmanager = await part("alertmanager");
const ignore = ![vm, vmalert, alertmanager].every((one) => one.available);

/** What is promised, from the last sample on; selectors.ts has the sum. */
const FIRING_WITHIN_MS = 110_000;
const TOLD_WITHIN_MS = 120_000;
/** Servers behind a relay are judged after it. */
const BEHIND_RELAY_WITHIN_MS = 125_000;

const GRID_MS = 15_000;
/** As Alertmanager's file has it for what is critical. */
const GROUP_WAIT = "10s";

const PLACED = 'csp="kt",region="seoul",environment="prod"';
const server = (name: string) =>
  `node_uname_info{customer_id="alpha",server_name="${name}",${PLACED}}`;
const RELAY =
  `msp_build_info{program="relay",customer_id="alpha",server_name="gw-01",${PLACED}}`;
const BEHIND =
  `msp_relay_agent_last_push_timestamp_seconds{customer_id="alpha",server_name="behind-01",relay="gw-01"}`;

/** The grid's times, oldest first, `fromMs` and `untilMs` included. */
function grid(fromMs: number, untilMs: number, stepMs = GRID_MS): number[] {
  const count = Math.floor((untilMs - fromMs) / stepMs) + 1;
  return Array.from({ length: count }, (_, i) => fromMs + i * stepMs);
}

/** Stores the series at each time, with that time as its value. */
async function push(
  storeUrl: string,
  series: string,
  timesMs: readonly number[],
): Promise<void> {
  const body = timesMs.map((ms) => `${series} ${ms / 1000} ${ms}\n`).join("");
  const url = `${storeUrl}/api/v1/import/prometheus`;
  const answer = await fetch(url, { method: "POST", body });
  await answer.body?.cancel();
  assert(answer.ok, `${series}: ${answer.status}`);
}

/** Names of alerts with their server, as `ServerDown web-01`. */
function named({ labels }: { labels: Record<string, string> }): string {
  return `${labels["alertname"]} ${labels["server_name"]}`;
}

/** Takes what Alertmanager sends and keeps when each alert was first told. */
function receiveMessages() {
  const toldMs = new Map<string, number>();
  const listener = Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    onListen: () => {},
  }, async (request) => {
    const { alerts } = await request.json() as {
      alerts: { labels: Record<string, string> }[];
    };
    for (const alert of alerts) {
      const name = named(alert);
      if (!toldMs.has(name)) toldMs.set(name, Date.now());
    }
    return new Response();
  });
  return { toldMs, listener };
}

function alertmanagerConfig(port: number): string {
  return `route:
  receiver: test
  group_by: [customer_id, alertname, environment]
  group_wait: ${GROUP_WAIT}
receivers:
  - name: test
    webhook_configs:
      - url: http://127.0.0.1:${port}
`;
}

/** Keeps when each alert was first seen firing at vmalert. */
async function watchFiring(
  vmalertUrl: string,
  firingMs: Map<string, number>,
): Promise<void> {
  const answer = await fetch(`${vmalertUrl}/api/v1/alerts`);
  const { data } = await answer.json() as {
    data: {
      alerts: { name: string; state: string; labels: Record<string, string> }[];
    };
  };
  for (const { name, state, labels } of data.alerts) {
    const key = named({ labels: { ...labels, alertname: name } });
    if (state === "firing" && !firingMs.has(key)) {
      firingMs.set(key, Date.now());
    }
  }
}

Deno.test({
  name:
    "a silent server is told within two minutes, a minute without a line never",
  ignore,
  async fn() {
    const { toldMs, listener } = receiveMessages();
    await using _listener = listener;
    // As compose.yml starts it: it answers about half a minute ago by default.
    await using store = await startVictoriaMetrics({
      part: vm.get(),
      extraArgs: ["-search.latencyOffset=30s"],
    });
    const lastMs = Date.now();
    // Central has been there for a while, and everybody has sent for a minute.
    await push(
      store.url,
      "msp:central_alive",
      grid(lastMs - 600_000, lastMs, 10_000),
    );
    const silent = [server("silent-01"), server("hiccup-01"), RELAY, BEHIND];
    const before = grid(lastMs - 60_000, lastMs);
    for (const series of [server("steady-01"), ...silent]) {
      await push(store.url, series, before);
    }
    // Its last sample is older than its relay's.
    await push(store.url, server("behind-01"), before.slice(0, -1));
    await using notifier = await startPart({ part: alertmanager.get() }, {
      readyPath: "/-/ready",
      files: {
        "alertmanager.yml": alertmanagerConfig(listener.addr.port),
      },
      args: ({ dataDir, port }) => [
        `--config.file=${dataDir}/alertmanager.yml`,
        `--storage.path=${dataDir}/data`,
        `--web.listen-address=127.0.0.1:${port}`,
        "--cluster.listen-address=",
      ],
    });
    await using rules = await startVmalert({
      part: vmalert.get(),
      rules: formatRuleFile(
        Object.values(RULE_FILES).flat(),
      ),
      storeUrl: store.url,
      notifierUrl: notifier.url,
      extraArgs: ["-rule.resendDelay=1m"],
    });

    const firingMs = new Map<string, number>();
    let pushedMs = lastMs;
    let isLineBack = false;
    await waitUntil(async () => {
      await watchFiring(rules.url, firingMs);
      const silentMs = Date.now() - lastMs;
      if (Date.now() - pushedMs >= GRID_MS) {
        pushedMs += GRID_MS;
        await push(store.url, server("steady-01"), [pushedMs]);
        if (isLineBack) await push(store.url, server("hiccup-01"), [pushedMs]);
      }
      // 15 s until the first lost sample, 60 s without a line, 20 s to come back.
      if (!isLineBack && silentMs >= 95_000) {
        isLineBack = true;
        await push(
          store.url,
          server("hiccup-01"),
          grid(lastMs + GRID_MS, lastMs + 90_000),
        );
      }
      return silentMs > BEHIND_RELAY_WITHIN_MS;
    }, { what: "the end of the time", timeoutMs: 180_000, everyMs: 250 });

    const afterMs = (seen: Map<string, number>, name: string) =>
      (seen.get(name) ?? Infinity) - lastMs;
    for (const name of ["ServerDown silent-01", "RelayDown gw-01"]) {
      assert(afterMs(firingMs, name) <= FIRING_WITHIN_MS, name);
      assert(afterMs(toldMs, name) <= TOLD_WITHIN_MS, name);
    }
    const behind = "ServerDown behind-01";
    assert(firingMs.has(behind), "a server behind a relay is judged after it");
    assert(
      afterMs(firingMs, behind) > afterMs(firingMs, "RelayDown gw-01"),
      "RelayDown fires first",
    );
    assertEquals(
      [...firingMs.keys(), ...toldMs.keys()].filter((name) =>
        /hiccup|steady/.test(name)
      ),
      [],
    );
  },
});
