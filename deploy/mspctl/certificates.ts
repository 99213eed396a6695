/** The own certificate authority and the server's certificate, by openssl. */
import { AppError } from "../../shared/errors.ts";
import { makeTempDir } from "../parts/cleanup.ts";
import { lastLines, runCommand } from "../parts/command.ts";
import { give, makeDir, type Owner, PATHS } from "./stack_dir.ts";

/** openssl is missing, or refused something. */
export class CertificateError extends AppError {
  override readonly name = "CertificateError";
  readonly code = "certificate";

  constructor(message: string, readonly hint: string) {
    super(message);
  }
}

const AUTHORITY_DAYS = 3_650;
/** What browsers accept at most of an authority of one's own. */
const SERVER_DAYS = 825;
const EXTENSIONS = "extensions.cnf";

/** Whether there is an openssl. @throws {CertificateError} when there is not */
export async function requireOpenssl(): Promise<void> {
  const { code } = await runCommand(["openssl", "version"]);
  if (code === 0) return;
  throw new CertificateError(
    "Cannot make certificates: there is no openssl in PATH",
    "Install openssl (apt install openssl, dnf install openssl), or use --tls=files",
  );
}

/** Makes the authority: a key that stays here, and a certificate to hand out. */
export async function createAuthority(
  dir: string,
  owner: Owner,
): Promise<void> {
  const key = `${dir}/${PATHS.ca}/ca.key`;
  const pem = `${dir}/${PATHS.tls}/ca.pem`;
  makeDir(`${dir}/${PATHS.ca}`, owner);
  makeDir(`${dir}/${PATHS.tls}`, owner);
  await newKey(key);
  await openssl(
    ...["req", "-x509", "-new", "-sha256", "-key", key, "-out", pem],
    ...["-days", String(AUTHORITY_DAYS), "-subj", "/CN=MSP monitoring CA"],
  );
  for (const path of [key, pem]) secure(path, owner);
}

/** Issues the server's key and certificate for the host of `publicUrl`. */
export async function issueCertificate(
  dir: string,
  publicUrl: string,
  owner: Owner,
): Promise<void> {
  using work = makeTempDir({ dir: `${dir}/${PATHS.tls}`, prefix: ".new-" });
  const at = (name: string) => `${work.path}/${name}`;
  Deno.writeTextFileSync(at(EXTENSIONS), extensions(hostOf(publicUrl)));
  await newKey(at("server.key"));
  await openssl(
    ...["req", "-new", "-key", at("server.key"), "-out", at("server.csr")],
    ...["-subj", "/CN=MSP monitoring"],
  );
  const ca = `${dir}/${PATHS.tls}/ca.pem`;
  await openssl(
    ...["x509", "-req", "-sha256", "-in", at("server.csr")],
    ...["-CA", ca, "-CAkey", `${dir}/${PATHS.ca}/ca.key`],
    ...["-set_serial", `0x${crypto.randomUUID().replaceAll("-", "")}`],
    ...["-days", String(SERVER_DAYS), "-extfile", at(EXTENSIONS)],
    ...["-out", at("server.pem")],
  );
  // The certificate last: its change is what makes Nginx load both.
  for (const name of ["server.key", "server.pem"]) {
    secure(at(name), owner);
    Deno.renameSync(at(name), `${dir}/${PATHS.tls}/${name}`);
  }
}

/** SHA-256 of the authority's certificate, as openssl and browsers show it. */
export async function authorityFingerprint(dir: string): Promise<string> {
  const pem = `${dir}/${PATHS.tls}/ca.pem`;
  const text = await openssl(
    ...["x509", "-in", pem, "-noout", "-fingerprint", "-sha256"],
  );
  return text.slice(text.indexOf("=") + 1).trim();
}

/** SHA-512 crypt, which every libc can check. The password comes by stdin. */
export async function hashPassword(password: string): Promise<string> {
  const child = new Deno.Command("openssl", {
    args: ["passwd", "-6", "-stdin"],
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(`${password}\n`));
  await writer.close();
  const { success, stdout } = await child.output();
  const hash = new TextDecoder().decode(stdout).trim();
  if (success && hash.startsWith("$6$")) return hash;
  throw new CertificateError(
    "Cannot hash a password with openssl passwd -6",
    "Install openssl 1.1.1 or newer",
  );
}

async function newKey(path: string): Promise<void> {
  await openssl(
    ...["genpkey", "-algorithm", "EC", "-out", path],
    ...["-pkeyopt", "ec_paramgen_curve:P-256"],
  );
}

function extensions(host: string): string {
  const isAddress = /^\d+(\.\d+){3}$|:/.test(host);
  return [
    "basicConstraints=critical,CA:FALSE",
    "keyUsage=critical,digitalSignature",
    "extendedKeyUsage=serverAuth",
    `subjectAltName=${isAddress ? "IP" : "DNS"}:${host}`,
    "",
  ].join("\n");
}

function hostOf(publicUrl: string): string {
  return new URL(publicUrl).hostname.replace(/[[\]]/g, "");
}

function secure(path: string, owner: Owner): void {
  Deno.chmodSync(path, 0o600);
  give(path, owner);
}

async function openssl(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await runCommand(["openssl", ...args]);
  if (code === 0) return stdout;
  throw new CertificateError(
    `Cannot make a certificate: openssl ${args[0]}: ${lastLines(stderr, 2)}`,
    "Install openssl 1.1.1 or newer, or use --tls=files",
  );
}
