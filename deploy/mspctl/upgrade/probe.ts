/** Whether central answers from outside: Nginx, vmauth and the store at once. */
import { request } from "node:https";
import { AppError } from "../../../shared/errors.ts";
import { waitUntil } from "../../parts/wait.ts";
import { readRegistry } from "../registry_file.ts";
import { readSettings } from "../stack_dir.ts";
import { newestToken } from "../tokens.ts";

/** Central does not answer as it should. */
export class ProbeError extends AppError {
  override readonly name = "ProbeError";
  readonly code = "probe";
  readonly hint = "Look at: docker compose logs nginx vmauth victoriametrics";
}

/** Longer than vmauth and Nginx take to see a container's new address. */
const PATIENCE_MS = 60_000;

/**
 * Asks for a receipt with a customer's own token: 200 only when Nginx, vmauth
 * and the store have answered. Before the first customer: 401 of vmauth.
 * @throws {ProbeError}
 */
export async function probe(dir: string): Promise<void> {
  const token = readRegistry(dir).customers
    .map((customer) => newestToken(customer, "write")?.token)
    .find((token) => token !== undefined);
  const wanted = token === undefined ? 401 : 200;
  const settings = readSettings(dir);
  let last = "nothing";
  await waitUntil(async () => {
    last = await statusOf(settings, token).then(String, String);
    return last === String(wanted);
  }, {
    what: () => `status ${wanted} of /api/v1/receipt`,
    timeoutMs: PATIENCE_MS,
    everyMs: 500,
  }).catch(() => {
    throw new ProbeError(
      `Cannot see central answer: /api/v1/receipt gave ${last}, not ${wanted}`,
    );
  });
}

/** By this host's own address, because the public one may not lead back here. */
async function statusOf(
  settings: ReadonlyMap<string, string>,
  token: string | undefined,
): Promise<number> {
  const read = (name: string, usual: string) => settings.get(name) || usual;
  const bound = read("BIND_ADDR", "0.0.0.0");
  const hostname = bound === "0.0.0.0" ? "127.0.0.1" : bound;
  const path = "/api/v1/receipt?id=upgrade";
  const headers = token === undefined
    ? {}
    : { authorization: `Bearer ${token}` };
  if (read("TLS_MODE", "off") === "off") {
    const port = read("NGINX_HTTP_PORT", "8880");
    const answer = await fetch(`http://${hostname}:${port}${path}`, {
      headers,
    });
    await answer.body?.cancel();
    return answer.status;
  }
  const port = Number(read("NGINX_HTTPS_PORT", "8443"));
  return await new Promise((resolve, reject) => {
    // Our own port on this host: its certificate is for the public name.
    const options = {
      hostname,
      port,
      path,
      headers,
      rejectUnauthorized: false,
    };
    const asking = request(options, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    asking.on("error", reject).end();
  });
}
