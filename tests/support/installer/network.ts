/** A network namespace for installers, with the server of server.ts in it. */
import { makeTempDir, type TempDir } from "../../../deploy/parts/cleanup.ts";
import { Child } from "../../../deploy/parts/process.ts";
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
    const server = new URL("./server.ts", import.meta.url).pathname;
    const setUp = ["ip link set lo up"]
      .concat(ADDRESSES.map((address) => `ip addr add ${address} dev lo`))
      .join(" && ");
    const child = new Child([
      ...["unshare", "--net", "sh", "-c", `${setUp} && exec "$@"`, "sh"],
      ...[Deno.execPath(), "run", "-A", "--no-check", server],
      ...[`${dir.path}/release`, `${dir.path}/cloud.json`],
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

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#child.kill();
    this.#dir.remove();
  }
}
