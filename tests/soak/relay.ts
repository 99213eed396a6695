/** The relay of a soak, on its gateway, with its spool on a small disk. */
import { freePort } from "../../deploy/parts/wait.ts";
import { startTestRelay } from "../support/relay.ts";
import { canMount, mountSmallFs, type SmallFs } from "../support/small_fs.ts";
import { Link, type Target } from "./link.ts";
import { addMachine, type Machine, type Network } from "./machine.ts";
import { Program } from "./program.ts";

/** The relay pushes its own counters every 15 s. */
export const RELAY_PUSH_MS = 16_000;
const DISK_BYTES = 384 * 1024 ** 2;
const SPOOL_MAX = "256MiB";

/** What it is made with. */
export interface RelaySite {
  /** Path of Bun. */
  readonly bun: string;
  readonly network: Network | undefined;
  /** For the spool where no file system can be mounted. */
  readonly dir: string;
  readonly tokenFile: string;
  /** The front of central, as this host sees it. */
  readonly central: Target;
}

/** The relay, its two lines and its disk. */
export class SoakRelay implements AsyncDisposable {
  private constructor(
    readonly program: Program,
    readonly machine: Machine,
    /** Towards central. */
    readonly uplink: Link,
    /** Where agents and senders come in. */
    readonly door: Link,
    readonly address: Target,
    readonly spool: string,
    /** `undefined` where it is not a disk of its own. */
    readonly disk: SmallFs | undefined,
  ) {}

  /** Makes it; `program.start()` starts it. */
  static async make(site: RelaySite): Promise<SoakRelay> {
    const machine = await addMachine(site.network);
    const address = {
      hostname: machine.address,
      port: machine.line === undefined ? freePort() : 9999,
    };
    const uplink = await Link.open(machine.host, site.central);
    const door = await Link.open("127.0.0.1", address);
    const disk = canMount("ext4")
      ? mountSmallFs("ext4", DISK_BYTES)
      : undefined;
    const spool = `${disk?.path ?? site.dir}/relay-spool`;
    const program = new Program("relay", async () => {
      const { child } = await startTestRelay({
        bun: site.bun,
        wrapper: machine.wrapper,
        ...address,
        spool,
        centralUrl: `http://${machine.host}:${uplink.port}/api/v1/write`,
        args: [
          "--customer-id=kt",
          `--token-file=${site.tokenFile}`,
          `--spool-max=${SPOOL_MAX}`,
        ],
      });
      return child;
    });
    return new SoakRelay(program, machine, uplink, door, address, spool, disk);
  }

  get url(): string {
    return `http://${this.address.hostname}:${this.address.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.program[Symbol.asyncDispose]();
    await this.uplink[Symbol.asyncDispose]();
    await this.door[Symbol.asyncDispose]();
    this.disk?.[Symbol.dispose]();
  }
}
