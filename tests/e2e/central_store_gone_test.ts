/** What a sender is told while the store's process is gone. */
import { assertEquals } from "../support/assert.ts";
import { bearer, Central } from "../support/central.ts";
import { part, program } from "../support/parts.ts";
import { WRITE_HEADERS } from "../support/relay.ts";

const vm = await part("victoria-metrics");
const vmauth = await part("vmauth");
const nginx = program("nginx");
const openssl = program("openssl");
const ignore = ![vm, vmauth, nginx, openssl].every((one) => one.available);

const KIB = 1024;
/** A small scrape, a large one, and the largest that a relay sends. */
const SIZES = [1 * KIB, 100 * KIB, 1024 * KIB];
/** vmauth leaves a store alone for 3 s after it has failed. */
const FORGOTTEN_MS = 3_500;

Deno.test({
  name:
    "I-14 central: 502 for bodies of every size while the store is gone, which senders take for a crash",
  ignore,
  async fn() {
    await using central = await Central.start({
      vm: vm.get(),
      vmauth: vmauth.get(),
      nginx: nginx.get(),
    });
    const token = await central.addCustomer("kt");
    await central.waitForToken(token);
    await central.vm.kill();

    const statuses: number[] = [];
    for (const size of SIZES) {
      const answer = await fetch(`${central.url}/api/v1/write`, {
        method: "POST",
        headers: { ...WRITE_HEADERS, ...bearer(token) },
        body: new Uint8Array(size),
      });
      await answer.body?.cancel();
      statuses.push(answer.status);
      await new Promise((resolve) => setTimeout(resolve, FORGOTTEN_MS));
    }

    assertEquals(statuses, SIZES.map(() => 502));
  },
});
