/** Who may write and read what, on the real vmauth, Nginx and VictoriaMetrics. */
import type { InstantSample } from "../../deploy/parts/promql.ts";
import { startVmagent } from "../../deploy/parts/victoria_metrics.ts";
import { waitUntil } from "../../deploy/parts/wait.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { bearer, Central } from "../support/central.ts";
import { part, program } from "../support/parts.ts";
import { runAgent, startAgent } from "../support/process.ts";

const vm = await part("victoria-metrics");
const vmauth = await part("vmauth");
const vmagent = await part("vmagent");
const nginx = program("nginx");
const openssl = program("openssl");
const ignore = ![vm, vmauth, vmagent, nginx, openssl].every((one) =>
  one.available
);

/** Both have a server of this name. */
const SERVER = "web-01";

async function statusOf(answer: Promise<Response>): Promise<number> {
  const { status, body } = await answer;
  await body?.cancel();
  return status;
}

/** Customers whose samples the store has under this selector. */
async function customersOf(
  central: Central,
  selector: string,
): Promise<string[]> {
  await central.vm.flush();
  const found = await central.vm.queryInstant(
    `count by (customer_id) (${selector})`,
  );
  return found.map(({ labels }) => labels["customer_id"] ?? "").sort();
}

Deno.test({
  name: "central lets each customer write and read as itself only",
  ignore,
  async fn(t) {
    await using central = await Central.start({
      vm: vm.get(),
      vmauth: vmauth.get(),
      nginx: nginx.get(),
    });
    const kt = await central.addCustomer("kt");
    const demo = await central.addCustomer("demo");
    await central.waitForToken(kt);
    await central.waitForToken(demo);

    await t.step("the agent's samples arrive through Nginx 8880", async () => {
      await deliverWithAgent(central, kt);
    });
    await t.step("msp-agent check proves that they are stored", async () => {
      await checkWithAgent(central, kt);
    });
    await t.step(
      "no token, a wrong one and a reader's are refused",
      async () => {
        const reader = central.readToken("kt");
        assertEquals(await statusOf(central.write(undefined)), 401);
        assertEquals(await statusOf(central.write("0".repeat(64))), 401);
        assertEquals(await statusOf(central.write(reader)), 400);
      },
    );
    await t.step(
      "a vmagent with the token in a file delivers too",
      () => deliverWithVmagent(central, kt),
    );
    await t.step("a write token reads nothing", async () => {
      const query = "/api/v1/query?query=test_value";
      assertEquals(await statusOf(central.ask(kt, query)), 400);
    });
    await t.step(
      "nothing but writing and receipts is reachable",
      () => refuseOtherPaths(central, kt),
    );
    await t.step(
      "nobody writes as another customer",
      () => writeAsAnother(central, kt),
    );
    await t.step("nobody reads another customer", () => readAnother(central));
    await t.step(
      "a receipt shows the own check samples only",
      () => readForeignReceipt(central, { kt, demo }),
    );
    await t.step("a revoked token is refused, others go on", async () => {
      await central.mspctl("customer", "revoke", "demo");
      await waitUntil(async () => await statusOf(central.write(demo)) === 401, {
        what: "401 for the revoked token",
        everyMs: 100,
      });
      assertEquals(await statusOf(central.write(kt)), 204);
    });
  },
});

async function deliverWithAgent(central: Central, token: string) {
  await using agent = startAgent(["run", ...agentFlags(central, token)]);
  await waitUntil(async () => {
    await central.vm.flush();
    const found = await central.vm.queryInstant("node_load1");
    return found.length > 0;
  }, { what: () => `node_load1: ${agent.tail()}`, timeoutMs: 20_000 });
  const { code } = await agent.stop();
  assertEquals(code, 0);
  assertEquals(await customersOf(central, "node_load1"), ["kt"]);
}

async function checkWithAgent(central: Central, token: string) {
  const flags = agentFlags(central, token).filter((flag) =>
    !flag.startsWith("--interval")
  );
  const check = await runAgent(["check", "--wait=20s", ...flags]);
  assertEquals(check.code, 0, check.stdout + check.stderr);
}

