/** Alertmanager's file: taken by amtool, and who is told by which route. */
import { parse } from "yaml";
import { makeTempDir } from "../../deploy/parts/cleanup.ts";
import { runCommand } from "../../deploy/parts/command.ts";
import type { OperatorSettings } from "../../deploy/mspctl/operators/settings.ts";
import { weeklyHours } from "../../deploy/mspctl/operators/kinds.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { configText } from "../support/alerting/alertmanager.ts";
import {
  customerByMail,
  operatorSettings,
  providerByMail,
} from "../support/alerting/settings.ts";
import { part } from "../support/parts.ts";

const amtool = await part("amtool");
const ignore = !amtool.available;

const HOURS = weeklyHours.parse("mon-fri 09:00-18:00");
assert(HOURS.ok);
const SETTINGS = operatorSettings({
  provider: {
    ...providerByMail("smtp.example:587"),
    deadManUrl: "https://dead.example/",
  },
  customers: [
    {
      ...customerByMail("kt"),
      businessHours: { hours: HOURS.value, zone: "Asia/Seoul" },
    },
    customerByMail("nhn", "en"),
    { ...customerByMail("quiet"), contacts: { mail: [] } },
  ],
});

async function amtoolOn(settings: OperatorSettings, ...args: string[]) {
  const { launch } = amtool.get();
  assert(launch.kind === "program");
  using dir = makeTempDir({ prefix: "msp-routes-" });
  const path = `${dir.path}/alertmanager.yml`;
  Deno.writeTextFileSync(path, configText(settings, "/run/notify"));
  return await runCommand(
    [launch.path, ...args.map((arg) => arg.replace("FILE", path))],
  );
}

const host = { severity: "critical", scope: "host" };
const ROUTES: readonly (readonly [labels: object, receivers: string])[] = [
  [{ customer_id: "kt", ...host }, "customer-kt,msp"],
  [{ customer_id: "nhn", ...host }, "customer-nhn,msp"],
  [{ customer_id: "kt", ...host, severity: "warning" }, "customer-kt,msp"],
  [{ customer_id: "kt", ...host, scope: "relay" }, "customer-kt,msp"],
  [{ customer_id: "kt", ...host, scope: "sla" }, "msp"],
  [{ customer_id: "kt", ...host, scope: "anomaly" }, "msp"],
  [{ customer_id: "kt", ...host, scope: "central" }, "msp"],
  [{ customer_id: "kt", ...host, severity: "info" }, "msp-digest"],
  [{ customer_id: "kt", ...host, severity: "none" }, "nobody"],
  // Without contacts, not known, and of a name that only begins the same.
  [{ customer_id: "quiet", ...host }, "msp"],
  [{ customer_id: "lost", ...host }, "msp"],
  [{ customer_id: "kt2", ...host }, "msp"],
  [{ ...host, scope: "central" }, "msp"],
  [{ alertname: "Watchdog", severity: "none" }, "msp-dead-man"],
  // Whatever nobody has thought of.
  [{}, "msp"],
  [{ severity: "page", scope: "host", customer_id: "kt" }, "msp"],
];

for (const [labels, expected] of ROUTES) {
  Deno.test({
    name: `routes: ${JSON.stringify(labels)} goes to ${expected}`,
    ignore,
    async fn() {
      const words = Object.entries({ alertname: "X", ...labels })
        .map(([name, value]) => `${name}=${value}`);

      const run = await amtoolOn(
        SETTINGS,
        ...["config", "routes", "test", "--config.file=FILE"],
        ...words,
      );

      assertEquals([run.code, run.stdout.trim()], [0, expected], run.stderr);
    },
  });
}

const TAKEN: Record<string, OperatorSettings> = {
  "with nothing set": operatorSettings(),
  "with everything set": {
    ...SETTINGS,
    provider: {
      ...SETTINGS.provider,
      onCall: {
        mail: ["a@b.example", "c@d.example"],
        slack: { urlFile: "slack", channel: "#경보" },
        webhook: { url: "https://x.example/", tokenFile: "token" },
      },
      smtp: {
        host: "smtp.example:587",
        from: "a@b.example",
        user: "no",
        passwordFile: "password",
        requireTls: true,
      },
    },
  },
};

for (const [what, settings] of Object.entries(TAKEN)) {
  Deno.test({
    name: `alertmanagerConfig() ${what} is taken by amtool`,
    ignore,
    async fn() {
      const run = await amtoolOn(settings, "check-config", "FILE");

      assertEquals(run.code, 0, run.stdout + run.stderr);
    },
  });
}

Deno.test("alertmanagerConfig() gives equal text for equal settings, without a secret", () => {
  const text = configText(SETTINGS, "/run/notify");

  assertEquals(configText(structuredClone(SETTINGS), "/run/notify"), text);
  assert(!/password:|api_url:|credentials:/.test(text), text);
});

Deno.test("alertmanagerConfig() holds warnings back outside of a customer's hours, and nothing critical", () => {
  const { route } = parse(configText(SETTINGS, "/run/notify"));
  const own = route.routes.find((one: { receiver?: string }) =>
    one.receiver === "customer-kt"
  );

  assertEquals(
    own.routes.map((one: Record<string, unknown>) => [
      one["matchers"],
      one["active_time_intervals"],
    ]),
    [
      [['severity="critical"'], undefined],
      [['severity="warning"'], ["hours-kt"]],
    ],
  );
});
