/**
 * The VictoriaMetrics cluster at work: vmstorage, vminsert and vmselect twice,
 * behind vmauth, while parts of it die. Debian has no package of these three;
 * put them into PATH, or run where the project's releases can be reached.
 */
import { waitUntil } from "../../deploy/parts/wait.ts";
import { assertEquals, assertRejects } from "../support/assert.ts";
import { bearer, readShownToken } from "../support/central.ts";
import { CentralAgents, PRESENCE } from "../support/central_agents.ts";
import { centralBody } from "../support/central_body.ts";
import { Cluster, type Member } from "../support/cluster.ts";
import { part, program, root } from "../support/parts.ts";
import { WRITE_HEADERS } from "../support/relay.ts";

const parts = {
  vmstorage: await part("vmstorage"),
  vminsert: await part("vminsert"),
  vmselect: await part("vmselect"),
  vmauth: await part("vmauth"),
  vmalert: await part("vmalert"),
};
const compose = await part("docker-compose");
const openssl = program("openssl");
const ignore = ![...Object.values(parts), compose, openssl, root()]
  .every((one) => one.available);

function startCluster(): Promise<Cluster> {
  return Cluster.start({
    vmstorage: parts.vmstorage.get(),
    vminsert: parts.vminsert.get(),
    vmselect: parts.vmselect.get(),
    vmauth: parts.vmauth.get(),
    vmalert: parts.vmalert.get(),
  }, compose.get());
}

/** One vmstorage long after the other: each has the last seconds in memory. */
const KILLED: readonly Member[] = [
  "vmstorage-1",
  "vmselect-1",
  "vmauth",
  "vmselect-2",
  "vmstorage-2",
];

/** As Grafana asks: through vmauth, with a reader's token. */
async function ask(cluster: Cluster, reader: string, promql: string) {
  const token = Deno.readTextFileSync(
    `${cluster.dir}/secrets/readers/${reader}`,
  );
  const query = new URLSearchParams({ query: promql, latency_offset: "1ms" });
  const answer = await fetch(
    `${cluster.urlOf("vmauth")}/api/v1/query?${query}&nocache=1`,
    { headers: bearer(token) },
  );
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${answer.status} ${text}`);
  return JSON.parse(text).data.result as {
    metric: Record<string, string>;
    values?: [number, string][];
    value?: [number, string];
  }[];
}

/** Times of all stored samples of the agents, by server; none in an outage. */
async function readTimes(cluster: Cluster) {
  const result = await ask(cluster, "msp", `${PRESENCE}[1h]`).catch(() => []);
  return new Map(result.map(({ metric, values = [] }) => [
    metric["server_name"] ?? "",
    values.map(([seconds]) => Math.round(seconds * 1_000)),
  ]));
}

Deno.test({
  name: "the cluster loses no sample while its parts go away in turn",
  ignore,
  async fn(t) {
    await using cluster = await startCluster();
    const kt = readShownToken(await cluster.mspctl("customer", "add", "kt"));
    const demo = readShownToken(
      await cluster.mspctl("customer", "add", "demo"),
    );
    const write = async (token: string) => {
      const answer = await fetch(`${cluster.urlOf("vmauth")}/api/v1/write`, {
        method: "POST",
        headers: { ...WRITE_HEADERS, ...bearer(token) },
        body: centralBody({ customer: "kt", server: "foreign-01" }),
      });
      await answer.body?.cancel();
      return answer.status;
    };
    await waitUntil(async () => await write(demo) === 204, {
      what: "vmauth to know the token",
    });
    await using agents = new CentralAgents({
      url: cluster.urlOf("vmauth"),
      token: kt,
      dir: cluster.dir,
      readTimes: () => readTimes(cluster),
    });
    await agents.waitForFresh();

    await t.step("each customer reads its own samples only", async () => {
      const namesOf = async (reader: string) => {
        const result = await ask(
          cluster,
          reader,
          `count by (customer_id, server_name) ({__name__=~"${PRESENCE}|test_value"}[10m])`,
        );
        return result.map(({ metric }) =>
          `${metric["customer_id"]} ${metric["server_name"]}`
        ).sort();
      };
      const own = ["kt db-01", "kt web-01", "kt web-02"];
      assertEquals(await namesOf("kt"), own);
      assertEquals(await namesOf("demo"), ["demo foreign-01"]);
      assertEquals(await namesOf("msp"), ["demo foreign-01", ...own]);
    });
    for (const name of KILLED) {
      await t.step(`${name} is killed, and comes back`, async () => {
        await cluster.kill(name);
        if (name !== "vmauth") await agents.waitForFresh();
        await cluster.run(name);
        await agents.waitForFresh();
      });
    }
    // Killed, it would take what it accepted in the last 0.2 s with it.
    for (const name of ["vminsert-1", "vminsert-2"] as const) {
      await t.step(`${name} is stopped, and comes back`, async () => {
        await cluster.stop(name);
        await agents.waitForFresh();
        await cluster.run(name);
        await agents.waitForFresh();
      });
    }
    await t.step("without any vmstorage a question gets an error", async () => {
      await cluster.stop("vmstorage-1");
      await cluster.stop("vmstorage-2");
      // An empty answer would be told as the silence of all servers.
      await assertRejects(() => ask(cluster, "msp", PRESENCE), Error, "503");
      await cluster.run("vmstorage-1");
      await cluster.run("vmstorage-2");
      await agents.waitForFresh();
      await agents.waitForBacklog();
    });
    await t.step("vmalert's recorded series are in the cluster", async () => {
      await waitUntil(async () => {
        const [series] = await ask(cluster, "msp", "msp:central_alive");
        return series;
      }, { what: "a recorded series", timeoutMs: 90_000 });
    });
    await agents.stopAndCheck();
  },
});
