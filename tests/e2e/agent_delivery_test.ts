/** From this machine's /proc to real stores: what is read back is what was read. */
import { makeTempDir } from "../../deploy/parts/cleanup.ts";
import type { InstantSample } from "../../deploy/parts/promql.ts";
import { startPrometheus } from "../../deploy/parts/prometheus.ts";
import {
  startVictoriaMetrics,
  type VictoriaMetrics,
} from "../../deploy/parts/victoria_metrics.ts";
import { waitUntil } from "../../deploy/parts/wait.ts";
import { assertEveryGridTime, RunningAgent } from "../support/agent_run.ts";
import {
  assert,
  assertEquals,
  assertStringIncludes,
} from "../support/assert.ts";
import { startReceiver } from "../support/mock_receiver.ts";
import { part } from "../support/parts.ts";
import { runAgent } from "../support/process.ts";

const vm = await part("victoria-metrics");
const prometheus = await part("prometheus");

const IDENTITY_LABELS = {
  customer_id: "kt",
  server_name: "web-01",
  csp: "kt",
  region: "kc1",
  environment: "prod",
};

/** Series whose values do not change while a machine runs. */
const STATIC = [
  "node_memory_MemTotal_bytes",
  "node_boot_time_seconds",
  "node_uname_info",
];

/** The series of `print`, as name and labels, with their values. */
async function printed(names: readonly string[]): Promise<string[]> {
  const { stdout } = await runAgent(["print", "--format=json"]);
  return stdout.trim().split("\n").map((line) => JSON.parse(line))
    .filter(({ name }) => names.includes(name))
    .map(({ name, labels, value }) => toText(name, labels, Number(value)))
    .sort();
}

function toText(
  name: string,
  labels: Readonly<Record<string, string>>,
  value: number,
): string {
  return JSON.stringify([name, Object.entries(labels).sort(), value]);
}

/** Stored series in the same form, without the labels that the agent adds. */
function stored(samples: readonly InstantSample[]): string[] {
  return samples.map(({ labels, value }) => {
    const { __name__: name = "", ...rest } = labels;
    const own = new Map(Object.entries(rest));
    for (const [label, expected] of Object.entries(IDENTITY_LABELS)) {
      assertEquals(own.get(label), expected);
      own.delete(label);
    }
    return toText(name, Object.fromEntries(own), value);
  }).sort();
}

/** Any store that answers PromQL about what it was sent. */
interface Store {
  readonly writeUrl: string;
  queryInstant(promql: string): Promise<InstantSample[]>;
  /** Makes what came last visible to queries. */
  flush?(): Promise<void>;
}

async function assertDelivers(store: Store, agent: RunningAgent) {
  const query = `{__name__=~"${STATIC.join("|")}"}`;
  await waitUntil(async () => {
    await store.flush?.();
    return (await store.queryInstant(query)).length >= STATIC.length;
  }, { what: () => `the first series: ${agent.child.tail()}` });

  assertEquals(stored(await store.queryInstant(query)), await printed(STATIC));
  const names = await store.queryInstant(
    'count by (__name__) ({__name__=~"msp_.+|process_.+"})',
  );
  const own = names.map(({ labels }) => labels["__name__"]);
  for (
    const name of [
      "msp_build_info",
      "msp_samples_sent_total",
      "msp_send_duration_seconds_bucket",
      "msp_spool_bytes",
      "process_cpu_seconds_total",
      "process_resident_memory_bytes",
    ]
  ) assert(own.includes(name), `${name} is not among ${own}`);
}

Deno.test({
  name: "run delivers to Prometheus what print shows",
  ignore: !prometheus.available,
  async fn() {
    await using store = await startPrometheus({ part: prometheus.get() });
    await using agent = new RunningAgent({ url: store.writeUrl, flags: [] });

    await assertDelivers(store, agent);
    await agent.end();

    assertEquals(agent.eventsNamed("Cannot deliver"), []);
  },
});

Deno.test({
  name: "run delivers to VictoriaMetrics what print shows, on the grid",
  ignore: !vm.available,
  async fn() {
    await using store = await startVictoriaMetrics({ part: vm.get() });
    await using agent = new RunningAgent({ url: store.writeUrl, flags: [] });

    await assertDelivers(store, agent);
    await waitUntil(async () => await storedScrapes(store) >= 4, {
      what: "four scrapes",
    });
    await agent.end();

    await store.flush();
    const all = await store.exportSeries('{server_name="web-01"}');
    assert(all.length > 100, `${all.length} series`);
    for (const { labels, timestampsMs } of all) {
      const ascends = timestampsMs.every((t, i) =>
        i === 0 || t > (timestampsMs[i - 1] ?? NaN)
      );
      assert(ascends, `${JSON.stringify(labels)}: ${timestampsMs}`);
    }
    const load = all.find(({ labels }) => labels["__name__"] === "node_load1");
    assertEveryGridTime(load?.timestampsMs ?? []);
    assertEquals(agent.eventsNamed("Cannot deliver"), []);
  },
});

