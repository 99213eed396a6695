import { loadAgentConfig } from "../../../agent/config.ts";
import {
  agentArgs,
  planServers,
  serverKey,
} from "../../../deploy/demo/servers.ts";
import { assert, assertEquals } from "../../support/assert.ts";

const PLACE = {
  writeUrl: "http://127.0.0.1:8428/api/v1/write",
  spoolDir: "/tmp/demo/web-01",
};

Deno.test("planServers() begins with three customers of three providers", () => {
  const servers = planServers(3);
  assertEquals(servers.map(serverKey), [
    "kt/web-01",
    "naver/db-01",
    "nhn/batch-01",
  ]);
  assertEquals(new Set(servers.map(({ csp }) => csp)).size, 3);
  assertEquals(new Set(servers.map(({ region }) => region)).size, 3);
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
    assertEquals([intervalMs, String(pushUrl)], [1_000, PLACE.writeUrl]);
  });
}
