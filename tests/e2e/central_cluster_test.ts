/**
 * compose.cluster.yml as far as it can be tried without vminsert, vmselect and
 * vmstorage, which no package holds (with them: cluster_test.ts). The flags are
 * those of the programs that are there, and the real vmauth asks recording
 * servers under the cluster's addresses.
 */
import { runCommand } from "../../deploy/parts/command.ts";
import { startPart } from "../../deploy/parts/start.ts";
import { waitUntil } from "../../deploy/parts/wait.ts";
import { assert, assertEquals } from "../support/assert.ts";
import {
  bearer,
  changeSettings,
  copyStack,
  readShownToken,
  runMspctl,
} from "../support/central.ts";
import { centralBody } from "../support/central_body.ts";
import { clusterServices } from "../support/cluster.ts";
import { part, program } from "../support/parts.ts";
import { ROOT } from "../support/process.ts";
import { WRITE_HEADERS } from "../support/relay.ts";

const vm = await part("victoria-metrics");
const vmauth = await part("vmauth");
const vmalert = await part("vmalert");
const vmagent = await part("vmagent");
const compose = await part("docker-compose");
const openssl = program("openssl");

/**
 * Flags that only the cluster's programs have.
 * Source: VictoriaMetrics, docs, "List of command-line flags" of the cluster.
 */
const CLUSTER_ONLY: Readonly<Record<string, readonly string[]>> = {
  vmstorage: [],
  vminsert: ["storageNode", "replicationFactor"],
  vmselect: ["storageNode", "replicationFactor", "search.denyPartialResponse"],
};

/** What Compose makes of both files, by name. */
async function servicesInFiles() {
  using stack = await copyStack();
  const dir = stack.path;
  await runMspctl("init", "--public-url=http://10.0.0.5:8880", `--dir=${dir}`);
  return await clusterServices(compose.get(), dir);
}

/** Flags of each of VictoriaMetrics' programs, as Compose starts them. */
async function flagsInFiles(): Promise<Map<string, string[]>> {
  return new Map(
    Object.values(await servicesInFiles())
      .filter(({ image }) => image.startsWith("victoriametrics/"))
      .map(({ image, command = [] }) => [
        image.replace(/^victoriametrics\/(\w+):.*$/, "$1"),
        command.map((flag) => flag.replace(/^-([^=]+)(=.*)?$/s, "$1")),
      ]),
  );
}

async function flagsOf({ launch }: ReturnType<typeof vm.get>) {
  const path = launch.kind === "program" ? launch.path : "";
  const { stdout, stderr } = await runCommand([path, "-help"]);
  const found = `${stdout}${stderr}`.matchAll(/^ +-([\w.]+)/gm);
  return new Set(Array.from(found, ([, flag = ""]) => flag));
}

Deno.test({
  name: "compose.cluster.yml uses flags that there are",
  ignore: ![vm, vmauth, vmalert, vmagent, compose, openssl]
    .every((one) => one.available),
  async fn() {
    const single = await flagsOf(vm.get());
    const known: Record<string, Set<string>> = {
      vmauth: await flagsOf(vmauth.get()),
      vmalert: await flagsOf(vmalert.get()),
      vmagent: await flagsOf(vmagent.get()),
    };

    const used = await flagsInFiles();

    assertEquals([...used.keys()].sort(), [
      "vmagent",
      "vmalert",
      "vmauth",
      "vminsert",
      "vmselect",
      "vmstorage",
    ]);
    for (const [name, flags] of used) {
      const own = CLUSTER_ONLY[name] ?? [];
      const unknown = flags.filter((flag) =>
        !(known[name] ?? single).has(flag) && !own.includes(flag)
      );
      assertEquals(unknown, [], name);
      // Nothing is taken on trust that could be checked, or that is not used.
      const needless = own.filter((flag) =>
        single.has(flag) || !flags.includes(flag)
      );
      assertEquals(needless, [], name);
    }
  },
});

Deno.test({
  name: "the cluster's vmagent scrapes every part that tells of itself",
  ignore: ![vmagent, compose, openssl].every((one) => one.available),
  async fn() {
    const { launch } = vmagent.get();
    const path = launch.kind === "program" ? launch.path : "";
    const config = `${ROOT}/deploy/victoriametrics/scrape_cluster.yml`;

    const { code, stderr } = await runCommand([
      path,
      "-dryRun",
      "-promscrape.config.strictParse",
      `-promscrape.config=${config}`,
    ]);

    assertEquals(code, 0, stderr);
    const text = await Deno.readTextFile(config);
    const parts = Object.entries(await servicesInFiles())
      .filter(([name, { image }]) =>
        // replay is a script that calls vmalert once a day.
        name !== "vmagent" && name !== "replay" &&
        /^(victoriametrics\/vm|prom\/alertmanager)/.test(image)
      )
      .map(([name]) => name);
    const unseen = parts.filter((name) =>
      !text.includes(`"${name}:`) && !text.includes(`[${name}]`)
    );
    assertEquals(unseen, []);
    assertEquals(parts.length, 7);
  },
});

/** A server that answers like vminsert or vmselect and keeps what it was asked. */
function recording() {
  const asked: string[] = [];
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      await request.body?.cancel();
      const { pathname, searchParams } = new URL(request.url);
      searchParams.sort();
      const pinned = Array.from(
        searchParams,
        ([name, value]) => `${name}=${value}`,
      );
      asked.push(`${request.method} ${pathname}?${pinned.join("&")}`);
      return pathname.startsWith("/insert/")
        ? new Response(null, { status: 204 })
        : Response.json({ status: "success", data: [] });
    },
  );
  return { url: `http://127.0.0.1:${server.addr.port}`, asked, server };
}

