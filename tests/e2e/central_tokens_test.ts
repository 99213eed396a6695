/** Tokens are changed and parts restarted while agents write: nothing is lost. */
import { waitUntil } from "../../deploy/parts/wait.ts";
import type { Child } from "../../deploy/parts/process.ts";
import { assertEveryGridTime, INTERVAL_MS } from "../support/agent_run.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { Central, readShownToken } from "../support/central.ts";
import { part, program } from "../support/parts.ts";
import { startAgent } from "../support/process.ts";

const vm = await part("victoria-metrics");
const vmauth = await part("vmauth");
const nginx = program("nginx");
const openssl = program("openssl");
const ignore = ![vm, vmauth, nginx, openssl].every((one) => one.available);

const SERVERS = ["web-01", "web-02", "db-01"];
/** One sample a scrape. */
const PRESENCE = "node_time_seconds";

function startServer(central: Central, server: string, tokenFile: string) {
  return startAgent([
    "run",
    "--customer-id=kt",
    `--server-name=${server}`,
    "--csp=kt",
    "--region=kc1",
    `--remote-write-url=${central.url}/api/v1/write`,
    `--token-file=${tokenFile}`,
    `--spool=${central.dir}/spool-${server}`,
    `--interval=${INTERVAL_MS}ms`,
    "--collector.disable-defaults",
    "--collector.time",
    "--log-format=json",
  ]);
}

/** Times of the stored scrapes, by server. */
async function storedTimes(central: Central): Promise<Map<string, number[]>> {
  await central.vm.flush();
  const series = await central.vm.exportSeries(PRESENCE);
  return new Map(series.map(({ labels, timestampsMs }) => [
    labels["server_name"] ?? "",
    [...timestampsMs],
  ]));
}

/** Waits until each server has a sample that is newer than this moment. */
async function waitForFresh(central: Central, agents: readonly Child[]) {
  const sinceMs = Date.now();
  await waitUntil(async () => {
    const times = await storedTimes(central);
    return SERVERS.every((name) => (times.get(name)?.at(-1) ?? 0) > sinceMs);
  }, {
    what: () => `fresh samples: ${agents.map((agent) => agent.tail(2))}`,
    timeoutMs: 90_000,
    everyMs: 200,
  });
}

Deno.test({
  name: "central loses no sample when tokens change and parts restart",
  ignore,
  async fn(t) {
    await using central = await Central.start({
      vm: vm.get(),
      vmauth: vmauth.get(),
      nginx: nginx.get(),
    });
    const first = await central.addCustomer("kt");
    await central.waitForToken(first);
    const tokenFile = `${central.dir}/agent.token`;
    Deno.writeTextFileSync(tokenFile, first);
    const agents = SERVERS.map((name) => startServer(central, name, tokenFile));
    try {
      await waitForFresh(central, agents);

      await t.step("rotate: the old and the new token are valid", async () => {
        const output = await central.mspctl("customer", "rotate", "kt");
        const second = readShownToken(output);
        assert(output.includes("w-kt-01 stays valid"), output);
        await central.waitForToken(second);
        Deno.writeTextFileSync(tokenFile, second);
        for (const agent of agents) agent.signal("SIGHUP");
        for (const agent of agents) {
          await agent.waitForLine("Token and CA read again");
        }
        await central.mspctl(
          ...["customer", "revoke", "kt", "--token=w-kt-01"],
        );
        await waitUntil(async () => {
          const answer = await central.write(first);
          await answer.body?.cancel();
          return answer.status === 401;
        }, { what: "401 for the old token", everyMs: 100 });
        await waitForFresh(central, agents);
      });
      await t.step("Nginx is killed and comes back", async () => {
        await central.nginx.kill();
        await central.startNginx();
        await waitForFresh(central, agents);
      });
      await t.step("vmauth is killed and comes back", async () => {
        await central.vmauth.kill();
        await central.startVmauth();
        await waitForFresh(central, agents);
      });
      await t.step("VictoriaMetrics stops and comes back", async () => {
        await central.vm.stop();
        await central.startVm();
        await waitForFresh(central, agents);
      });
    } finally {
      await Promise.all(agents.map((agent) => agent.stop()));
    }
    const times = await storedTimes(central);
    assertEquals([...times.keys()].sort(), [...SERVERS].sort());
    for (const [server, timesMs] of times) {
      assert(timesMs.length > 5, `${server} has ${timesMs.length} samples`);
      assertEveryGridTime(timesMs, server);
    }
  },
});
