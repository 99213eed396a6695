/** `mspctl server retire` asks the real store, through Nginx and vmauth. */
import { assertEquals, assertMatch } from "../support/assert.ts";
import { Central, changeSettings } from "../support/central.ts";
import { part, program } from "../support/parts.ts";

const vm = await part("victoria-metrics");
const vmauth = await part("vmauth");
const nginx = program("nginx");
const openssl = program("openssl");

/** As vmalert records who is known: a server, and a gateway without an agent. */
const KNOWN = [
  'msp:server_known:timestamp{customer_id="kt",server_name="web-01"} 1\n',
  'msp:relay_known:timestamp{customer_id="kt",server_name="gw-01"} 1\n',
].join("");

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
    assertMatch(
      await central.mspctl("server", "retire", "kt", "old-01"),
      /warning: nobody knows whether there is such a server/,
    );

    const imported = await fetch(`${central.vm.url}/api/v1/import/prometheus`, {
      method: "POST",
      body: KNOWN,
    });
    await imported.body?.cancel();
    await central.vm.flush();

    const refused = await central.mspctl("server", "retire", "kt", "web-1")
      .catch(String);
    assertMatch(
      refused,
      /kt has had no such server for a week\n {2}fix: Did you mean: mspctl server retire kt web-01\n/,
    );
    assertEquals(await retiredOf(central), ["old-01"]);
    for (const name of ["web-01", "gw-01"]) {
      await central.mspctl("server", "retire", "kt", name);
    }
    assertEquals(await retiredOf(central), ["old-01", "web-01", "gw-01"]);
  },
});

/** Names below the heading. */
async function retiredOf(central: Central): Promise<string[]> {
  const list = await central.mspctl("server", "list", "kt");
  return list.trimEnd().split("\n").slice(1)
    .map((line) => line.split(" ")[0] ?? "");
}