/** Who comes from Alloy or vmagent may write on while agents are installed. */
async function deliverWithVmagent(central: Central, token: string) {
  const file = `${central.dir}/vmagent.token`;
  Deno.writeTextFileSync(file, token);
  await using _vmagent = await startVmagent({
    part: vmagent.get(),
    remoteWriteUrls: [`${central.url}/api/v1/write`],
    extraArgs: [
      `-remoteWrite.bearerTokenFile=${file}`,
      "-remoteWrite.flushInterval=200ms",
    ],
    scrapeConfig: `scrape_configs:
- job_name: vm
  scrape_interval: 500ms
  static_configs:
  - targets: ["127.0.0.1:${central.ports.vm}"]
    labels: {customer_id: demo}
`,
  });
  await waitUntil(
    async () => (await customersOf(central, "up")).length > 0,
    { what: "a scrape of vmagent", timeoutMs: 20_000, everyMs: 200 },
  );
  assertEquals(await customersOf(central, "up"), ["kt"]);
}

/** An agent as it is installed, with the token in a file. */
function agentFlags(central: Central, token: string): string[] {
  const file = `${central.dir}/agent.token`;
  Deno.writeTextFileSync(file, token);
  return [
    "--customer-id=kt",
    `--server-name=${SERVER}`,
    "--csp=kt",
    "--region=kc1",
    `--remote-write-url=${central.url}/api/v1/write`,
    `--token-file=${file}`,
    `--spool=${central.dir}/agent-spool`,
    "--interval=1s",
  ];
}

async function refuseOtherPaths(central: Central, token: string) {
  for (
    const path of [
      "/api/v1/import",
      "/api/v1/import/prometheus",
      "/api/v1/export",
      "/api/v1/admin/tsdb/delete_series",
      "/snapshot/create",
      "/api/v1/status/tsdb",
      "/api/v1/query",
      "/metrics",
      "/-/reload",
      "/vmui",
      "/api/v1/write/",
    ]
  ) {
    const answer = await fetch(`${central.url}${path}`, {
      method: "POST",
      headers: bearer(token),
      redirect: "manual",
    });
    // Queries go to vmauth, which has no such route for a token that writes.
    // Everything else is Grafana's, behind Nginx's own password.
    const refusal = path === "/api/v1/query" ? 400 : 401;
    assertEquals(await statusOf(Promise.resolve(answer)), refusal, path);
    const inside = central.ask(token, path, { method: "POST" });
    const status = await statusOf(inside);
    const isVmauthsOwn = path === "/metrics" || path === "/-/reload";
    assert(isVmauthsOwn || status === 400, `${path} at vmauth: ${status}`);
  }
}

async function writeAsAnother(central: Central, kt: string) {
  const attempts = {
    "": "plain",
    "?extra_label=customer_id=demo": "argument",
    "?extra_label=customer_id%3Ddemo&extra_label=x=y": "two_arguments",
    "?extra_filters[]={customer_id=%22demo%22}": "filter",
  };
  for (const [query, server] of Object.entries(attempts)) {
    const answer = central.write(kt, { server, query, customer: "demo" });
    assertEquals(await statusOf(answer), 204, server);
    const selector = `test_value{server_name="${server}"}`;
    assertEquals(await customersOf(central, selector), ["kt"], server);
  }
}

/** Selectors and arguments with which a reader may try to see more. */
const ESCAPES = [
  { query: 'test_value{customer_id="demo"}' },
  { query: 'test_value{customer_id=~".*"}' },
  { query: "test_value", extra_label: "customer_id=demo" },
  { query: "test_value", extra_filters: '{customer_id="demo"}' },
  { query: "test_value", "extra_filters[]": '{customer_id="demo"}' },
  { query: "test_value", "extra_filters[]": '{customer_id=~".+"}' },
  { query: '{customer_id="kt" or customer_id="demo"}' },
  { query: 'union(test_value{customer_id="demo"},test_value)' },
];

