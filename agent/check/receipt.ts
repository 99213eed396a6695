/**
 * Proof that a sample is stored: the receiver is asked for the one check sample
 * that was sent, with the labels under which it has it.
 *
 * Source: ARCHITECTURE.md, "Names that others rely on".
 */
import type { Fetch } from "../../shared/remote_write/push.ts";

/** Name of the check sample's series; label `id` says which check it was. */
export const CHECK_METRIC = "msp_install_check";

/** What became of the check sample. */
export type Receipt =
  /** Stored; the labels are those under which the store has it. */
  | {
    readonly kind: "stored";
    readonly labels: Readonly<Record<string, string>>;
  }
  /** A relay has it on its disk, and maybe passed it on. */
  | { readonly kind: "spooled"; readonly forwarded: boolean }
  /** The receiver answers, and does not have it (yet). */
  | { readonly kind: "missing" }
  /** The receiver cannot be asked. */
  | { readonly kind: "unknown"; readonly why: string };

/** What a question needs. */
export interface ReceiptRequest {
  readonly fetch: Fetch;
  /** Address that was written to; the receipt is asked of the same origin. */
  readonly pushUrl: string;
  readonly token: string | undefined;
  readonly id: string;
  readonly signal: AbortSignal;
}

/**
 * Asks once. Central and relay have a route for receipts; a bare
 * VictoriaMetrics or Prometheus has none and is asked with a query.
 */
export async function askReceipt(request: ReceiptRequest): Promise<Receipt> {
  const { pushUrl, id } = request;
  const receipt = await ask(
    new URL(`/api/v1/receipt?id=${id}`, pushUrl),
    request,
  );
  if (receipt.kind !== "unknown") return receipt;
  const query = new URL("/api/v1/query", pushUrl);
  query.searchParams.set(
    "query",
    `last_over_time(${CHECK_METRIC}{id="${id}"}[10m])`,
  );
  query.searchParams.set("nocache", "1");
  query.searchParams.set("latency_offset", "1s");
  const answer = await ask(query, request);
  return answer.kind === "unknown" ? receipt : answer;
}

async function ask(
  url: URL,
  { fetch, token, id, signal }: ReceiptRequest,
): Promise<Receipt> {
  try {
    const response = await fetch(url.href, {
      redirect: "manual",
      signal,
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    });
    const text = await response.text();
    if (!response.ok) {
      return {
        kind: "unknown",
        why: `"${url.pathname}" answered ${response.status}`,
      };
    }
    return readReceipt(text, id) ??
      { kind: "unknown", why: `"${url.pathname}" is no receipt` };
  } catch {
    return { kind: "unknown", why: `"${url.pathname}" did not answer` };
  }
}

/** A relay's own form, or the answer of a query; `undefined` for anything else. */
function readReceipt(text: string, id: string): Receipt | undefined {
  const answer = parseJson(text);
  if (!isObject(answer)) return undefined;
  if (typeof answer["spooled"] === "boolean") {
    return answer["spooled"]
      ? { kind: "spooled", forwarded: answer["forwarded"] === true }
      : { kind: "missing" };
  }
  const data = answer["data"];
  if (answer["status"] !== "success" || !isObject(data)) return undefined;
  const result = data["result"];
  if (!Array.isArray(result)) return undefined;
  for (const series of result) {
    const metric = isObject(series) ? series["metric"] : undefined;
    if (isObject(metric) && metric["id"] === id) {
      return { kind: "stored", labels: metric as Record<string, string> };
    }
  }
  return { kind: "missing" };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
