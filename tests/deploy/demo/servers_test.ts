import { loadAgentConfig } from "../../../agent/config.ts";
import {
  agentArgs,
  planServers,
  serverKey,
} from "../../../deploy/demo/servers.ts";
import { assert, assertEquals } from "../../support/assert.ts";

const PLACE = {
  writeUrl: "http://127.0.0.1:8428/api/v1/write",
  relayUrl: "http://127.0.0.1:9999",
  spoolDir: "/tmp/demo/web-01",
};

Deno.test("planServers() begins with the three ways to the store", () => {
  assertEquals(planServers(3).map((each) => [serverKey(each), each.mode]), [
    ["kt/web-01", "direct"],
    ["naver/gw-01", "relay-server"],
    ["naver/db-01", "relay-agent"],
  ]);
});

Deno.test("planServers() has one relay, and only its customer's servers behind it", () => {
  const servers = planServers(50);
  const relays = servers.filter(({ mode }) => mode === "relay-server");
  const behind = servers.filter(({ mode }) => mode === "relay-agent");

  assertEquals(relays.map(serverKey), ["naver/gw-01"]);
  assertEquals(new Set(behind.map((each) => each.customerId)).size, 1);
  assertEquals(behind[0]?.customerId, relays[0]?.customerId);
});

Deno.test("planServers() gives fifty servers a name each", () => {
  assertEquals(new Set(planServers(50).map(serverKey)).size, 50);
});

for (const server of planServers(5)) {
  Deno.test(`agentArgs() of ${serverKey(server)} are what the agent takes`, () => {
    const [command, ...argv] = agentArgs(server, PLACE);
    const loaded = loadAgentConfig({
      command: "run",
      argv,
      env: {},
      hostname: "machine",
      readTextFile: (path) => path === "/dev/null" ? "" : "MSP_MODE=broken",
    });
    assertEquals(command, "run");
    assert(loaded.ok, JSON.stringify(loaded));
    const { identity, intervalMs, pushUrl } = loaded.config;
    assertEquals(identity.serverName, server.serverName);
    const url = server.mode === "direct"
      ? PLACE.writeUrl
      : `${PLACE.relayUrl}/api/v1/metrics/write`;
    assertEquals([intervalMs, String(pushUrl)], [1_000, url]);
  });
}
