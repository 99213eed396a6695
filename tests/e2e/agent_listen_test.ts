/** The agent's own /metrics and /healthz, and how soon data arrive. */
import { runCommand } from "../../deploy/parts/command.ts";
import { makeTempDir } from "../../deploy/parts/cleanup.ts";
import {
  arrivals,
  IDENTITY,
  ONE_COLLECTOR,
  RunningAgent,
  waitForScrapes,
} from "../support/agent_run.ts";
import {
  assert,
  assertEquals,
  assertStringIncludes,
} from "../support/assert.ts";
import { startReceiver, unusedPort } from "../support/mock_receiver.ts";
import { part } from "../support/parts.ts";
import { runAgent, startAgent } from "../support/process.ts";

const promtool = await part("promtool");

/** promtool wants snake_case; these names are node_exporter's. */
const UPSTREAM_NAMES = /^node_.* should be written in 'snake_case'/;

function accept(): Response {
  return new Response(null, { status: 204 });
}

Deno.test({
  name: "run serves /metrics that promtool accepts",
  ignore: !promtool.available,
  async fn() {
    await using receiver = startReceiver(accept);
    await using agent = new RunningAgent({ url: receiver.url, flags: [] });
    await waitForScrapes(receiver, 1);
    const text = await (await fetch(`${agent.listenUrl}/metrics`)).text();
    await agent.end();
    using dir = makeTempDir();
    const file = `${dir.path}/metrics`;
    Deno.writeTextFileSync(file, text);
    const { launch } = promtool.get();
    assert(launch.kind === "program");

    const { code, stderr } = await runCommand([
      "sh",
      "-c",
      '"$1" check metrics <"$2"',
      "sh",
      launch.path,
      file,
    ]);

    // 1 is a text that cannot be parsed, 3 only advice on names.
    assert(code === 0 || code === 3, stderr);
    const ours = stderr.split("\n").filter((line) =>
      line !== "" && !UPSTREAM_NAMES.test(line)
    );
    assertEquals(ours, []);
    for (const name of ["node_load1", "msp_spool_bytes", "process_open_fds"]) {
      assertStringIncludes(text, `# TYPE ${name} gauge`);
    }
  },
});

Deno.test("run answers /healthz, packs /metrics and refuses the rest", async () => {
  await using receiver = startReceiver(accept);
  await using agent = new RunningAgent({ url: receiver.url });
  await waitForScrapes(receiver, 1);

  const statuses: number[] = [];
  for (
    const [path, method] of [
      ["/healthz", "GET"],
      ["/metrics", "HEAD"],
      ["/", "GET"],
      ["/metrics", "POST"],
    ] as const
  ) {
    const response = await fetch(`${agent.listenUrl}${path}`, { method });
    await response.body?.cancel();
    statuses.push(response.status);
  }
  const packed = await fetch(`${agent.listenUrl}/metrics`, {
    headers: { "accept-encoding": "gzip" },
  });
  const vary = packed.headers.get("vary") ?? "";
  const text = await packed.text();
  await agent.end();

  assertEquals(statuses, [200, 200, 404, 405]);
  assertStringIncludes(vary.toLowerCase(), "accept-encoding");
  assertStringIncludes(text, "node_load1 ");
});

Deno.test("run says when the port of --listen is taken, and sends nothing", async () => {
  await using receiver = startReceiver(accept);
  await using other = startReceiver(accept);
  using dir = makeTempDir();

  const { code, stderr } = await runAgent([
    "run",
    ...IDENTITY,
    ...ONE_COLLECTOR,
    `--remote-write-url=${receiver.url}`,
    `--listen=127.0.0.1:${other.port}`,
    `--spool=${dir.path}`,
  ]);

  assertEquals(code, 1);
  assertStringIncludes(stderr, `Cannot listen on 127.0.0.1:${other.port}`);
  assertStringIncludes(stderr, "fix: Stop the program that listens there");
  assertEquals(receiver.received, []);
});

Deno.test("run delivers its first scrape at once, whatever the interval", async () => {
  await using receiver = startReceiver(accept);
  using dir = makeTempDir();
  await using agent = startAgent([
    "run",
    ...IDENTITY,
    `--remote-write-url=${receiver.url}`,
    "--interval=1h",
    `--spool=${dir.path}`,
  ]);

  // Fails after seconds; on the grid of an hour it would come in half an hour.
  await waitForScrapes(receiver, 1);
  await agent.stop();
});

Deno.test("run does not listen unless it is told to", async () => {
  const port = unusedPort();
  const { stdout } = await runAgent([
    "run",
    ...IDENTITY,
    "--print-config",
    `--remote-write-url=http://127.0.0.1:${port}/api/v1/write`,
  ]);

  assert(!stdout.includes("--listen"));
});

/** Series of the agent and of its scrape, and what they are in truth. */
const OWN_SERIES: Record<string, number> = {
  'msp_spool_capacity_bytes{program="agent"}': 256 * 1024 ** 2,
  "node_textfile_scrape_error": 0,
  'node_scrape_collector_success{collector="textfile"}': 1,
};

Deno.test("run lets no text file replace what it says of itself", async () => {
  using dir = makeTempDir();
  const lines = Object.keys(OWN_SERIES).map((series) => `${series} 12345\n`);
  Deno.writeTextFileSync(
    `${dir.path}/a.prom`,
    `${lines.join("")}other 12345\n`,
  );
  await using receiver = startReceiver(accept);
  await using agent = new RunningAgent({
    url: receiver.url,
    flags: [
      ...ONE_COLLECTOR,
      "--collector.textfile",
      `--collector.textfile.directory=${dir.path}`,
    ],
  });
  await waitForScrapes(receiver, 1);

  for (const [series, value] of Object.entries(OWN_SERIES)) {
    assertEquals(await agent.metric(series), value, series);
  }
  const foreign = [...arrivals(receiver.received)]
    .filter(([, { values }]) => values.includes(12345))
    .map(([labels]) => labels.split(",")[0]);
  assertEquals(foreign, ["__name__=other"]);
});
