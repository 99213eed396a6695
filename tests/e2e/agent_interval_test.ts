/** What an agent says of its interval: to central, and to who chose a long one. */
import { makeTempDir } from "../../deploy/parts/cleanup.ts";
import { freePort } from "../../deploy/parts/wait.ts";
import { IDENTITY, ONE_COLLECTOR } from "../support/agent_run.ts";
import { assertEquals, assertStringIncludes } from "../support/assert.ts";
import { unusedPort } from "../support/mock_receiver.ts";
import { startAgent } from "../support/process.ts";

const WARNING = "Interval is long for central";

for (const [interval, seconds, warnings] of [["30s", 30, 0], ["31s", 31, 1]]) {
  Deno.test(`run with an interval of ${interval} says so, and warns ${warnings} times`, async () => {
    using dir = makeTempDir({ prefix: "msp-interval-" });
    const listen = `127.0.0.1:${freePort()}`;
    const agent = startAgent([
      "run",
      ...IDENTITY,
      `--remote-write-url=http://127.0.0.1:${unusedPort()}/api/v1/write`,
      `--interval=${interval}`,
      `--listen=${listen}`,
      `--spool=${dir.path}/spool`,
      ...ONE_COLLECTOR,
    ]);
    await agent.waitForLine("Agent started");
    const text = await (await fetch(`http://${listen}/metrics`)).text();
    await agent.kill();

    assertStringIncludes(
      text,
      `\nmsp_scrape_interval_seconds{program="agent"} ${seconds}\n`,
    );
    const log = agent.text("stderr").split(WARNING);
    assertEquals(log.length - 1, warnings);
  });
}
