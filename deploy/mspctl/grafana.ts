/**
 * `mspctl customer grafana`: an organisation of the customer's own in Grafana,
 * whose data source reads with the customer's token. Folders and teams would not
 * do: whoever may look at a dashboard may send any query to its data source.
 *
 * Source: Grafana, HTTP API: Organization, Data source, Folder, Dashboard. No
 * Grafana is in reach where this is developed: it was tried against a recording
 * server only.
 */
import { AppError } from "../../shared/errors.ts";
import {
  DASHBOARD_UIDS,
  DATA_SOURCE,
  FOLDER,
  SCRAPE_INTERVAL_S,
} from "../dashboards/names.ts";
import {
  askNginx,
  type NginxAnswer,
  type NginxRequest,
} from "./local_nginx.ts";
import { readRegistry } from "./registry_file.ts";
import { readSettings } from "./stack_dir.ts";
import { findCustomer, newestToken, STAFF } from "./tokens.ts";

/** Grafana refuses, or does not answer. */
export class GrafanaError extends AppError {
  override readonly name = "GrafanaError";
  readonly code = "grafana";

  constructor(message: string, readonly hint: string, options?: ErrorOptions) {
    super(message, options);
  }
}

/** What a customer sees; the others show all customers, or the relays' inside. */
const DASHBOARDS = [
  DASHBOARD_UIDS.customer,
  DASHBOARD_UIDS.server,
  DASHBOARD_UIDS.sla,
] as const;

/** Nginx lets in 5 logins a minute, and some more at once. */
const LOGIN_WITHIN_MS = 60_000;
const LOGIN_AGAIN_MS = 3_000;

/**
 * Makes the organisation, or brings it up to date; says what to do next. `note`
 * gets what the person waits for.
 */
export async function grafanaCommand(
  dir: string,
  id: string,
  note: (text: string) => void,
): Promise<string> {
  if (id === STAFF) {
    throw new GrafanaError(
      `Cannot make an organisation for "${STAFF}": its token reads all customers`,
      "The staff's dashboards are in Grafana's main organisation",
    );
  }
  const token = newestToken(findCustomer(readRegistry(dir), id), "read")?.token;
  if (token === undefined) {
    throw new GrafanaError(
      `Cannot make an organisation for "${id}": it has no token to read with`,
      `Run first: mspctl customer rotate ${id} --kind=read`,
    );
  }
  const settings = readSettings(dir);
  const admin = await Grafana.logIn(dir, settings, note);
  const orgId = await findOrCreateOrganisation(admin, id);
  const grafana = admin.inOrganisation(orgId);
  await putDataSource(grafana, token);
  await putFolder(grafana);
  const language = settings.get("GRAFANA_LANG") || "ko";
  for (const uid of DASHBOARDS) {
    await grafana.must({
      method: "POST",
      path: "/api/dashboards/db",
      body: {
        dashboard: readDashboard(dir, language, uid),
        folderUid: FOLDER.uid,
        overwrite: true,
      },
    });
  }
  return `Organisation "${id}" (${orgId}) in Grafana reads ${id} and nobody else\n` +
    `Next: in Grafana, Administration, Users: make the customer's users with the organization "${id}", and give them the role Viewer in it\n` +
    'Take them out of "Main Org." where their page lists it: who has a role there reads every customer\n' +
    "Nginx's user msp opens Alertmanager with every customer's alerts; for a user of the customer's own:\n" +
    `  printf '${id}:%s\\n' "$(openssl passwd -apr1)" >>secrets/nginx_htpasswd\n`;
}

async function findOrCreateOrganisation(
  grafana: Grafana,
  name: string,
): Promise<number> {
  const found = await grafana.ask({ path: `/api/orgs/name/${name}` });
  if (found.status === 200) return JSON.parse(found.text).id;
  const path = "/api/orgs";
  const made = await grafana.must({ method: "POST", path, body: { name } });
  return JSON.parse(made.text).orgId;
}

async function putDataSource(grafana: Grafana, token: string): Promise<void> {
  const at = `/api/datasources/uid/${DATA_SOURCE.uid}`;
  const isThere = (await grafana.ask({ path: at })).status === 200;
  await grafana.must({
    method: isThere ? "PUT" : "POST",
    path: isThere ? at : "/api/datasources",
    // As in grafana/provisioning, but for the token.
    body: {
      ...DATA_SOURCE,
      name: "VictoriaMetrics",
      access: "proxy",
      url: "http://vmauth:8427",
      isDefault: true,
      jsonData: {
        httpMethod: "POST",
        timeInterval: `${SCRAPE_INTERVAL_S}s`,
        manageAlerts: false,
        httpHeaderName1: "Authorization",
      },
      secureJsonData: { httpHeaderValue1: `Bearer ${token}` },
    },
  });
}

