/**
 * `mspctl customer grafana` through the real Nginx, against a server that keeps
 * organisations as Grafana's HTTP API describes them. There is no Grafana here.
 */
import { DASHBOARD_UIDS } from "../../deploy/dashboards/names.ts";
import { assert, assertEquals, assertMatch } from "../support/assert.ts";
import { Central, changeSettings, runMspctl } from "../support/central.ts";
import { part, program } from "../support/parts.ts";

const vm = await part("victoria-metrics");
const vmauth = await part("vmauth");
const nginx = program("nginx");
const openssl = program("openssl");
const ignore = ![vm, vmauth, nginx, openssl].every((one) => one.available);

const SESSION = "grafana_session=abc";

interface Organisation {
  readonly id: number;
  readonly sources: Map<string, Record<string, unknown>>;
  readonly folders: Set<string>;
  readonly dashboards: Map<string, Record<string, unknown>>;
}

/** What this test needs of Grafana, answer by answer of its documentation. */
class Recorded implements AsyncDisposable {
  readonly asked: string[] = [];
  readonly organisations = new Map<string, Organisation>();
  password = "";
  readonly #server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request) => this.#answer(request),
  );

  get address(): string {
    return `127.0.0.1:${this.#server.addr.port}`;
  }

  async #answer(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    const { method, headers } = request;
    this.asked.push(`${method} ${pathname}`);
    const body = method === "GET" ? {} : await request.json();
    // It would take Nginx's for its own, and refuse.
    if (headers.has("authorization")) return refuse(401);
    if (pathname === "/login") {
      const isAdmin = body.user === "admin" && body.password === this.password;
      if (!isAdmin) return refuse(401);
      const cookie = `${SESSION}; Path=/; HttpOnly; SameSite=Lax`;
      return Response.json({ message: "Logged in" }, {
        headers: { "set-cookie": cookie },
      });
    }
    if (headers.get("cookie") !== SESSION) return refuse(401);
    if (pathname.startsWith("/api/orgs")) {
      return this.#organisation(pathname, body.name);
    }
    const id = headers.get("x-grafana-org-id");
    const organisation = [...this.organisations.values()]
      .find((one) => String(one.id) === id);
    return organisation === undefined
      ? refuse(403)
      : inOrganisation(organisation, `${method} ${pathname}`, body);
  }

  #organisation(pathname: string, name: string | undefined): Response {
    if (name !== undefined) {
      const made: Organisation = {
        id: this.organisations.size + 2,
        sources: new Map(),
        folders: new Set(),
        dashboards: new Map(),
      };
      this.organisations.set(name, made);
      return Response.json({ orgId: made.id });
    }
    const found = this.organisations.get(pathname.split("/").at(-1) ?? "");
    return found === undefined ? refuse(404) : Response.json({ id: found.id });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}

function inOrganisation(
  { sources, folders, dashboards }: Organisation,
  asked: string,
  // deno-lint-ignore no-explicit-any -- whatever JSON was sent
  body: any,
): Response {
  const uid = asked.split("/").at(-1) ?? "";
  switch (asked.replace(/msp-\w+$/, "UID")) {
    case "GET /api/datasources/uid/UID":
      return sources.has(uid) ? Response.json({ uid }) : refuse(404);
    case "POST /api/datasources":
    case "PUT /api/datasources/uid/UID":
      sources.set(body.uid, body);
      return Response.json({ id: 1 });
    case "GET /api/folders/UID":
      return folders.has(uid) ? Response.json({ uid }) : refuse(404);
    case "POST /api/folders":
      folders.add(body.uid);
      return Response.json({ uid: body.uid });
    case "POST /api/dashboards/db":
      if (!folders.has(body.folderUid) || !body.overwrite) return refuse(412);
      dashboards.set(body.dashboard.uid, body.dashboard);
      return Response.json({ status: "success" });
    default:
      return refuse(404);
  }
}

function refuse(status: number): Response {
  return Response.json({ message: "refused" }, { status });
}

