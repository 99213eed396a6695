/** Requests whose Host header is missing or no host: probes and scanners. */
import { assertEquals, assertMatch } from "../support/assert.ts";
import { bun } from "../support/parts.ts";
import { startTestRelay } from "../support/relay.ts";

const relayBun = bun();

/** First lines of a request, without Host and with odd ones. */
const HEADS: Record<string, (path: string) => string> = {
  "HTTP/1.0 without Host": (path) => `GET ${path} HTTP/1.0\r\n`,
  "a port that cannot be": (path) => hosted(path, "x:99999"),
  "an address that cannot be": (path) => hosted(path, "1.2.3.999"),
  "a name in Korean": (path) => hosted(path, "한글.local"),
  "an empty Host": (path) => hosted(path, ""),
};

function hosted(path: string, host: string): string {
  return `GET ${path} HTTP/1.1\r\nHost: ${host}\r\n`;
}

async function ask(port: number, head: string): Promise<string> {
  using socket = await Deno.connect({ hostname: "127.0.0.1", port });
  await socket.write(
    new TextEncoder().encode(`${head}Connection: close\r\n\r\n`),
  );
  return await new Response(socket.readable).text();
}

Deno.test({
  name: "relay: answers by the path, whatever the Host header says",
  ignore: !relayBun.available,
  async fn() {
    await using relay = await startTestRelay({ bun: relayBun.get() });
    for (const [what, head] of Object.entries(HEADS)) {
      const first = async (path: string) =>
        (await ask(relay.port, head(path))).split("\r\n")[0];
      assertEquals(
        [what, await first("/-/ready"), await first("/metrics")],
        [what, "HTTP/1.1 200 OK", "HTTP/1.1 200 OK"],
      );
      const receipt = await ask(relay.port, head("/api/v1/receipt?id=x"));
      assertMatch(receipt, /\{"id":"x",/);
      const page = await ask(relay.port, head("/"));
      assertMatch(page, /^HTTP\/1\.1 200 OK/);
      assertMatch(page, /http:\/\/RELAY:9999\/api\/v1\/metrics\/write/);
      // No script with an address at which nobody can be reached.
      assertEquals(await first("/install.sh"), "HTTP/1.1 404 Not Found");
    }
    assertEquals(relay.child.text("stderr").includes("request failed"), false);
  },
});
