/** A relay whose token for central was wrong, and is mended while it runs. */
import { makeTempDir } from "../../deploy/parts/cleanup.ts";
import { waitUntil } from "../../deploy/parts/wait.ts";
import { assertEquals } from "../support/assert.ts";
import { startReceiver } from "../support/mock_receiver.ts";
import { bun } from "../support/parts.ts";
import { pushTo, startTestRelay, testBody } from "../support/relay.ts";

const relayBun = bun();

Deno.test({
  name: "relay: delivers at once when SIGHUP has brought the right token",
  ignore: !relayBun.available,
  async fn() {
    using dir = makeTempDir();
    const tokenFile = `${dir.path}/token`;
    Deno.writeTextFileSync(tokenFile, "old-token\n");
    await using central = startReceiver(({ headers, method }) =>
      method !== "POST"
        ? new Response(null, { status: 404 })
        : headers.get("authorization") === "Bearer new-token"
        ? new Response(null, { status: 204 })
        : new Response(null, { status: 401 })
    );
    const posts = () =>
      central.received.filter(({ method }) => method === "POST").length;
    await using relay = await startTestRelay({
      bun: relayBun.get(),
      centralUrl: central.url,
      args: [`--token-file=${tokenFile}`, "--insecure-http"],
    });
    assertEquals((await pushTo(relay, testBody())).status, 204);
    await waitUntil(() => posts() === 1, { what: "a refused request" });
    await relay.child.waitForLine("401");

    Deno.writeTextFileSync(tokenFile, "new-token\n");
    relay.child.signal("SIGHUP");
    await relay.child.waitForLine("read again");

    // By itself it would try again after 15 s or more.
    await waitUntil(() => posts() >= 2, {
      what: "a second request",
      timeoutMs: 5_000,
    });
  },
});
