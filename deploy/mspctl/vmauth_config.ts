/**
 * vmauth's configuration: which token may do what, for which customer.
 *
 * A customer is enforced by `extra_label` in the target's query. When writing it
 * replaces the label of that name; when reading it is ANDed into every selector.
 * vmauth drops a client's argument whose name the target already has, so all
 * three names by which a reader could widen its view stand in the target:
 * several `extra_filters` are ORed, and `extra_filters[]` counts as another name.
 * Source: VictoriaMetrics, vmauth, "Query args handling" and "Security".
 */
import { type Customer, type Registry, STAFF, type Token } from "./tokens.ts";

/** Where the store is, without a slash at the end. */
export interface Backends {
  /** Takes `/api/v1/write`. */
  readonly writeBase: string;
  /** Answers `/api/v1/query` and its like. */
  readonly readBase: string;
}

/** What Grafana asks for; nothing that shows other customers' names or queries. */
const READ_PATHS = [
  "/api/v1/query",
  "/api/v1/query_range",
  "/api/v1/series",
  "/api/v1/labels",
  "/api/v1/label/[^/]+/values",
];
/** Names of metrics and version of the store: for the provider's staff only. */
const STAFF_PATHS = ["/api/v1/metadata", "/api/v1/status/buildinfo"];

/**
 * Proof of delivery: the check samples of the last minutes and no others.
 * Without the last two arguments the answer would be half a minute late.
 */
const RECEIPT_QUERY = {
  query: "last_over_time(msp_install_check[10m])",
  nocache: "1",
  latency_offset: "1s",
};

/** Requests that one token may have under way; more wait up to 10 s. */
const CONCURRENT = { write: 20, read: 10, staff: 40 } as const;

/** The whole file. Equal registries give equal text. */
export function vmauthConfig(registry: Registry, backends: Backends): string {
  const users = registry.customers.flatMap((customer) =>
    customer.tokens.map((token) => user(customer, token, backends))
  );
  return [
    "# Written by mspctl from customers.json: do not edit.\n",
    // vmauth refuses a file without users only as YAML; an empty list is fine.
    users.length === 0 ? "users: []\n" : `users:\n${users.join("")}`,
  ].join("");
}

function user(customer: Customer, token: Token, backends: Backends): string {
  const isStaff = customer.id === STAFF;
  const limit = isStaff ? CONCURRENT.staff : CONCURRENT[token.kind];
  const routes = token.kind === "write"
    ? writeRoutes(customer.id, backends)
    : readRoutes(isStaff ? undefined : customer.id, backends);
  return [
    `- name: ${quote(token.name)}\n`,
    `  bearer_token: ${quote(token.token)}\n`,
    `  max_concurrent_requests: ${limit}\n`,
    "  url_map:\n",
    ...routes,
  ].join("");
}

function writeRoutes(customerId: string, backends: Backends): string[] {
  const label = `customer_id=${customerId}`;
  const write = new URLSearchParams({ extra_label: label });
  // Nginx narrows it to the id that was asked for, so the filters stay free.
  const receipt = new URLSearchParams({ ...RECEIPT_QUERY, extra_label: label });
  return [
    route(["/api/v1/write"], `${backends.writeBase}/?${write}`),
    route(["/api/v1/receipt"], `${backends.readBase}/api/v1/query?${receipt}`) +
    // Nothing of the path that was asked for is appended to the target's.
    "    drop_src_path_prefix_parts: 3\n",
  ];
}

function readRoutes(
  customerId: string | undefined,
  { readBase }: Backends,
): string[] {
  if (customerId === undefined) {
    return [route([...READ_PATHS, ...STAFF_PATHS], `${readBase}/`)];
  }
  const limits = new URLSearchParams(readLimits(customerId));
  return [route(READ_PATHS, `${readBase}/?${limits}`)];
}

function readLimits(customerId: string): Record<string, string> {
  const selector = `{customer_id="${customerId}"}`;
  return {
    extra_label: `customer_id=${customerId}`,
    extra_filters: selector,
    "extra_filters[]": selector,
  };
}

function route(paths: readonly string[], target: string): string {
  return [
    `  - src_paths: [${paths.map(quote).join(", ")}]\n`,
    `    url_prefix: ${quote(target)}\n`,
  ].join("");
}

/** JSON's strings are YAML's double-quoted ones. */
function quote(text: string): string {
  return JSON.stringify(text);
}
