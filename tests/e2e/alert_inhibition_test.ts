/** Who gets which alert, by a real Alertmanager and a real mail server. */
import { waitUntil } from "../../deploy/parts/wait.ts";
import { assertEquals } from "../support/assert.ts";
import {
  Alertmanager,
  type Labels,
  type PostedAlert,
} from "../support/alerting/alertmanager.ts";
import { MailSink } from "../support/alerting/mail_sink.ts";
import {
  customerByMail,
  operatorSettings,
  providerByMail,
} from "../support/alerting/settings.ts";
import { part } from "../support/parts.ts";

const alertmanager = await part("alertmanager");
const PROVIDER = "oncall@msp.example";

function alert(alertname: string, labels: Labels): PostedAlert {
  return {
    labels: { environment: "prod", ...labels, alertname },
    annotations: { summary: `${alertname} ${labels["server_name"]}` },
  };
}

function serverDown(customer_id: string, server_name: string, relay = "") {
  const labels = { customer_id, server_name, ...relay === "" ? {} : { relay } };
  return alert("ServerDown", {
    severity: "critical",
    scope: "host",
    ...labels,
  });
}

function relayDown(customer_id: string, server_name: string) {
  return alert("RelayDown", {
    severity: "critical",
    scope: "relay",
    customer_id,
    server_name,
    relay: server_name,
  });
}

function host(alertname: string, labels: Labels): PostedAlert {
  return alert(alertname, {
    severity: "warning",
    scope: "host",
    customer_id: "kt",
    ...labels,
  });
}

/** What was posted, and which subjects come to whom; nothing else does. */
interface Case {
  readonly alerts: readonly PostedAlert[];
  readonly mails: Readonly<Record<string, readonly string[]>>;
}

const behindRelay = Array.from(
  { length: 50 },
  (_, i) => serverDown("kt", `web-${String(i).padStart(2, "0")}`, "gw-01"),
);

