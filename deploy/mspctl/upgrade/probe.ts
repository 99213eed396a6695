/** Whether central answers from outside: Nginx, vmauth and the store at once. */
import { AppError } from "../../../shared/errors.ts";
import { waitUntil } from "../../parts/wait.ts";
import { askNginx } from "../local_nginx.ts";
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
  const question = {
    path: "/api/v1/receipt?id=upgrade",
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
  };
  let last = "nothing";
  await waitUntil(async () => {
    last = await askNginx(settings, question)
      .then(({ status }) => String(status), String);
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
