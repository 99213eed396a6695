/** `mspctl init`: everything that the stack needs before its first start. */
import {
  createAuthority,
  hashPassword,
  issueCertificate,
  requireOpenssl,
} from "./certificates.ts";
import { backendsOf, writeRegistry } from "./registry_file.ts";
import {
  exists,
  makeDir,
  MOUNTED_DIRS,
  newOwner,
  type Owner,
  PATHS,
  readSettings,
  StackDirError,
  writeSecret,
} from "./stack_dir.ts";
import { createRegistry, type Issuer, randomToken } from "./tokens.ts";
import type { TLS_MODES } from "./config.ts";

/** What the person decides. */
export interface InitOptions {
  readonly publicUrl: string;
  readonly tls: typeof TLS_MODES[number];
}

/** Secrets of one random text each; the stack reads them as files. */
const RANDOM_SECRETS = [
  "grafana_admin_password",
  "vm_delete_key",
  "vm_snapshot_key",
];
const STAFF_USER = "msp";

/**
 * Creates `.env`, secrets, certificates and data folders below `dir`.
 * @throws {StackDirError} when any of them is there: nothing is overwritten
 */
export async function initStack(
  dir: string,
  { publicUrl, tls }: InitOptions,
  issuer: Issuer,
): Promise<void> {
  refuseOverwriting(dir);
  await requireOpenssl();
  const owner = newOwner();
  makeDir(`${dir}/${PATHS.secrets}`, owner);
  for (const name of ["vmauth", "backup"]) {
    makeDir(`${dir}/secrets/${name}`, owner);
  }
  makeDir(`${dir}/${PATHS.tls}`, owner);
  for (const path of MOUNTED_DIRS) makeDir(`${dir}/${path}`, owner);
  for (const name of RANDOM_SECRETS) {
    writeSecret(`${dir}/secrets/${name}`, randomToken(), owner);
  }
  await writeStaffPassword(dir, owner);
  if (tls === "selfsigned" || tls === "letsencrypt") {
    // Nginx has to start before Let's Encrypt can look at it.
    await createAuthority(dir, owner);
    await issueCertificate(dir, publicUrl, owner);
  }
  const settings = fillIn(Deno.readTextFileSync(`${dir}/${PATHS.example}`), {
    PUBLIC_URL: publicUrl,
    TLS_MODE: tls,
    ALLOW_HTTP_WRITE: String(tls === "off"),
    MSP_UID: String(owner.uid),
    MSP_GID: String(owner.gid),
  });
  // Last: with it the stack counts as set up.
  writeSecret(`${dir}/${PATHS.env}`, settings, owner);
  const backends = backendsOf(readSettings(dir));
  writeRegistry(dir, createRegistry(issuer), { owner, backends });
}

/** The example with its values replaced; every name must stand in it. */
export function fillIn(
  example: string,
  values: Readonly<Record<string, string>>,
): string {
  return Object.entries(values).reduce((text, [name, value]) => {
    const line = new RegExp(`^${name}=.*$`, "m");
    if (!line.test(text)) throw new TypeError(`No ${name} in the example`);
    return text.replace(line, () => `${name}=${value}`);
  }, example);
}

function refuseOverwriting(dir: string): void {
  const there = [PATHS.env, PATHS.secrets].find((path) =>
    exists(`${dir}/${path}`)
  );
  if (there === undefined) return;
  throw new StackDirError(
    `Cannot set up "${dir}": "${there}" is there`,
    "This central is set up already; to start anew move .env, secrets and data away",
  );
}

/** For Nginx a hash, and for the person the password itself. */
async function writeStaffPassword(dir: string, owner: Owner): Promise<void> {
  const password = randomToken().slice(0, 32);
  const hash = await hashPassword(password);
  writeSecret(`${dir}/secrets/nginx_password`, `${password}\n`, owner);
  writeSecret(
    `${dir}/secrets/nginx_htpasswd`,
    `${STAFF_USER}:${hash}\n`,
    owner,
  );
}
