import { makeTempDir } from "../../deploy/parts/cleanup.ts";
import {
  startNodeExporter,
  startPrometheus,
} from "../../deploy/parts/prometheus.ts";
import { QueryError } from "../../deploy/parts/promql.ts";
import { ChildError } from "../../deploy/parts/process.ts";
import {
  startVictoriaMetrics,
  startVmagent,
  startVmalert,
  startVmauth,
  type VictoriaMetrics,
} from "../../deploy/parts/victoria_metrics.ts";
import { waitUntil } from "../../deploy/parts/wait.ts";
import {
  assertEquals,
  assertRejects,
  assertStringIncludes,
} from "../support/assert.ts";
import { part } from "../support/parts.ts";

const vm = await part("victoria-metrics");
const vmagent = await part("vmagent");
const vmauth = await part("vmauth");
const vmalert = await part("vmalert");
const prometheus = await part("prometheus");
const nodeExporter = await part("node-exporter");

const TIME_MS = 1_700_000_000_000;

async function store(vm: VictoriaMetrics, line: string): Promise<void> {
  const url = `${vm.url}/api/v1/import/prometheus?timestamp=${TIME_MS}`;
  const response = await fetch(url, { method: "POST", body: line });
  await response.body?.cancel();
  assertEquals(response.status, 204);
  await vm.flush();
}

Deno.test({
  name: "startVictoriaMetrics() answers queries and exports what was stored",
  ignore: !vm.available,
  async fn() {
    await using running = await startVictoriaMetrics({ part: vm.get() });
    await store(running, 'a{b="c"} 42\n');

    const [instant] = await running.queryInstant("a + 1", {
      timeMs: TIME_MS + 1_000,
    });
    const exported = await running.exportSeries("a");

    assertEquals([instant?.labels, instant?.value], [{ b: "c" }, 43]);
    assertEquals(exported, [{
      labels: { __name__: "a", b: "c" },
      timestampsMs: [TIME_MS],
      values: [42],
    }]);
    await assertRejects(() => running.queryInstant("a +"), QueryError);
  },
});

Deno.test({
  name: "startVictoriaMetrics() keeps a given folder across stop and start",
  ignore: !vm.available,
  async fn() {
    using dir = makeTempDir();
    const first = await startVictoriaMetrics({
      part: vm.get(),
      dataDir: dir.path,
    });
    await store(first, "a 1\n");
    await first.stop();

    await using second = await startVictoriaMetrics({
      part: vm.get(),
      dataDir: dir.path,
      port: first.port,
    });
    const [series] = await second.exportSeries("a");

    assertEquals(series?.values, [1]);
  },
});

Deno.test({
  name: "startVictoriaMetrics() fails with the last lines of a wrong flag",
  ignore: !vm.available,
  async fn() {
    const error = await assertRejects(
      () =>
        startVictoriaMetrics({ part: vm.get(), extraArgs: ["-no.such.flag"] }),
      ChildError,
    );
    assertStringIncludes(error.message, "no.such.flag");
  },
});

Deno.test({
  name:
    "startVmagent() scrapes node_exporter into VictoriaMetrics behind vmauth",
  ignore: ![vm, vmagent, vmauth, nodeExporter].every((one) => one.available),
  async fn() {
    await using running = await startVictoriaMetrics({ part: vm.get() });
    await using auth = await startVmauth({
      part: vmauth.get(),
      authConfig: `unauthorized_user:\n  url_prefix: ${running.url}\n`,
    });
    await using exporter = await startNodeExporter({
      part: nodeExporter.get(),
    });
    await using _agent = await startVmagent({
      part: vmagent.get(),
      remoteWriteUrls: [`${auth.url}/api/v1/write`],
      extraArgs: ["-remoteWrite.flushInterval=100ms"],
      scrapeConfig: [
        "scrape_configs:",
        "  - job_name: node",
        "    scrape_interval: 1s",
        `    static_configs: [{targets: ["127.0.0.1:${exporter.port}"]}]`,
        "",
      ].join("\n"),
    });

    const value = await waitUntil(async () => {
      await running.flush();
      return (await running.queryInstant("up")).at(0)?.value;
    }, { what: "up of node_exporter", everyMs: 100 });

    assertEquals(value, 1);
  },
});

Deno.test({
  name: "startVmalert() evaluates rules on VictoriaMetrics",
  ignore: !vm.available || !vmalert.available,
  async fn() {
    await using running = await startVictoriaMetrics({ part: vm.get() });
    await using alerts = await startVmalert({
      part: vmalert.get(),
      storeUrl: running.url,
      rules: "groups: [{name: g, rules: [{alert: Always, expr: vector(1)}]}]\n",
    });
    assertStringIncludes(await alerts.getText("/api/v1/rules"), "Always");
  },
});

Deno.test({
  name: "startPrometheus() takes samples out of order inside its window",
  ignore: !prometheus.available,
  async fn() {
    await using running = await startPrometheus({
      part: prometheus.get(),
      outOfOrderWindow: "30m",
    });
    const flags = await running.getText("/api/v1/status/config");
    const [one] = await running.queryInstant("vector(1)");

    assertStringIncludes(flags, "out_of_order_time_window: 30m");
    assertEquals(one?.value, 1);
  },
});
