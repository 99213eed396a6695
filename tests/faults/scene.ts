/**
 * Central with everything that tells people, and servers of many customers: real
 * programs, and a mail server that keeps what it gets.
 */
import { makeTempDir, type TempDir } from "../../deploy/parts/cleanup.ts";
import type { Part } from "../../deploy/parts/find.ts";
import type { Child } from "../../deploy/parts/process.ts";
import { queryInstant, queryRange } from "../../deploy/parts/promql.ts";
import { RULE_FILES } from "../../deploy/rules/all.ts";
import type { AlertRule, RuleGroup } from "../../deploy/rules/rule_file.ts";
import { Link } from "../soak/link.ts";
import { Alerting } from "../support/alerting/alerting.ts";
import { MailSink } from "../support/alerting/mail_sink.ts";
import {
  customerByMail,
  operatorSettings,
  providerByMail,
} from "../support/alerting/settings.ts";
import { Central } from "../support/central.ts";
import { startAgent, type StartOptions } from "../support/process.ts";
import { startTestRelay } from "../support/relay.ts";

/** The real programs; paths where they are no parts. */
export interface SceneParts {
  readonly vm: Part;
  readonly vmauth: Part;
  readonly vmalert: Part;
  readonly alertmanager: Part;
  readonly nginx: string;
  readonly bun: string;
}

/** What an agent of a scene needs beside its customer and name. */
export interface ServerOptions extends StartOptions {
  /** Where central is for it, without a slash. @default central's own address */
  readonly url?: string;
  /** Flags that replace those of the destination. */
  readonly destination?: readonly string[];
  /** @default only what says that it is there */
  readonly collectors?: readonly string[];
  /** Further flags. */
  readonly args?: readonly string[];
}

/** What is waited for 5 to 15 minutes in production, and here: one evaluation. */
const HURRIED_FOR_S = 30;
const START_TIMEOUT_MS = 120_000;

/** The scene. */
export class Scene implements AsyncDisposable {
  private constructor(
    readonly parts: SceneParts,
    readonly central: Central,
    readonly mails: MailSink,
    readonly dir: TempDir,
    readonly owned: AsyncDisposableStack,
    readonly tokens: ReadonlyMap<string, string>,
  ) {}

  /** Sets up central and these customers, each with an address of its own. */
  static async open(
    parts: SceneParts,
    customers: readonly string[],
  ): Promise<Scene> {
    await using opening = new AsyncDisposableStack();
    const central = opening.use(
      await Central.start({
        vm: parts.vm,
        vmauth: parts.vmauth,
        nginx: parts.nginx,
      }),
    );
    const mails = opening.use(await MailSink.start());
    const dir = opening.adopt(
      makeTempDir({ prefix: "msp-faults-" }),
      (dir) => dir.remove(),
    );
    const tokens = new Map<string, string>();
    for (const id of customers) tokens.set(id, await central.addCustomer(id));
    opening.use(
      await Alerting.start({
        ...parts,
        central,
        settings: operatorSettings({
          provider: { ...providerByMail(mails.hostPort), language: "en" },
          customers: customers.map((id) => customerByMail(id, "en")),
        }),
        rules: hurriedRules(),
      }),
    );
    return new Scene(parts, central, mails, dir, opening.move(), tokens);
  }

  /** An agent that sends directly, unless `destination` says otherwise. */
  async server(
    customer: string,
    name: string,
    options: ServerOptions = {},
  ): Promise<Child> {
    const { url = this.central.url, collectors = ["uname"], args = [] } =
      options;
    const child = this.owned.adopt(
      startAgent([
        "run",
        ...this.#identity(customer),
        `--server-name=${name}`,
        ...options.destination ?? [
          `--remote-write-url=${url}/api/v1/write`,
          `--token-file=${this.tokenFile(customer)}`,
        ],
        `--spool=${this.dir.path}/${customer}-${name}`,
        "--collector.disable-defaults",
        ...collectors.map((collector) => `--collector.${collector}`),
        "--log-format=json",
        ...args,
      ], options),
      // A frozen one hears nothing else.
      async (child) => void await child.kill(),
    );
    await child.waitForLine("Agent started", { timeoutMs: START_TIMEOUT_MS });
    return child;
  }

  /** A gateway, its own agent, and two servers behind it. */
  async gateway(
    customer: string,
    url: string = this.central.url,
  ): Promise<{ readonly relay: Child; readonly own: Child }> {
    const relay = this.owned.use(
      await startTestRelay({
        bun: this.parts.bun,
        centralUrl: `${url}/api/v1/write`,
        spool: `${this.dir.path}/${customer}-relay`,
        args: [
          ...this.#identity(customer),
          `--token-file=${this.tokenFile(customer)}`,
        ],
      }),
    );
    const through = (mode: string) => ({
      destination: [
        `--mode=${mode}`,
        `--relay-url=${relay.url}/api/v1/metrics/write`,
      ],
    });
    const own = await this.server(
      customer,
      "relay-01",
      through("relay-server"),
    );
    for (const name of ["web-01", "web-02"]) {
      await this.server(customer, name, through("relay-agent"));
    }
    return { relay: relay.child, own };
  }

  /** A line to central that can be cut. */
  async line(hostname = "127.0.0.1"): Promise<Link> {
    const target = { hostname: "127.0.0.1", port: this.central.ports.http };
    return this.owned.use(await Link.open(hostname, target));
  }

  /** The newest sample of each of a customer's servers, ms; oldest first. */
  async newestMs(customer: string, matchers: string): Promise<number[]> {
    const rows = await queryInstant(
      this.central.vm.url,
      `max by (server_name) (tlast_over_time({${matchers},customer_id="${customer}"}[15m]))`,
    );
    return rows.map(({ value }) => value * 1000).sort((a, b) => a - b);
  }

  /** When the samples have made an alert's `for` pass, ms; `undefined` if never. */
  async forEndedMs(
    customer: string,
    alertname: string,
    range: { readonly startMs: number; readonly endMs: number },
  ): Promise<number | undefined> {
    const rules = hurriedRules().flatMap(({ rules }) => rules)
      .filter((rule): rule is AlertRule =>
        "alert" in rule && rule.alert === alertname
      );
    const asked = rules.map(({ expr }) =>
      queryRange(this.central.vm.url, expr, { ...range, stepMs: 1_000 })
    );
    const trueMs = (await Promise.all(asked)).flat()
      .filter(({ labels }) => labels["customer_id"] === customer)
      .flatMap(({ timestampsMs }) => timestampsMs.slice(0, 1));
    if (trueMs.length === 0) return undefined;
    return Math.min(...trueMs) + HURRIED_FOR_S * 1_000;
  }

  tokenFile(customer: string): string {
    const path = `${this.dir.path}/${customer}.token`;
    Deno.writeTextFileSync(path, this.tokens.get(customer) ?? "");
    return path;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.owned.disposeAsync();
  }

  #identity(customer: string): string[] {
    return [
      `--customer-id=${customer}`,
      ...["--csp=kt", "--region=kc1", "--environment=prod"],
    ];
  }
}

/** All rules as in production, except how long a host's fault must last. */
function hurriedRules(): RuleGroup[] {
  return Object.values(RULE_FILES).flat().map((group: RuleGroup) => ({
    ...group,
    rules: group.rules.map((rule) =>
      "alert" in rule && rule.labels["scope"] === "host" && rule.for !== "0s"
        ? { ...rule, for: `${HURRIED_FOR_S}s` }
        : rule
    ),
  }));
}
