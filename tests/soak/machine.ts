/**
 * Where a program of the soak runs: in a network namespace of its own, with a
 * line to this host that can be cut and can lose packets, where this machine
 * lets us make one; and else beside us.
 */
import { onExit } from "../../deploy/parts/cleanup.ts";
import { findInPath, runCommand } from "../../deploy/parts/command.ts";

/** The line between a machine and this host. */
export interface Line {
  /** Down, nothing passes and nothing is answered. */
  setUp(isUp: boolean): Promise<void>;
  /** Loses this share of the packets in both directions; 0 for none. */
  setLoss(share: number): Promise<void>;
}

/** One machine of the soak. */
export interface Machine {
  /** Begins the command line of a program that runs here. */
  readonly wrapper: readonly string[];
  /** Its address, as this host sees it. */
  readonly address: string;
  /** This host's address, as it sees it. */
  readonly host: string;
  /** `undefined` where it is this host. */
  readonly line: Line | undefined;
}

/** What there is without namespaces. */
const THIS_HOST: Machine = {
  wrapper: [],
  address: "127.0.0.1",
  host: "127.0.0.1",
  line: undefined,
};

/** Makes machines, and removes them. */
export class Network implements Disposable {
  readonly #iptables = findInPath("iptables");
  /** Second byte of all addresses, which nobody else has here. */
  readonly #second: number;
  readonly #names: string[] = [];
  readonly #forget: () => void;

  private constructor(second: number) {
    this.#second = second;
    this.#forget = onExit(() => this.#remove());
  }

  /** @returns `undefined` when this machine has no namespaces for us */
  static async open(): Promise<Network | undefined> {
    if (Deno.uid() !== 0 || findInPath("ip") === undefined) return undefined;
    const { stdout } = await runCommand(["ip", "-o", "-4", "addr"]);
    const free = Array.from({ length: 100 }, (_, i) => 100 + i)
      .filter((second) => !stdout.includes(` 10.${second}.`));
    // Several soaks may begin at once.
    const second = free[Math.floor(Math.random() * free.length)];
    if (second === undefined) return undefined;
    const network = new Network(second);
    try {
      await network.add();
      return network;
    } catch {
      network[Symbol.dispose]();
      return undefined;
    }
  }

  /** Makes a machine. @throws {Error} when the kernel refuses */
  async add(): Promise<Machine> {
    const index = this.#names.length;
    const name = `msp-soak-${Deno.pid}-${index}`;
    const [outer, inner] = [`sk${Deno.pid}-${index}`, "uplink"];
    const host = `10.${this.#second}.${index}.1`;
    const address = `10.${this.#second}.${index}.2`;
    this.#names.push(name);
    const inside = ["ip", "-n", name];
    for (
      const argv of [
        ["ip", "netns", "add", name],
        ["ip", "link", "add", outer]
          .concat("type", "veth", "peer", "name", inner, "netns", name),
        ["ip", "addr", "add", `${host}/30`, "dev", outer],
        ["ip", "link", "set", outer, "up"],
        [...inside, "addr", "add", `${address}/30`, "dev", inner],
        [...inside, "link", "set", inner, "up"],
        [...inside, "link", "set", "lo", "up"],
      ]
    ) await must(argv);
    const wrapper = ["ip", "netns", "exec", name];
    return {
      wrapper,
      address,
      host,
      line: {
        setUp: (isUp) =>
          must(["ip", "link", "set", outer, isUp ? "up" : "down"]),
        setLoss: (share) => this.#setLoss(wrapper, inner, share),
      },
    };
  }

  /** Whether {@linkcode Line.setLoss} works. */
  get canLose(): boolean {
    return this.#iptables !== undefined;
  }

  [Symbol.dispose](): void {
    this.#forget();
    this.#remove();
  }

  async #setLoss(
    wrapper: readonly string[],
    device: string,
    share: number,
  ): Promise<void> {
    const iptables = [...wrapper, this.#iptables ?? "iptables", "--wait"];
    await must([...iptables, "--flush"]);
    if (share === 0) return;
    const lose = ["-m", "statistic", "--mode", "random", "--probability"]
      .concat(String(share), "-j", "DROP");
    await must([...iptables, "-A", "INPUT", "-i", device, ...lose]);
    await must([...iptables, "-A", "OUTPUT", "-o", device, ...lose]);
  }

  /** Their lines go with them. */
  #remove(): void {
    for (const name of this.#names.splice(0)) {
      new Deno.Command("ip", {
        args: ["netns", "del", name],
        stderr: "null",
      }).outputSync();
    }
  }
}

/** A machine of the network, or this host when there is none. */
export function addMachine(network: Network | undefined): Promise<Machine> {
  return network?.add() ?? Promise.resolve(THIS_HOST);
}

async function must(argv: readonly string[]): Promise<void> {
  const { code, stderr } = await runCommand(argv);
  if (code !== 0) throw new Error(`Cannot run "${argv.join(" ")}": ${stderr}`);
}
