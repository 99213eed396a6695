/** Everything that a soak runs, put together and taken apart. */
import { makeTempDir, type TempDir } from "../../deploy/parts/cleanup.ts";
import type { Part } from "../../deploy/parts/find.ts";
import { RULE_FILES } from "../../deploy/rules/all.ts";
import { Alerting } from "../support/alerting/alerting.ts";
import { Central } from "../support/central.ts";
import { addAgent, type SoakAgent } from "./agents.ts";
import { Network } from "./machine.ts";
import { Messages } from "./messages.ts";
import type { Program } from "./program.ts";
import { SoakRelay } from "./relay.ts";
import { Senders } from "./senders.ts";

/** Of all agents and senders. */
const CUSTOMER = "kt";

/** The real programs of a soak. */
export interface SoakParts {
  readonly vm: Part;
  readonly vmauth: Part;
  readonly vmalert: Part;
  readonly alertmanager: Part;
  /** Paths. */
  readonly nginx: string;
  readonly bun: string;
  /** Of libfaketime; clocks stay right without it. */
  readonly faketime: string | undefined;
}

/** How much of everything. */
export interface SystemSize {
  readonly agents: number;
  readonly senders: number;
  readonly intervalMs: number;
}

/** A running system. */
export class System implements AsyncDisposable {
  /** In a long fault: others must not end it. */
  readonly heldAgents = new Set<SoakAgent>();
  readonly #dir: TempDir;
  readonly #stack: AsyncDisposableStack;

  private constructor(
    readonly size: SystemSize,
    readonly central: Central,
    readonly relay: SoakRelay,
    readonly agents: readonly SoakAgent[],
    readonly senders: Senders,
    readonly alerting: Alerting,
    readonly messages: Messages,
    readonly network: Network | undefined,
    /** The token that agents and relay write with. */
    readonly tokenFile: string,
    dir: TempDir,
    stack: AsyncDisposableStack,
  ) {
    this.#dir = dir;
    this.#stack = stack;
  }

  /** Starts all of it. */
  static async start(parts: SoakParts, size: SystemSize): Promise<System> {
    await using stack = new AsyncDisposableStack();
    const dir = stack.use(makeTempDir({ prefix: "msp-soak-" }));
    const tokenFile = `${dir.path}/token`;
    const central = stack.use(
      await Central.start({
        vm: parts.vm,
        vmauth: parts.vmauth,
        nginx: parts.nginx,
      }),
    );
    Deno.writeTextFileSync(tokenFile, await central.addCustomer(CUSTOMER));
    await central.waitForToken(Deno.readTextFileSync(tokenFile));
    const messages = stack.use(new Messages());
    const alerting = stack.use(
      await Alerting.start({
        ...parts,
        central,
        settings: messages.settings(CUSTOMER),
        rules: Object.values(RULE_FILES).flat(),
      }),
    );
    const network = await Network.open();
    if (network !== undefined) stack.use(network);
    const front = { hostname: "127.0.0.1", port: central.ports.http };
    const site = { network, dir: dir.path, tokenFile };
    const relay = stack.use(
      await SoakRelay.make({ ...site, bun: parts.bun, central: front }),
    );
    await relay.program.start();
    const agents: SoakAgent[] = [];
    for (let index = 0; index < size.agents; index++) {
      const agent = await addAgent(index, {
        ...site,
        intervalMs: size.intervalMs,
        targets: { "direct": front, "relay-agent": relay.address },
        faketime: parts.faketime,
      });
      stack.use(agent.link);
      stack.use(agent.program);
      agents.push(agent);
    }
    await Promise.all(agents.map(({ program }) => program.start()));
    const senders = stack.use(
      await Senders.start({
        count: size.senders,
        port: relay.door.port,
        intervalMs: size.intervalMs,
        dir: dir.path,
      }),
    );
    return new System(
      size,
      central,
      relay,
      agents,
      senders,
      alerting,
      messages,
      network,
      tokenFile,
      dir,
      stack.move(),
    );
  }

  /** Whom a fault may befall. */
  get freeAgents(): readonly SoakAgent[] {
    return this.agents.filter((agent) => !this.heldAgents.has(agent));
  }

  /** All of ours: what is killed, paused and measured. */
  get programs(): readonly Program[] {
    return [this.relay.program, ...this.agents.map(({ program }) => program)];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack[Symbol.asyncDispose]();
  }
}
