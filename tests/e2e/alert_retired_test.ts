/**
 * A server that is down is retired: nobody is told that it is well again. The
 * rules and the routes of production, on the real parts.
 */
import {
  startVictoriaMetrics,
  startVmalert,
} from "../../deploy/parts/victoria_metrics.ts";
import { waitUntil } from "../../deploy/parts/wait.ts";
import { RULE_FILES } from "../../deploy/rules/all.ts";
import { formatRuleFile } from "../../deploy/rules/rule_file.ts";
import { Alertmanager } from "../support/alerting/alertmanager.ts";
import { MailSink } from "../support/alerting/mail_sink.ts";
import {
  customerByMail,
  operatorSettings,
  providerByMail,
} from "../support/alerting/settings.ts";
import { assertEquals } from "../support/assert.ts";
import { part } from "../support/parts.ts";

const vm = await part("victoria-metrics");
const vmalert = await part("vmalert");
const alertmanager = await part("alertmanager");
const ignore = ![vm, vmalert, alertmanager].every((one) => one.available);

const SERVER = 'customer_id="kt",server_name="web-01"';
const PLACED = `${SERVER},csp="kt",region="seoul",environment="prod"`;
const RECIPIENTS = ["oncall@msp.example", "ops@kt.example"];
/** Alertmanager sends a second after it has heard. */
const TOLD_MS = 8_000;

/** What the store holds of a server whose last sample came at this time. */
function history(lastMs: number, nowMs: number): string {
  const times = (fromMs: number, untilMs: number, stepMs: number) =>
    Array.from(
      { length: Math.floor((untilMs - fromMs) / stepMs) + 1 },
      (_, i) => fromMs + i * stepMs,
    );
  return [
    ...times(lastMs - 600_000, lastMs, 15_000)
      .map((ms) => `node_uname_info{${PLACED}} 1 ${ms}`),
    ...times(nowMs - 600_000, nowMs, 10_000)
      .map((ms) => `msp:central_alive 1 ${ms}`),
    `msp:server_known:timestamp{${PLACED}} ${lastMs / 1000} ${nowMs}`,
  ].join("\n");
}

async function importText(storeUrl: string, body: string): Promise<void> {
  const url = `${storeUrl}/api/v1/import/prometheus`;
  const answer = await fetch(url, { method: "POST", body });
  await answer.body?.cancel();
}

/** Names of the alerts that vmalert holds for firing. */
async function firing(vmalertUrl: string): Promise<string[]> {
  const answer = await fetch(`${vmalertUrl}/api/v1/alerts`);
  const { data } = await answer.json() as {
    data: { alerts: { name: string; state: string }[] };
  };
  return data.alerts.filter(({ state }) => state === "firing")
    .map(({ name }) => name);
}

Deno.test({
  name: "a server that is retired while it is down is not told as resolved",
  ignore,
  async fn() {
    await using sink = await MailSink.start();
    await using store = await startVictoriaMetrics({ part: vm.get() });
    const nowMs = Date.now();
    await importText(store.url, history(nowMs - 120_000, nowMs));
    await using notifier = await Alertmanager.start(
      alertmanager.get(),
      operatorSettings({
        provider: providerByMail(sink.hostPort),
        customers: [customerByMail("kt")],
      }),
    );
    await using rules = await startVmalert({
      part: vmalert.get(),
      rules: formatRuleFile(Object.values(RULE_FILES).flat()),
      storeUrl: store.url,
      notifierUrl: notifier.url,
      extraArgs: ["-rule.resendDelay=1m"],
    });
    const told = () =>
      sink.mails.map(({ to, subject }) => `${to} ${subject}`)
        .filter((mail) => mail.endsWith("ServerDown")).sort();
    const down = RECIPIENTS.map((to) =>
      `${to} [발생][CRITICAL] kt · web-01 · ServerDown`
    );
    await waitUntil(() => told().length === down.length, {
      what: () => `both are told: ${told()}`,
      timeoutMs: 60_000,
    });

    // As the operator's rule records it.
    await importText(store.url, `msp:decommissioned:server{${SERVER}} 1`);
    await waitUntil(
      async () => !(await firing(rules.url)).includes("ServerDown"),
      { what: "the end of ServerDown", timeoutMs: 60_000 },
    );
    const endedMs = Date.now();
    await waitUntil(() => Date.now() - endedMs > TOLD_MS, {
      what: "the time in which it would be told",
      timeoutMs: 2 * TOLD_MS,
    });

    assertEquals(told(), down);
  },
});