const LIMIT = "extra_filters=%KT&extra_filters[]=%KT&extra_label=customer_id=kt"
  .replaceAll("%KT", '{customer_id="kt"}');

Deno.test({
  name: "vmauth sends each token to the cluster's address of its customer",
  ignore: !vmauth.available || !openssl.available,
  async fn(t) {
    const insert = recording();
    const select = recording();
    using stack = await copyStack();
    const dir = stack.path;
    const mspctl = async (...args: string[]) => {
      const { code, stdout, stderr } = await runMspctl(...args, `--dir=${dir}`);
      assertEquals(code, 0, stderr);
      return stdout;
    };
    await mspctl("init", "--public-url=http://10.0.0.5:8880");
    changeSettings(dir, {
      VM_WRITE_BASE: `${insert.url}/insert/0/prometheus`,
      VM_READ_BASE: `${select.url}/select/0/prometheus`,
    });
    await mspctl("apply");
    const kt = readShownToken(await mspctl("customer", "add", "kt"));
    const demo = readShownToken(await mspctl("customer", "add", "demo"));
    const reader = (id: string) =>
      Deno.readTextFileSync(`${dir}/secrets/readers/${id}`);
    const clear = () => {
      insert.asked.length = 0;
      select.asked.length = 0;
    };

    await using running = await startPart({
      part: vmauth.get(),
      dataDir: `${dir}/secrets/vmauth`,
    }, {
      readyPath: "/health",
      // As in compose.cluster.yml.
      args: ({ dataDir, port }) => [
        `-httpListenAddr=127.0.0.1:${port}`,
        `-auth.config=${dataDir}/auth.yml`,
        "-configCheckInterval=1s",
        "-maxQueueDuration=10s",
        "-discoverBackendIPs",
      ],
    });
    const ask = async (token: string | undefined, path: string, init = {}) => {
      const answer = await fetch(`${running.url}${path}`, {
        headers: bearer(token),
        ...init,
      });
      await answer.body?.cancel();
      return answer.status;
    };
    const write = (token: string | undefined, query = "") =>
      ask(token, `/api/v1/write${query}`, {
        method: "POST",
        headers: { ...WRITE_HEADERS, ...bearer(token) },
        body: centralBody({}),
      });

    await t.step("a write goes to vminsert, account 0, as itself", async () => {
      assertEquals(await write(kt), 204);
      assertEquals(await write(demo), 204);
      assertEquals(insert.asked, [
        "POST /insert/0/prometheus/api/v1/write?extra_label=customer_id=kt",
        "POST /insert/0/prometheus/api/v1/write?extra_label=customer_id=demo",
      ]);
      assertEquals(select.asked, []);
    });
    await t.step("a client's own customer is dropped", async () => {
      clear();
      assertEquals(await write(kt, "?extra_label=customer_id=demo"), 204);
      assertEquals(insert.asked, [
        "POST /insert/0/prometheus/api/v1/write?extra_label=customer_id=kt",
      ]);
    });
    await t.step("reads go to vmselect, limited on every path", async () => {
      const paths = [
        "query",
        "query_range",
        "series",
        "labels",
        "label/server_name/values",
      ];
      for (const path of paths) {
        clear();
        const foreign = "extra_filters[]={customer_id=%22demo%22}&query=up";
        const status = await ask(reader("kt"), `/api/v1/${path}?${foreign}`);
        assertEquals(status, 200, path);
        assertEquals(select.asked, [
          `GET /select/0/prometheus/api/v1/${path}?${LIMIT}&query=up`,
        ]);
      }
      assertEquals(insert.asked, []);
    });
    await t.step("the staff's reads have no limit", async () => {
      clear();
      assertEquals(await ask(reader("msp"), "/api/v1/query?query=up"), 200);
      assertEquals(select.asked, [
        "GET /select/0/prometheus/api/v1/query?query=up",
      ]);
    });
    await t.step("a receipt is one fixed query of vmselect", async () => {
      clear();
      assertEquals(await ask(kt, "/api/v1/receipt?query=up"), 200);
      assertEquals(select.asked, [
        "GET /select/0/prometheus/api/v1/query?extra_label=customer_id=kt&" +
        "latency_offset=1s&nocache=1&" +
        "query=last_over_time(msp_install_check[10m])",
      ]);
    });
    await t.step("no, wrong and foreign tokens reach nothing", async () => {
      clear();
      assertEquals(await write(undefined), 401);
      assertEquals(await write("0".repeat(64)), 401);
      assertEquals(await write(reader("kt")), 400);
      assertEquals(await ask(undefined, "/api/v1/query?query=up"), 401);
      assertEquals(await ask("0".repeat(64), "/api/v1/query?query=up"), 401);
      assertEquals(await ask(kt, "/api/v1/query?query=up"), 400);
      // Past vmauth by the cluster's own addresses, to another account.
      for (const path of ["/insert/1/prometheus/api/v1/write", "/select/1/"]) {
        assertEquals(await ask(kt, path), 400);
        assertEquals(await ask(reader("kt"), path), 400);
      }
      assertEquals([...insert.asked, ...select.asked], []);
    });
    await t.step("a revoked token is refused", async () => {
      await mspctl("customer", "revoke", "demo");
      await waitUntil(async () => await write(demo) === 401, {
        what: "401 for the revoked token",
        everyMs: 200,
      });
      clear();
      assertEquals(await write(kt), 204);
      assert(insert.asked.length === 1);
    });
    await Promise.all([insert.server.shutdown(), select.server.shutdown()]);
  },
});