const CASES: Readonly<Record<string, Case>> = {
  "a relay and the 50 servers behind it are one message, and a direct server is another":
    {
      alerts: [
        ...behindRelay,
        serverDown("kt", "gw-01"),
        relayDown("kt", "gw-01"),
        serverDown("kt", "direct-01"),
      ],
      mails: {
        [PROVIDER]: [
          "[발생][CRITICAL] kt · direct-01 · ServerDown",
          "[발생][CRITICAL] kt · gw-01 · RelayDown",
        ],
        "ops@kt.example": [
          "[발생][CRITICAL] kt · direct-01 · ServerDown",
          "[발생][CRITICAL] kt · gw-01 · RelayDown",
        ],
      },
    },
  "a relay of another customer with the same name explains nothing": {
    alerts: [relayDown("kt", "gw-01"), serverDown("nhn", "web-01", "gw-01")],
    mails: {
      [PROVIDER]: [
        "[발생][CRITICAL] kt · gw-01 · RelayDown",
        "[발생][CRITICAL] nhn · web-01 · ServerDown",
      ],
      "ops@kt.example": ["[발생][CRITICAL] kt · gw-01 · RelayDown"],
      "ops@nhn.example": ["[FIRING][CRITICAL] nhn · web-01 · ServerDown"],
    },
  },
  "50 servers without a relay are one message": {
    alerts: behindRelay.map(({ labels }) =>
      serverDown("kt", labels["server_name"] ?? "")
    ),
    mails: {
      [PROVIDER]: ["[발생][CRITICAL] kt · web-00 외 49대 · ServerDown"],
      "ops@kt.example": ["[발생][CRITICAL] kt · web-00 외 49대 · ServerDown"],
    },
  },
  "a customer that nobody has set up reaches the provider": {
    alerts: [serverDown("lost", "web-01")],
    mails: { [PROVIDER]: ["[발생][CRITICAL] lost · web-01 · ServerDown"] },
  },
  "a server that is down explains its other alerts, but no information and no other server's":
    {
      alerts: [
        serverDown("kt", "web-01"),
        host("HighCPUUsage", { server_name: "web-01", cause: "cpu" }),
        host("HighCPUUsage", { server_name: "web-02", cause: "cpu" }),
        host("ServerForgetSoon", { server_name: "web-01", severity: "info" }),
      ],
      mails: {
        [PROVIDER]: [
          "[발생][CRITICAL] kt · web-01 · ServerDown",
          "[발생][WARNING] kt · web-02 · HighCPUUsage",
          "[일일 요약] 정보 알림 1건",
        ],
        "ops@kt.example": [
          "[발생][CRITICAL] kt · web-01 · ServerDown",
          "[발생][WARNING] kt · web-02 · HighCPUUsage",
        ],
      },
    },
  "a critical alert explains the warning of its cause at the same mount point":
    {
      alerts: [
        host("DiskAlmostFull", {
          ...{ severity: "critical", server_name: "db-01" },
          ...{ cause: "disk", mountpoint: "/data" },
        }),
        host("HighDiskUsage", {
          ...{ server_name: "db-01", cause: "disk", mountpoint: "/data" },
        }),
        host("DiskWillFillIn24h", {
          ...{ server_name: "db-01", cause: "disk", mountpoint: "/" },
        }),
        host("HighMemoryUsage", { server_name: "db-01", cause: "memory" }),
        host("ServerIdentityConflict", { server_name: "db-01" }),
      ],
      mails: {
        [PROVIDER]: [
          "[발생][CRITICAL] kt · db-01 · DiskAlmostFull",
          "[발생][WARNING] kt · db-01 · DiskWillFillIn24h",
          "[발생][WARNING] kt · db-01 · HighMemoryUsage",
          "[발생][WARNING] kt · db-01 · ServerIdentityConflict",
        ],
        "ops@kt.example": [
          "[발생][CRITICAL] kt · db-01 · DiskAlmostFull",
          "[발생][WARNING] kt · db-01 · DiskWillFillIn24h",
          "[발생][WARNING] kt · db-01 · HighMemoryUsage",
          "[발생][WARNING] kt · db-01 · ServerIdentityConflict",
        ],
      },
    },
  "maintenance of a server silences it and no other": {
    alerts: [
      alert("MaintenanceActive", {
        ...{ severity: "none", scope: "host" },
        ...{ customer_id: "kt", server_name: "web-01" },
      }),
      serverDown("kt", "web-01"),
      serverDown("kt", "web-02"),
      serverDown("nhn", "web-01"),
    ],
    mails: {
      [PROVIDER]: [
        "[발생][CRITICAL] kt · web-02 · ServerDown",
        "[발생][CRITICAL] nhn · web-01 · ServerDown",
      ],
      "ops@kt.example": ["[발생][CRITICAL] kt · web-02 · ServerDown"],
      "ops@nhn.example": ["[FIRING][CRITICAL] nhn · web-01 · ServerDown"],
    },
  },
  "maintenance of a customer silences all of it and nobody else": {
    alerts: [
      alert("MaintenanceActive", {
        ...{ severity: "none", scope: "host" },
        ...{ customer_id: "kt", whole_customer: "true" },
      }),
      serverDown("kt", "web-01"),
      relayDown("kt", "gw-01"),
      serverDown("nhn", "web-01"),
    ],
    mails: {
      [PROVIDER]: ["[발생][CRITICAL] nhn · web-01 · ServerDown"],
      "ops@nhn.example": ["[FIRING][CRITICAL] nhn · web-01 · ServerDown"],
    },
  },
  "a relay in maintenance is silent, and so are the servers behind it": {
    alerts: [
      alert("MaintenanceActive", {
        ...{ severity: "none", scope: "host" },
        ...{ customer_id: "kt", server_name: "gw-01" },
      }),
      relayDown("kt", "gw-01"),
      serverDown("kt", "web-01", "gw-01"),
    ],
    mails: {},
  },
  "everything silent at once is told once, and to the provider": {
    alerts: [
      alert("CentralIngestStalled", { severity: "critical", scope: "central" }),
      ...behindRelay,
      relayDown("kt", "gw-01"),
      serverDown("nhn", "web-01"),
    ],
    mails: { [PROVIDER]: ["[발생][CRITICAL] 중앙 · CentralIngestStalled"] },
  },
  "an alert about central stays with the provider, whatever customer it names":
    {
      alerts: [
        alert("RuleErrors", {
          ...{ severity: "critical", scope: "central", customer_id: "kt" },
        }),
        alert("BurnRateHigh", {
          ...{ severity: "critical", scope: "sla", customer_id: "kt" },
        }),
      ],
      mails: {
        [PROVIDER]: [
          "[발생][CRITICAL] kt · BurnRateHigh",
          "[발생][CRITICAL] kt · RuleErrors",
        ],
      },
    },
  "alerts for information are one digest": {
    alerts: [
      host("ServerRebooted", { server_name: "web-01", severity: "info" }),
      host("AgentVersionOld", { server_name: "web-02", severity: "info" }),
      alert("TokenUnused", { severity: "info", scope: "central" }),
    ],
    mails: { [PROVIDER]: ["[일일 요약] 정보 알림 3건"] },
  },
};

/** Its mail comes after those of all alerts that were posted before it. */
const LAST = "[발생][CRITICAL] 중앙 · Last";

for (const [name, { alerts, mails }] of Object.entries(CASES)) {
  Deno.test({
    name: `alerts: ${name}`,
    ignore: !alertmanager.available,
    async fn() {
      await using sink = await MailSink.start();
      await using running = await Alertmanager.start(
        alertmanager.get(),
        operatorSettings({
          provider: providerByMail(sink.hostPort),
          customers: [customerByMail("kt"), customerByMail("nhn", "en")],
        }),
      );

      await running.post(...alerts);
      const expected = Object.values(mails).flat().length;
      await waitUntil(() => sink.mails.length >= expected, {
        what: () => `${expected} mails, got ${shown(sink)}`,
        timeoutMs: 60_000,
      });
      await running.post(
        alert("Last", { severity: "critical", scope: "central" }),
      );
      await waitUntil(
        () => sink.mails.some(({ subject }) => subject === LAST),
        { what: () => `the last mail, got ${shown(sink)}`, timeoutMs: 60_000 },
      );

      assertEquals(byRecipient(sink), mails);
    },
  });
}

function byRecipient(sink: MailSink): Record<string, string[]> {
  const all: Record<string, string[]> = {};
  for (const { to, subject } of sink.mails) {
    if (subject === LAST) continue;
    for (const address of to) {
      all[address] = [...all[address] ?? [], subject].sort();
    }
  }
  return all;
}

function shown(sink: MailSink): string {
  return JSON.stringify(byRecipient(sink));
}