async function storedScrapes(store: VictoriaMetrics): Promise<number> {
  await store.flush();
  const [series] = await store.exportSeries("node_load1");
  return series?.timestampsMs.length ?? 0;
}

Deno.test({
  name: "run ends the series of a device that is gone with a stale marker",
  ignore: !vm.available,
  async fn() {
    using proc = makeTempDir();
    const file = `${proc.path}/net/dev`;
    Deno.mkdirSync(`${proc.path}/net`);
    Deno.writeTextFileSync(file, netDev("eth0", "eth7"));
    await using store = await startVictoriaMetrics({ part: vm.get() });
    await using agent = new RunningAgent({
      url: store.writeUrl,
      flags: [
        "--collector.disable-defaults",
        "--collector.netdev",
        `--path.procfs=${proc.path}`,
      ],
    });
    const match = 'node_network_receive_bytes_total{device="eth7"}';
    await waitUntil(() => samplesOf(store, match, 1), { what: match });

    Deno.writeTextFileSync(file, netDev("eth0"));
    const isMarked = async () => {
      const values = await samplesOf(store, match, 2);
      return values !== undefined && Number.isNaN(values.at(-1));
    };
    await waitUntil(isMarked, { what: "a stale marker" });
    const kept = 'node_network_receive_bytes_total{device="eth0"}';
    await waitUntil(() => samplesOf(store, kept, 4), { what: kept });
    await agent.end();

    const values = await samplesOf(store, match, 2);
    assertEquals(values?.filter(Number.isNaN).length, 1);
    assertEquals(
      values?.filter((value) => value === 1_000).length,
      (values?.length ?? 0) - 1,
    );
    assert(
      (await samplesOf(store, kept, 4))?.every((value) => value === 1_000),
    );
    // The marker's exact bits: any other NaN would be shown as a value.
    const now = await store.queryInstant(match);
    assertEquals(now, []);
  },
});

function netDev(...devices: string[]): string {
  const head = "Inter-|   Receive\n" +
    " face |bytes    packets errs drop fifo frame compressed multicast|" +
    "bytes    packets errs drop fifo colls carrier compressed\n";
  return head +
    devices.map((device) => `  ${device}: 1000 ${"1 ".repeat(15)}\n`).join("");
}

/** The stored values of a series, `undefined` while they are too few. */
async function samplesOf(
  store: VictoriaMetrics,
  match: string,
  count: number,
): Promise<readonly number[] | undefined> {
  await store.flush();
  const [series] = await store.exportSeries(match);
  return series !== undefined && series.values.length >= count
    ? series.values
    : undefined;
}

Deno.test({
  name: "run in mode relay-server adds role=relay to every series",
  ignore: !vm.available,
  async fn() {
    await using store = await startVictoriaMetrics({ part: vm.get() });
    // As our relay does: passes on, and answers with its own header.
    await using relay = startReceiver(async ({ body, headers }) => {
      const { status } = await fetch(store.writeUrl, {
        method: "POST",
        body: body as Uint8Array<ArrayBuffer>,
        headers: { "content-encoding": headers.get("content-encoding") ?? "" },
      });
      return new Response(null, { status, headers: { "x-relay-ack": "1.1" } });
    });
    await using agent = new RunningAgent({
      flags: [
        "--mode=relay-server",
        `--relay-url=http://127.0.0.1:${relay.port}/api/v1/metrics/write`,
      ],
    });

    await waitUntil(async () => await storedScrapes(store) >= 2, {
      what: () => `two scrapes: ${agent.child.tail()}`,
    });
    await agent.end();

    const roles = await store.queryInstant(
      'count by (role, server_name) ({__name__=~"node_.+|msp_.+"})',
    );
    assertEquals(roles.map(({ labels }) => labels), [
      { role: "relay", server_name: "web-01" },
    ]);
    assertEquals(relay.received[0]?.path, "/api/v1/metrics/write");
  },
});

Deno.test("run in mode relay-agent believes no 204 without X-Relay-Ack", async () => {
  await using portal = startReceiver(() => new Response(null, { status: 204 }));
  await using agent = new RunningAgent({
    flags: [
      "--mode=relay-agent",
      `--relay-url=http://127.0.0.1:${portal.port}`,
    ],
  });

  const line = await agent.child.waitForLine("Cannot deliver");
  await agent.end();

  assertStringIncludes(line, "without X-Relay-Ack");
});
