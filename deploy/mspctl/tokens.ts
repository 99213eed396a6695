/**
 * Customers and their tokens: what is issued, and the names that logs and
 * metrics show in place of the tokens. Nothing here touches a file.
 */
import { AppError } from "../../shared/errors.ts";

/** What a token may do. */
export const TOKEN_KINDS = ["write", "read"] as const;
export type TokenKind = typeof TOKEN_KINDS[number];

/** One token that is valid now. */
export interface Token {
  /** `w-kt-01`: kind, customer and number. Numbers are never used again. */
  readonly name: string;
  readonly kind: TokenKind;
  /** In clear, because vmauth compares tokens letter by letter. */
  readonly token: string;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
}

/** Whose servers these are. */
export interface Customer {
  /** Value of the label `customer_id`. */
  readonly id: string;
  readonly createdAt: string;
  /** Number of tokens ever issued, by kind. */
  readonly issued: Readonly<Record<TokenKind, number>>;
  /** Empty once all are revoked. */
  readonly tokens: readonly Token[];
}

/** Everything that is known of customers; one file holds it. */
export interface Registry {
  readonly version: 1;
  /** Sorted by id. {@linkcode STAFF} is among them. */
  readonly customers: readonly Customer[];
}

/** The provider's own staff: reads every customer, writes for none. */
export const STAFF = "msp";

/** Where fresh tokens and the time come from. */
export interface Issuer {
  readonly newToken: () => string;
  readonly now: () => Date;
}

/** A customer or token is not what the command needs. */
export class RegistryError extends AppError {
  override readonly name = "RegistryError";
  readonly code = "registry";

  constructor(message: string, readonly hint: string) {
    super(message);
  }
}

/** 32 random bytes in hexadecimal: no character that a shell or YAML minds. */
export function randomToken(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0"))
    .join("");
}

/** A registry with the staff's read token and no customer. */
export function createRegistry(issuer: Issuer): Registry {
  const staff = withToken(emptyCustomer(STAFF, issuer), "read", issuer);
  return { version: 1, customers: [staff] };
}

/** Adds a customer with one token to write and one to read. */
export function addCustomer(
  registry: Registry,
  id: string,
  issuer: Issuer,
): Registry {
  if (registry.customers.some((customer) => customer.id === id)) {
    throw new RegistryError(
      `Cannot add customer "${id}": there is one`,
      `For another token run: mspctl customer rotate ${id}`,
    );
  }
  const written = withToken(emptyCustomer(id, issuer), "write", issuer);
  return withCustomer(registry, withToken(written, "read", issuer));
}

/** Issues one more token; the earlier ones stay valid until they are revoked. */
export function rotateToken(
  registry: Registry,
  id: string,
  kind: TokenKind,
  issuer: Issuer,
): Registry {
  if (id === STAFF && kind === "write") {
    throw new RegistryError(
      `Cannot issue a write token for "${STAFF}": it may only read`,
      `Write mspctl customer rotate ${STAFF} --kind=read`,
    );
  }
  return withCustomer(
    registry,
    withToken(findCustomer(registry, id), kind, issuer),
  );
}

/** Removes one token by name, or all of the customer's. */
export function revokeTokens(
  registry: Registry,
  id: string,
  name?: string,
): Registry {
  const customer = findCustomer(registry, id);
  if (name === undefined) {
    return withCustomer(registry, { ...customer, tokens: [] });
  }
  const tokens = customer.tokens.filter((token) => token.name !== name);
  if (tokens.length === customer.tokens.length) {
    const names = customer.tokens.map((token) => token.name).join(", ");
    throw new RegistryError(
      `Cannot revoke "${name}": customer "${id}" has no such token`,
      names === "" ? "It has none left" : `Name one of ${names}`,
    );
  }
  return withCustomer(registry, { ...customer, tokens });
}

/** @throws {RegistryError} when there is none */
export function findCustomer(registry: Registry, id: string): Customer {
  const found = registry.customers.find((customer) => customer.id === id);
  if (found !== undefined) return found;
  const ids = registry.customers.map((customer) => customer.id).join(", ");
  throw new RegistryError(
    `Cannot find customer "${id}"`,
    `Name one of ${ids}, or run: mspctl customer add ${id}`,
  );
}

/** The newest valid token of a kind, or `undefined`. */
export function newestToken(
  customer: Customer,
  kind: TokenKind,
): Token | undefined {
  return customer.tokens.filter((token) => token.kind === kind).at(-1);
}

function emptyCustomer(id: string, { now }: Issuer): Customer {
  return {
    id,
    createdAt: now().toISOString(),
    issued: { write: 0, read: 0 },
    tokens: [],
  };
}

function withToken(
  customer: Customer,
  kind: TokenKind,
  { newToken, now }: Issuer,
): Customer {
  const number = customer.issued[kind] + 1;
  const digits = String(number).padStart(2, "0");
  const token: Token = {
    name: `${kind === "write" ? "w" : "r"}-${customer.id}-${digits}`,
    kind,
    token: newToken(),
    createdAt: now().toISOString(),
  };
  return {
    ...customer,
    issued: { ...customer.issued, [kind]: number },
    tokens: [...customer.tokens, token],
  };
}

function withCustomer(registry: Registry, customer: Customer): Registry {
  const others = registry.customers.filter(({ id }) => id !== customer.id);
  return {
    ...registry,
    customers: [...others, customer].sort((a, b) => a.id < b.id ? -1 : 1),
  };
}
