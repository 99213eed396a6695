/** Tokens are changed and parts restarted while agents write: nothing is lost. */
import { waitUntil } from "../../deploy/parts/wait.ts";
import { assert } from "../support/assert.ts";
import { Central, readShownToken } from "../support/central.ts";
import { CentralAgents, PRESENCE } from "../support/central_agents.ts";
import { part, program } from "../support/parts.ts";

const vm = await part("victoria-metrics");
const vmauth = await part("vmauth");
const nginx = program("nginx");
const openssl = program("openssl");
const ignore = ![vm, vmauth, nginx, openssl].every((one) => one.available);

async function readTimes(central: Central) {
  await central.vm.flush();
  const series = await central.vm.exportSeries(PRESENCE);
  return new Map(
    series.map(({ labels, timestampsMs }) => [
      labels["server_name"] ?? "",
      timestampsMs,
    ]),
  );
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
    await using agents = new CentralAgents({
      url: central.url,
      token: first,
      dir: central.dir,
      readTimes: () => readTimes(central),
    });
    await agents.waitForFresh();

    await t.step("rotate: the old and the new token are valid", async () => {
      const output = await central.mspctl("customer", "rotate", "kt");
      assert(output.includes("w-kt-01 stays valid"), output);
      const second = readShownToken(output);
      await central.waitForToken(second);
      await agents.changeToken(second);
      await central.mspctl("customer", "revoke", "kt", "--token=w-kt-01");
      await waitUntil(async () => {
        const answer = await central.write(first);
        await answer.body?.cancel();
        return answer.status === 401;
      }, { what: "401 for the old token", everyMs: 100 });
      await agents.waitForFresh();
    });
    await t.step("Nginx is killed and comes back", async () => {
      await central.nginx.kill();
      await central.startNginx();
      await agents.waitForFresh();
    });
    await t.step("vmauth is killed and comes back", async () => {
      await central.vmauth.kill();
      await central.startVmauth();
      await agents.waitForFresh();
    });
    await t.step("VictoriaMetrics stops and comes back", async () => {
      await central.vm.stop();
      await central.startVm();
      await agents.waitForFresh();
    });
    await agents.stopAndCheck();
  },
});
