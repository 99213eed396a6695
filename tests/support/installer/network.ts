/** A network namespace for installers, with the server of server.ts in it. */
import { makeTempDir, type TempDir } from "../../../deploy/parts/cleanup.ts";
import { runCommand } from "../../../deploy/parts/command.ts";
import { Child } from "../../../deploy/parts/process.ts";
import { program } from "../parts.ts";
import { makeRelease } from "./release.ts";

/** The addresses: a mirror and relay, one that is public, and the metadata service. */
const ADDRESSES = ["10.0.1.5/24", "203.0.113.7/32", "169.254.169.254/32"];

/** A running network. */
export class Network implements AsyncDisposable {
  readonly releaseDir: string;
  readonly #child: Child;
  readonly #dir: TempDir;

  private constructor(child: Child, dir: TempDir) {
    this.#child = child;
    this.#dir = dir;
    this.releaseDir = `${dir.path}/release`;
  }

  static async start(): Promise<Network> {
    const dir = makeTempDir({ prefix: "msp-install-" });
    Deno.mkdirSync(`${dir.path}/release`);
    Deno.writeTextFileSync(`${dir.path}/cloud.json`, "{}");
    await makeRelease(`${dir.path}/release`);
    const pair = await makeCertificate(dir.path);
    const server = new URL("./server.ts", import.meta.url).pathname;
    const setUp = ["ip link set lo up"]
      .concat(ADDRESSES.map((address) => `ip addr add ${address} dev lo`))
      .join(" && ");
    const child = new Child([
      ...["unshare", "--net", "sh", "-c", `${setUp} && exec "$@"`, "sh"],
      ...[Deno.execPath(), "run", "-A", "--no-check", server],
      ...[`${dir.path}/release`, `${dir.path}/cloud.json`, ...pair],
    ]);
    await child.waitForLine(/^listening$/);
    return new Network(child, dir);
  }

  /** For `nsenter --net=…`. */
  get namespace(): string {
    return `/proc/${this.#child.pid}/ns/net`;
  }

  /** What the metadata service answers: path to text; else 404. */
  setCloud(answers: Readonly<Record<string, string>>): void {
    Deno.writeTextFileSync(
      `${this.#dir.path}/cloud.json`,
      JSON.stringify(answers),
    );
  }

  /** Text of the install.sh of a version. */
  script(version: string): string {
    return Deno.readTextFileSync(`${this.releaseDir}/install-${version}.sh`);
  }

  /** The certificate of the receiver on port 8443, which is its own authority. */
  get certificate(): string {
    return Deno.readTextFileSync(`${this.#dir.path}/tls.pem`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#child.kill();
    this.#dir.remove();
  }
}

/** Makes a certificate for the first address; returns its path and its key's. */
async function makeCertificate(dir: string): Promise<[string, string]> {
  const pair: [string, string] = [`${dir}/tls.pem`, `${dir}/tls.key`];
  const { code, stderr } = await runCommand([
    ...[program("openssl").get(), "req", "-x509", "-days", "2", "-noenc"],
    ...["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"],
    ...["-subj", "/CN=10.0.1.5", "-addext", "subjectAltName=IP:10.0.1.5"],
    ...["-out", pair[0], "-keyout", pair[1]],
  ]);
  if (code !== 0) throw new Error(`Cannot make a certificate: ${stderr}`);
  return pair;
}
