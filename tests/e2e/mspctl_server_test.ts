/** `mspctl server retire` asks the real store, through Nginx and vmauth. */
import { assertEquals, assertMatch } from "../support/assert.ts";
import { Central, changeSettings } from "../support/central.ts";
import { part, program } from "../support/parts.ts";

const vm = await part("victoria-metrics");
const vmauth = await part("vmauth");
const nginx = program("nginx");
const openssl = program("openssl");

/** As vmalert records who is known. */
const KNOWN =
  'msp:server_known:timestamp{customer_id="kt",server_name="web-01"}';

Deno.test({
  name: "mspctl server retire takes no name that is mistyped",
  ignore: ![vm, vmauth, nginx, openssl].every((one) => one.available),
  async fn() {
    await using central = await Central.start({
      vm: vm.get(),
      vmauth: vmauth.get(),
      nginx: nginx.get(),
    });
    changeSettings(central.dir, {
      BIND_ADDR: "127.0.0.1",
      NGINX_HTTP_PORT: String(central.ports.http),
    });
    await central.waitForToken(await central.addCustomer("kt"));
    const imported = await fetch(`${central.vm.url}/api/v1/import/prometheus`, {
      method: "POST",
      body: `${KNOWN} ${Date.now() / 1000}\n`,
    });
    await imported.body?.cancel();
    await central.vm.flush();

    const refused = await central.mspctl("server", "retire", "kt", "web-1")
      .catch(String);
    assertMatch(
      refused,
      /kt has had no such server for a week\n {2}fix: Did you mean: mspctl server retire kt web-01\n/,
    );
    assertEquals(await retiredOf(central), 0);
    await central.mspctl("server", "retire", "kt", "web-01");
    assertEquals(await retiredOf(central), 1);
  },
});

/** How many servers are listed below the heading. */
async function retiredOf(central: Central): Promise<number> {
  const list = await central.mspctl("server", "list", "kt");
  return list.trimEnd().split("\n").length - 1;
}
