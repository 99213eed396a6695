/** `mspctl customer …`: what each of the four commands does and prints. */
import { applySettings, settingsOf } from "./alerting/apply.ts";
import { makeCustomerFile } from "./operators/example_files.ts";
import { StackDirError } from "./stack_dir.ts";
import { authorityFingerprint } from "./certificates.ts";
import { installLines } from "./install_lines.ts";
import { changeRegistry, readRegistry } from "./registry_file.ts";
import { ownerOf, readSettings } from "./stack_dir.ts";
import {
  addCustomer,
  type Customer,
  findCustomer,
  type Issuer,
  newestToken,
  type Registry,
  revokeTokens,
  rotateToken,
  STAFF,
  type Token,
  type TokenKind,
} from "./tokens.ts";

/** vmauth looks at its file this often; compose.yml sets it. */
const ACTIVE_WITHIN = "5 s";

/**
 * Adds a customer; returns what the person needs next. Says the token as soon as
 * it counts, because what comes after it may fail.
 */
export async function addCommand(
  dir: string,
  id: string,
  { issuer, tokenFile, say }: {
    issuer: Issuer;
    tokenFile: string | undefined;
    say: (text: string) => void;
  },
): Promise<string> {
  // First: a customer whose alerts cannot be set up is not added half.
  settingsOf(dir, [id]);
  const registry = await withTokenFile(
    tokenFile,
    () => changeRegistry(dir, (old) => addCustomer(old, id, issuer)),
  );
  const token = newestToken(findCustomer(registry, id), "write");
  say(showToken(token, tokenFile));
  const file = makeCustomerFile(dir, id, ownerOf(readSettings(dir)));
  await applySettings(dir);
  return `For dashboards of its own in Grafana: mspctl customer grafana ${id}\n` +
    `Who is told of its alerts stands in ${file}; then: mspctl apply\n\n` +
    await linesOf(dir, id);
}

/** Issues one more token; the earlier ones stay valid. */
export async function rotateCommand(
  dir: string,
  id: string,
  { issuer, tokenFile, kind }: {
    issuer: Issuer;
    tokenFile: string | undefined;
    kind: TokenKind;
  },
): Promise<string> {
  const registry = await withTokenFile(
    tokenFile,
    () => changeRegistry(dir, (old) => rotateToken(old, id, kind, issuer)),
  );
  const customer = findCustomer(registry, id);
  const token = newestToken(customer, kind);
  const old = customer.tokens.filter((one) =>
    one.kind === kind && one.name !== token?.name
  );
  return [
    showToken(token, tokenFile),
    kind === "read" ? `${howGrafanaTakesIt(id)}\n` : "",
    ...old.map(howToRevoke(id)),
  ].join("");
}

/** Withdraws tokens; what vmauth has in hand is finished. */
export async function revokeCommand(
  dir: string,
  id: string,
  token: string | undefined,
): Promise<string> {
  await changeRegistry(dir, (registry) => revokeTokens(registry, id, token));
  return `${token ?? `All tokens of ${id}`} refused within ${ACTIVE_WITHIN}; ` +
    "agents that still use it keep their samples\n";
}

/** A line for each token, and for each customer without one. */
export function listCommand(dir: string): string {
  const rows = readRegistry(dir).customers.flatMap(rowsOf);
  const header = ["CUSTOMER", "TOKEN", "MAY", "SINCE"];
  return [header, ...rows].map((row) => formatRow(row) + "\n").join("");
}

function rowsOf({ id, tokens, createdAt }: Customer): string[][] {
  if (tokens.length === 0) return [[id, "-", "nothing", createdAt]];
  return tokens.map((token) => [id, token.name, token.kind, token.createdAt]);
}

function formatRow([id = "", name = "", may = "", since = ""]: string[]) {
  return `${id.padEnd(20)}${name.padEnd(20)}${may.padEnd(9)}${
    since.slice(0, 10)
  }`;
}

/** The one time that a token is shown. */
function showToken(token: Token | undefined, file: string | undefined): string {
  if (token === undefined) return "";
  const active = `Token ${token.name}, valid within ${ACTIVE_WITHIN}`;
  if (file === undefined) {
    return `${active}, shown only now:\n\n  ${token.token}\n\n`;
  }
  Deno.writeTextFileSync(file, `${token.token}\n`);
  return `${active}, written to ${file}\n\n`;
}

/** Makes the file before the token, which would be lost without it. */
async function withTokenFile(
  file: string | undefined,
  issue: () => Promise<Registry>,
): Promise<Registry> {
  if (file === undefined) return await issue();
  try {
    Deno.writeTextFileSync(file, "", { createNew: true, mode: 0o600 });
  } catch (cause) {
    throw new StackDirError(
      `Cannot write the token to "${file}"`,
      "Name a file that is not there yet, in a folder that is, with --token-file",
      { cause },
    );
  }
  try {
    return await issue();
  } catch (error) {
    Deno.removeSync(file);
    throw error;
  }
}

/** The staff's token is a file, a customer's is in Grafana's database. */
function howGrafanaTakesIt(id: string): string {
  return id === STAFF
    ? "Grafana reads it when it starts: docker compose up -d --force-recreate grafana"
    : `If ${id} has an organisation in Grafana: mspctl customer grafana ${id}`;
}

function howToRevoke(id: string): (token: Token) => string {
  return ({ name }) =>
    `${name} stays valid. Once this is 0 for a day, run: mspctl customer revoke ${id} --token=${name}\n` +
    `  sum(increase(vmauth_user_requests_total{username="${name}"}[1h]))\n`;
}

async function linesOf(dir: string, customerId: string): Promise<string> {
  const settings = readSettings(dir);
  const ownAuthority = settings.get("TLS_MODE") === "selfsigned";
  return installLines({
    publicUrl: settings.get("PUBLIC_URL") ?? "",
    customerId,
    ownAuthority,
    fingerprint: ownAuthority ? await authorityFingerprint(dir) : "",
  });
}
