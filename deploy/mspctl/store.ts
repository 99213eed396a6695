/** Questions to the store of a running stack. */
import { AppError } from "../../shared/errors.ts";
import { readInstant, readRange } from "../parts/promql.ts";
import type { Reader } from "../reports/collect.ts";
import { askNginx } from "./local_nginx.ts";
import { readRegistry } from "./registry_file.ts";
import { readSettings } from "./stack_dir.ts";
import { findCustomer, newestToken, STAFF } from "./tokens.ts";

/** The store does not answer, or refuses. */
export class StoreError extends AppError {
  override readonly name = "StoreError";
  readonly code = "store";

  constructor(message: string, readonly hint: string, options?: ErrorOptions) {
    super(message, options);
  }
}

/**
 * Asks through Nginx and vmauth, with the staff's token: the store has no door.
 * Its functions throw {@linkcode StoreError}.
 */
export function storeReader(dir: string): Reader {
  const settings = readSettings(dir);
  const staff = findCustomer(readRegistry(dir), STAFF);
  const token = newestToken(staff, "read")?.token ?? "";
  const ask = async (path: string, query: Record<string, string>) => {
    const params = new URLSearchParams({ ...query, nocache: "1" });
    const { status, text } = await askNginx(settings, {
      path: `/api/v1/${path}?${params}`,
      headers: { authorization: `Bearer ${token}` },
    }).catch((cause) => {
      throw new StoreError(
        "Cannot ask the store: Nginx does not answer on this host",
        "Start the stack, and run mspctl where it runs",
        { cause },
      );
    });
    if (status === 200) return text;
    throw new StoreError(
      `Cannot ask the store: ${status} ${text.trim().slice(0, 200)}`,
      "Look at: docker compose logs nginx vmauth victoriametrics",
    );
  };
  return {
    instant: async (query, timeMs) =>
      readInstant(await ask("query", { query, time: String(timeMs / 1000) })),
    range: async (query, { startMs, endMs, stepMs }) =>
      readRange(
        await ask("query_range", {
          query,
          start: String(startMs / 1000),
          end: String(endMs / 1000),
          step: String(stepMs / 1000),
        }),
      ),
  };
}
