/**
 * A network of its own for containers, with this machine as one of its hosts:
 * a bridge in a network namespace, so that no firewall rule of the machine
 * matters and everything goes with the namespace.
 */
import { onExit } from "../../../deploy/parts/cleanup.ts";

/** A running network. */
export interface Site extends Disposable {
  /** This machine's address. */
  readonly hostAddress: string;
  /** Plugs the network namespace of a process in; returns its address. */
  connect(pid: string): string;
}

/** Makes the network. @throws {Error} when the kernel refuses */
export function startSite(): Site {
  const id = crypto.randomUUID().slice(0, 6);
  const namespace = `msp-${id}`;
  const prefix = unusedPrefix();
  const hostAddress = `${prefix}.1`;
  let devices = 0;
  /** A cable; its end `name` shows up in the namespace of `where`. */
  const plug = (name: string, where: readonly string[]) => {
    const port = `p${++devices}`;
    const inSite = ["ip", "-n", namespace, "link"];
    run(...inSite, "add", port, "type", "veth", "peer", name, ...where);
    run(...inSite, "set", port, "master", "bridge", "up");
  };
  run("ip", "netns", "add", namespace);
  const remove = () => run("ip", "netns", "del", namespace);
  const forget = onExit(remove);
  run("ip", "-n", namespace, "link", "add", "bridge", "type", "bridge");
  run("ip", "-n", namespace, "link", "set", "bridge", "up");
  plug(namespace, ["netns", String(Deno.pid)]);
  run("ip", "addr", "add", `${hostAddress}/24`, "dev", namespace);
  run("ip", "link", "set", namespace, "up");
  return {
    hostAddress,
    connect(pid) {
      plug("eth0", ["netns", pid]);
      const address = `${prefix}.${devices}`;
      const inContainer = ["nsenter", "--target", pid, "--net", "ip"];
      run(...inContainer, "addr", "add", `${address}/24`, "dev", "eth0");
      run(...inContainer, "link", "set", "lo", "up");
      run(...inContainer, "link", "set", "eth0", "up");
      return address;
    },
    [Symbol.dispose]() {
      forget();
      remove();
    },
  };
}

/** The first three bytes of private addresses that nobody here uses. */
function unusedPrefix(): string {
  const used = run("ip", "-4", "-o", "addr") + run("ip", "-4", "route");
  for (;;) {
    const [a = 0, b = 0] = crypto.getRandomValues(new Uint8Array(2));
    const prefix = `10.${a}.${b}`;
    if (!used.includes(`${prefix}.`)) return prefix;
  }
}

function run(...argv: string[]): string {
  const [program = "", ...args] = argv;
  const { success, stdout, stderr } = new Deno.Command(program, { args })
    .outputSync();
  const decoder = new TextDecoder();
  if (success) return decoder.decode(stdout);
  throw new Error(`Cannot run ${argv.join(" ")}: ${decoder.decode(stderr)}`);
}