for (const tls of [false, true]) {
  Deno.test({
    name: `mspctl customer grafana gives a customer its own dashboards, ${
      tls ? "over TLS" : "without TLS"
    }`,
    ignore,
    async fn(t) {
      await using grafana = new Recorded();
      const url = tls ? "https://10.0.0.5:8443" : "http://10.0.0.5:8880";
      await using central = await Central.start({
        vm: vm.get(),
        vmauth: vmauth.get(),
        nginx: nginx.get(),
        init: [`--public-url=${url}`],
        grafana: grafana.address,
      });
      changeSettings(central.dir, {
        BIND_ADDR: "127.0.0.1",
        NGINX_HTTP_PORT: String(central.ports.http),
        NGINX_HTTPS_PORT: String(central.ports.https),
      });
      const secret = `${central.dir}/secrets/grafana_admin_password`;
      grafana.password = Deno.readTextFileSync(secret);
      await central.addCustomer("kt");
      await central.addCustomer("demo");
      const sourceOf = (id: string) =>
        grafana.organisations.get(id)?.sources.get("msp-vm");

      await t.step(
        "an organisation that reads with its own token",
        async () => {
          const said = await central.mspctl("customer", "grafana", "kt");
          await central.mspctl("customer", "grafana", "demo");

          assertMatch(said, /^Organisation "kt" \(2\) .* reads kt and nobody/);
          assertMatch(
            said,
            /^Take them out of "Main Org\." .* every customer$/m,
          );
          assertEquals([...grafana.organisations.keys()], ["kt", "demo"]);
          for (const id of ["kt", "demo"]) {
            const token = central.readToken(id);
            assertEquals(sourceOf(id)?.["secureJsonData"], {
              httpHeaderValue1: `Bearer ${token}`,
            });
            assert(!said.includes(token));
          }
        },
      );
      await t.step("three dashboards, without links to others", () => {
        const all = grafana.organisations.get("kt")?.dashboards ?? new Map();
        assertEquals([...all.keys()].sort(), [
          DASHBOARD_UIDS.customer,
          DASHBOARD_UIDS.server,
          DASHBOARD_UIDS.sla,
        ]);
        const urls = [...all.values()].flatMap(({ id, links }) => {
          assertEquals(id, null);
          return links.map((link: { url: string }) => link.url.split("?")[0]);
        });
        const foreign = [DASHBOARD_UIDS.overview, DASHBOARD_UIDS.relay];
        assert(urls.length > 0, "links to the others are kept");
        assertEquals(
          foreign.filter((uid) => urls.includes(`/d/${uid}`)),
          [],
        );
      });
      await t.step("a second time changes it in place", async () => {
        await central.mspctl("customer", "rotate", "kt", "--kind=read");
        grafana.asked.length = 0;
        await central.mspctl("customer", "grafana", "kt");
        assertEquals(grafana.organisations.size, 2);
        assertEquals(sourceOf("kt")?.["secureJsonData"], {
          httpHeaderValue1: `Bearer ${central.readToken("kt")}`,
        });
        assertEquals(grafana.asked, [
          "POST /login",
          "GET /api/orgs/name/kt",
          "GET /api/datasources/uid/msp-vm",
          "PUT /api/datasources/uid/msp-vm",
          "GET /api/folders/msp-monitoring",
          ...Array(3).fill("POST /api/dashboards/db"),
        ]);
      });
      await t.step("the staff's token goes into no organisation", async () => {
        const run = await runMspctl(
          ...["customer", "grafana", "msp", `--dir=${central.dir}`],
        );
        assertEquals(run.code, 1);
        assertMatch(run.stderr, /its token reads all customers\n {2}fix: /);
      });
      await t.step("another password of the admin is named", async () => {
        grafana.password = "changed in Grafana";
        const run = await runMspctl(
          ...["customer", "grafana", "kt", `--dir=${central.dir}`],
        );
        assertEquals(run.code, 1);
        assertMatch(run.stderr, /POST \/login in Grafana: 401/);
        assertMatch(run.stderr, /fix: Put the password of .* admin into/);
      });
      if (tls) return;
      await t.step(
        "more logins than Nginx lets in are waited for",
        async () => {
          grafana.password = Deno.readTextFileSync(secret);
          let said = "";
          for (let i = 0; i < 10 && said === ""; i++) {
            const run = await runMspctl(
              ...["customer", "grafana", "kt", `--dir=${central.dir}`],
            );
            assertEquals(run.code, 0, run.stderr);
            said = run.stderr;
          }
          assertMatch(said, /^Nginx lets in 5 logins a minute: trying again/);
        },
      );
    },
  });
}