async function putFolder(grafana: Grafana): Promise<void> {
  const found = await grafana.ask({ path: `/api/folders/${FOLDER.uid}` });
  if (found.status === 200) return;
  await grafana.must({ method: "POST", path: "/api/folders", body: FOLDER });
}

/** Without links to dashboards that the customer does not have. */
function readDashboard(dir: string, language: string, uid: string) {
  const path = `${dir}/grafana/dashboards/${language}/${uid}.json`;
  const dashboard = JSON.parse(Deno.readTextFileSync(path));
  const own: readonly string[] = DASHBOARDS;
  return {
    ...dashboard,
    id: null,
    links: dashboard.links.filter(({ url }: { url: string }) =>
      own.some((uid) => url.startsWith(`/d/${uid}`))
    ),
  };
}

/** Grafana behind Nginx, by the session of its admin. */
class Grafana {
  readonly #settings: ReadonlyMap<string, string>;
  readonly #headers: Readonly<Record<string, string>>;

  private constructor(
    settings: ReadonlyMap<string, string>,
    headers: Readonly<Record<string, string>>,
  ) {
    this.#settings = settings;
    this.#headers = headers;
  }

  /**
   * Logs in as the browser does: `Authorization` is Nginx's here, and does not
   * reach Grafana.
   */
  static async logIn(
    dir: string,
    settings: ReadonlyMap<string, string>,
    note: (text: string) => void,
  ): Promise<Grafana> {
    const read = (name: string) =>
      Deno.readTextFileSync(`${dir}/secrets/${name}`).trim();
    const forNginx = btoa(`msp:${read("nginx_password")}`);
    const nginx = { authorization: `Basic ${forNginx}` };
    const login = {
      method: "POST",
      path: "/login",
      body: { user: "admin", password: read("grafana_admin_password") },
    } as const;
    const door = new Grafana(settings, nginx);
    const { cookies } = requireOk(
      login,
      await door.#askUntilLetIn(login, note),
    );
    return new Grafana(settings, { ...nginx, cookie: cookies.join("; ") });
  }

  /** The same session, for what belongs to one organisation. */
  inOrganisation(orgId: number): Grafana {
    return new Grafana(this.#settings, {
      ...this.#headers,
      "x-grafana-org-id": String(orgId),
    });
  }

  async ask(request: NginxRequest): Promise<NginxAnswer> {
    try {
      const headers = this.#headers;
      return await askNginx(this.#settings, { ...request, headers });
    } catch (cause) {
      throw new GrafanaError(
        "Cannot reach Grafana through Nginx",
        "Start the stack: docker compose up -d --wait",
        { cause },
      );
    }
  }

  /** Waits while Nginx says that there were too many logins just now. */
  async #askUntilLetIn(
    request: NginxRequest,
    note: (text: string) => void,
  ): Promise<NginxAnswer> {
    const endMs = performance.now() + LOGIN_WITHIN_MS;
    let answer = await this.ask(request);
    if (answer.status === 503) {
      note("Nginx lets in 5 logins a minute: trying again until it does");
    }
    while (answer.status === 503 && performance.now() < endMs) {
      await new Promise((resolve) => setTimeout(resolve, LOGIN_AGAIN_MS));
      answer = await this.ask(request);
    }
    return answer;
  }

  /** @throws {GrafanaError} for any status but 200 */
  async must(request: NginxRequest): Promise<NginxAnswer> {
    return requireOk(request, await this.ask(request));
  }
}

function requireOk(
  { method = "GET", path }: NginxRequest,
  answer: NginxAnswer,
): NginxAnswer {
  if (answer.status === 200) return answer;
  throw new GrafanaError(
    `Cannot ${method} ${path} in Grafana: ${answer.status} ${
      answer.text.slice(0, 200)
    }`,
    answer.status === 401
      ? "Put the password of Grafana's user admin into secrets/grafana_admin_password"
      : "Look at: docker compose logs grafana nginx",
  );
}
