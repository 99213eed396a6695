/** Everything that tells people, as real programs beside a test's central. */
import type { Part } from "../../../deploy/parts/find.ts";
import type { RunningPart } from "../../../deploy/parts/start.ts";
import { startVmalert } from "../../../deploy/parts/victoria_metrics.ts";
import type { OperatorSettings } from "../../../deploy/mspctl/operators/settings.ts";
import {
  formatRuleFile,
  type RuleGroup,
} from "../../../deploy/rules/rule_file.ts";
import type { Central } from "../central.ts";
import { Alertmanager } from "./alertmanager.ts";

/** What it is made of, and what it tells. */
export interface AlertingOptions {
  readonly vmalert: Part;
  readonly alertmanager: Part;
  readonly central: Central;
  readonly settings: OperatorSettings;
  readonly rules: readonly RuleGroup[];
}

/** Central has been there for as long as its rules want before they speak. */
const ALIVE_MS = 600_000;
const ALIVE_STEP_MS = 10_000;

/** vmalert and Alertmanager, which wait as long as in production. */
export class Alerting implements AsyncDisposable {
  #vmalert: RunningPart | undefined;
  readonly #options: AlertingOptions;

  private constructor(
    readonly alertmanager: Alertmanager,
    options: AlertingOptions,
  ) {
    this.#options = options;
  }

  /** Starts both, for a central that seems to have run for ten minutes. */
  static async start(options: AlertingOptions): Promise<Alerting> {
    const { alertmanager, settings, central } = options;
    await sayAlive(central);
    const notifier = await Alertmanager.start(alertmanager, settings, {
      realTime: true,
    });
    await using stack = new AsyncDisposableStack();
    const alerting = stack.use(new Alerting(notifier, options));
    await alerting.startVmalert();
    stack.move();
    return alerting;
  }

  async startVmalert(): Promise<void> {
    const { vmalert, rules, central } = this.#options;
    this.#vmalert = await startVmalert({
      part: vmalert,
      rules: formatRuleFile([...rules]),
      storeUrl: central.vm.url,
      notifierUrl: this.alertmanager.url,
      // As compose.yml has them.
      extraArgs: ["-rule.resendDelay=1m", "-evaluationInterval=30s"],
    });
  }

  /** Ends vmalert as `kill -9` does. */
  async killVmalert(): Promise<void> {
    await this.#vmalert?.kill();
    this.#vmalert = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#vmalert?.stop();
    await this.alertmanager[Symbol.asyncDispose]();
  }
}

/** The heartbeat that the rules' restart guard looks for. */
async function sayAlive({ vm }: Central): Promise<void> {
  const nowMs = Date.now();
  const times = Array.from(
    { length: ALIVE_MS / ALIVE_STEP_MS },
    (_, i) => nowMs - ALIVE_MS + i * ALIVE_STEP_MS,
  );
  const body = times.map((ms) => `msp:central_alive 1 ${ms}\n`).join("");
  const url = `${vm.url}/api/v1/import/prometheus`;
  const answer = await fetch(url, { method: "POST", body });
  await answer.body?.cancel();
}