async function readAnother(central: Central) {
  const token = central.readToken("kt");
  const demo = await statusOf(
    central.write(await customerToken(central, "demo"), { server: SERVER }),
  );
  assertEquals(demo, 204);
  await central.vm.flush();
  assertEquals(await customersOf(central, "test_value"), ["demo", "kt"]);
  for (const form of ESCAPES) {
    const params = new URLSearchParams({ ...form, nocache: "1" });
    const answers = [
      await central.ask(token, `/api/v1/query?${params}`),
      await central.ask(token, "/api/v1/query", {
        method: "POST",
        body: params,
      }),
    ];
    for (const answer of answers) {
      const text = await answer.text();
      assertEquals(answer.status, 200, text);
      assert(!text.includes('"demo"'), `${JSON.stringify(form)}: ${text}`);
    }
  }
  await readLabelsOfAnother(central, token);
  const all = new URLSearchParams({ query: "test_value", nocache: "1" });
  const staff = await central.ask(
    central.readToken("msp"),
    `/api/v1/query?${all}`,
  );
  const { data } = await staff.json() as {
    data: { result: { metric: InstantSample["labels"] }[] };
  };
  const seen = new Set(data.result.map(({ metric }) => metric["customer_id"]));
  assertEquals([...seen].sort(), ["demo", "kt"]);
}

/** The routes that fill Grafana's menus. */
async function readLabelsOfAnother(central: Central, token: string) {
  const start = String(Date.now() / 1000 - 3600);
  const filters = `extra_filters=${encodeURIComponent('{customer_id="demo"}')}`;
  for (
    const path of [
      `/api/v1/label/customer_id/values?start=${start}`,
      `/api/v1/label/customer_id/values?start=${start}&${filters}`,
      `/api/v1/series?match[]=test_value&start=${start}&${filters}`,
      `/api/v1/query_range?query=test_value&start=${start}&step=15&${filters}`,
      `/api/v1/labels?start=${start}&${filters}`,
    ]
  ) {
    const answer = await central.ask(token, path);
    const text = await answer.text();
    assertEquals(answer.status, 200, text);
    assert(!text.includes("demo"), `${path}: ${text}`);
    if (!path.startsWith("/api/v1/labels")) assert(text.includes("kt"), text);
  }
}

/** The token as customers.json keeps it for vmauth. */
async function customerToken(central: Central, id: string): Promise<string> {
  const text = await Deno.readTextFile(`${central.dir}/secrets/customers.json`);
  const { customers } = JSON.parse(text) as {
    customers: { id: string; tokens: { kind: string; token: string }[] }[];
  };
  const { tokens = [] } = customers.find((one) => one.id === id) ?? {};
  return tokens.find(({ kind }) => kind === "write")?.token ?? "";
}

async function readForeignReceipt(
  central: Central,
  { kt, demo }: { readonly kt: string; readonly demo: string },
) {
  for (const [token, id] of [[kt, "of-kt"], [demo, "of-demo"]] as const) {
    const answer = central.write(token, {
      metric: "msp_install_check",
      labels: { id },
    });
    assertEquals(await statusOf(answer), 204);
  }
  await central.vm.flush();
  const forms: RequestInit[] = [
    {},
    { method: "POST", body: new URLSearchParams({ query: "test_value" }) },
    {
      method: "POST",
      body: new URLSearchParams({
        "extra_filters[]": '{customer_id="demo"}',
        extra_label: "customer_id=demo",
      }),
    },
  ];
  const wider = "query=test_value&extra_label=customer_id=demo" +
    '&extra_filters={customer_id="demo"}&extra_filters[]={customer_id="demo"}';
  const receipt = async (id: string, init: RequestInit) => {
    const url = `${central.url}/api/v1/receipt?id=${id}&${wider}`;
    const answer = await fetch(url, { ...init, headers: bearer(kt) });
    assertEquals(answer.status, 200);
    return await answer.text();
  };
  for (const form of forms) {
    const own = await receipt("of-kt", form);
    assert(own.includes("of-kt") && !own.includes("test_value"), own);
    assert(!own.includes("demo"), own);
    assert((await receipt("of-demo", form)).includes('"result":[]'));
    // From inside, past Nginx.
    const direct = await central.ask(kt, `/api/v1/receipt?${wider}`, form);
    assert(!(await direct.text()).includes("demo"));
  }
  const wrong = await fetch(`${central.url}/api/v1/receipt?id="}`);
  assertEquals([wrong.status, await wrong.text()], [
    400,
    "no id given: ask for /api/v1/receipt?id=ID\n",
  ]);
}
