/** What notifications say, as a real Alertmanager sends them. */
import { waitUntil } from "../../deploy/parts/wait.ts";
import type { CustomerSettings } from "../../deploy/mspctl/operators/settings.ts";
import { assert, assertEquals, assertMatch } from "../support/assert.ts";
import {
  Alertmanager,
  type Labels,
  type PostedAlert,
} from "../support/alerting/alertmanager.ts";
import { HookSink } from "../support/alerting/hook_sink.ts";
import { type Mail, MailSink } from "../support/alerting/mail_sink.ts";
import {
  customerByMail,
  operatorSettings,
  providerByMail,
} from "../support/alerting/settings.ts";
import { part } from "../support/parts.ts";

const alertmanager = await part("alertmanager");
const ignore = !alertmanager.available;
const PROVIDER = "oncall@msp.example";
const DASHBOARD = "https://central.example/d/msp-server-detail?var-x=y";

function down(server_name: string, labels: Labels = {}): PostedAlert {
  return {
    labels: {
      ...{ alertname: "ServerDown", severity: "critical", scope: "host" },
      ...{ customer_id: "kt", environment: "prod", server_name },
      ...labels,
    },
    annotations: {
      summary: `${server_name} 다운`,
      description: "전원을 확인하십시오",
      summary_en: `${server_name} is down`,
      description_en: "Look at its power",
      dashboard: DASHBOARD,
    },
  };
}

async function waitForMail(sink: MailSink, to: string, count = 1) {
  await waitUntil(() => sink.to(to).length >= count, {
    what: () => `mail ${count} to ${to} of ${sink.mails.length}`,
    timeoutMs: 60_000,
  });
  const mail = sink.to(to)[count - 1];
  assert(mail !== undefined);
  return mail;
}

/** Starts what is needed to mail the provider and customers. */
async function withMail(
  customers: readonly CustomerSettings[],
  use: (sink: MailSink, running: Alertmanager) => Promise<void>,
): Promise<void> {
  await using sink = await MailSink.start();
  await using running = await Alertmanager.start(
    alertmanager.get(),
    operatorSettings({ provider: providerByMail(sink.hostPort), customers }),
  );
  await use(sink, running);
}

const LANGUAGES = {
  ko: {
    firing: "[발생][CRITICAL] kt · web-01 외 1대 · ServerDown",
    resolved: "[해소][CRITICAL] kt · web-01 외 1대 · ServerDown",
    summary: "web-01 다운",
    since: "발생 시각",
    checks: "확인할 것: 전원을 확인하십시오",
    lasted: "지속 시간: 1시간 2분 3초",
  },
  en: {
    firing: "[FIRING][CRITICAL] kt · web-01 and 1 more · ServerDown",
    resolved: "[RESOLVED][CRITICAL] kt · web-01 and 1 more · ServerDown",
    summary: "web-01 is down",
    since: "Since",
    checks: "What to check: Look at its power",
    lasted: "Lasted: 1 h 2 min 3 s",
  },
} as const;

for (const language of ["ko", "en"] as const) {
  Deno.test({
    name: `messages: a customer reads in ${language} what began and what ended`,
    ignore,
    async fn() {
      await withMail(
        [customerByMail("kt", language)],
        async (sink, running) => {
          const words = LANGUAGES[language];
          // A group whose alerts are older than its wait is sent at the first of
          // them, so they begin now, and are told to be older when they end.
          const begin = Date.now();
          const end = begin + 1000;
          const post = (times: Pick<PostedAlert, "startsAt" | "endsAt">) =>
            running.post(
              { ...down("web-01"), ...times },
              { ...down("web-02"), ...times },
            );

          await post({ startsAt: isoOf(begin) });
          const first = await waitForMail(sink, "ops@kt.example");
          await post({ startsAt: isoOf(end - 3_723_000), endsAt: isoOf(end) });
          const second = await waitForMail(sink, "ops@kt.example", 2);

          const { firing, resolved, lasted } = words;
          assertEquals([first.subject, second.subject], [firing, resolved]);
          const since = `${words.since}: ${inSeoul(begin)}`;
          for (const line of [words.summary, since, words.checks]) {
            assertHolds(first.text, line);
            assertHolds(textOf(first.html), line);
          }
          assertHolds(second.text, lasted);
          assertHolds(textOf(second.html), lasted);
        },
      );
    },
  });
}

Deno.test({
  name: "messages: the provider gets links, and the customer none",
  ignore,
  async fn() {
    await withMail([customerByMail("kt")], async (sink, running) => {
      await running.post(down("web-01"));
      const own = await waitForMail(sink, PROVIDER);
      const theirs = await waitForMail(sink, "ops@kt.example");

      const [silence = ""] =
        /https:\/\/\S+silences\/new\S+(?=\s|$)/.exec(own.text) ?? [];
      const filter = new URLSearchParams(silence.split("?")[1]).get("filter");
      assertEquals(
        filter,
        '{customer_id="kt",alertname="ServerDown",environment="prod"}',
      );
      const links = hrefs(own);
      assertEquals(links, [DASHBOARD, silence]);
      assertEquals(hrefs(theirs), []);
      for (const text of [theirs.text, theirs.html, theirs.raw]) {
        assert(!text.includes("central.example/"), text);
      }
    });
  },
});

Deno.test({
  name: "messages: nobody reads that a retired server is back",
  ignore,
  async fn() {
    await withMail([customerByMail("kt")], async (sink, running) => {
      const old = down("old-01");
      await running.post(old, down("web-01"));
      await waitForMail(sink, "ops@kt.example");

      const endsAt = isoOf(Date.now());
      await running.post(
        {
          ...old,
          labels: {
            ...old.labels,
            ...{ alertname: "ServerRetired", severity: "info" },
          },
        },
        { ...old, endsAt },
        { ...down("web-01"), endsAt },
      );
      const { subject, text } = await waitForMail(sink, "ops@kt.example", 2);

      assertEquals(subject, "[해소][CRITICAL] kt · web-01 · ServerDown");
      assert(!text.includes("old-01"), text);
    });
  },
});

Deno.test({
  name: "messages: 20 alerts are listed and the others counted, servers once",
  ignore,
  async fn() {
    await withMail([], async (sink, running) => {
      // Two mount points each of 15 servers.
      const alerts = Array.from(
        { length: 30 },
        (_, i) =>
          down(`db-${String(i % 15).padStart(2, "0")}`, {
            alertname: "HighDiskUsage",
            mountpoint: i < 15 ? "/" : "/data",
          }),
      );

      await running.post(...alerts);
      const mail = await waitForMail(sink, PROVIDER);

      assertEquals(
        mail.subject,
        "[발생][CRITICAL] kt · db-00 외 14대 · HighDiskUsage",
      );
      assertEquals(mail.text.match(/다운/g)?.length, 20);
      assertHolds(mail.text, "외 10건");
      assertHolds(textOf(mail.html), "외 10건");
    });
  },
});

const EVIL = [
  "<script>alert(1)</script>",
  `"><img src=x onerror=alert(1)>`,
  "a\r\nBcc: thief@evil.example\r\n\r\nhello",
  '{{ .ExternalURL }}{{ template "x" }}',
  "javascript:alert(1)",
  "web\u2028\u202e-01",
];

for (const name of EVIL) {
  Deno.test({
    name: `messages: a server named ${JSON.stringify(name)} is only a name`,
    ignore,
    async fn() {
      await withMail([customerByMail("kt")], async (sink, running) => {
        const alert = down(name);
        await running.post({
          ...alert,
          annotations: { ...alert.annotations, dashboard: name },
        });
        const mails = [
          await waitForMail(sink, PROVIDER),
          await waitForMail(sink, "ops@kt.example"),
        ];

        const line = name.replaceAll(/[\s\p{C}]+/gu, " ");
        for (const { subject, html, text, raw } of mails) {
          assertEquals(
            subject,
            `[발생][CRITICAL] kt · ${line} · ServerDown`,
          );
          assert(!/<(script|img)/i.test(html), html);
          assert(!/href="?\s*javascript:/i.test(html), html);
          assert(!/^Bcc:/mi.test(raw), raw);
          assertHolds(text, `- ${line} 다운`);
        }
      });
    },
  });
}

Deno.test({
  name: "messages: Slack and webhooks, with secrets from files; the dead man",
  ignore,
  async fn() {
    await using hooks = new HookSink();
    const contacts = (who: string) => ({
      mail: [],
      slack: { urlFile: `slack-${who}`, channel: "#alerts" },
      webhook: { url: `${hooks.url}/hook/${who}`, tokenFile: `token-${who}` },
    });
    await using running = await Alertmanager.start(
      alertmanager.get(),
      operatorSettings({
        provider: {
          language: "ko",
          onCall: contacts("msp"),
          deadManUrl: `${hooks.url}/dead-man`,
        },
        customers: [{
          ...customerByMail("kt"),
          language: "en",
          contacts: contacts("kt"),
        }],
      }),
      {
        "slack-msp": `${hooks.url}/slack/msp`,
        "slack-kt": `${hooks.url}/slack/kt`,
        "token-msp": "token of msp",
        "token-kt": "token of kt",
      },
    );

    await running.post(down("<!channel> & co"), {
      labels: { alertname: "Watchdog", severity: "none", scope: "central" },
    });
    const paths = [
      ...["/slack/msp", "/slack/kt", "/hook/msp", "/hook/kt"],
      "/dead-man",
    ];
    await waitUntil(() => hooks.hooks.length >= paths.length, {
      what: () => `messages: ${hooks.hooks.map(({ path }) => path)}`,
      timeoutMs: 60_000,
    });

    assertEquals(hooks.hooks.map(({ path }) => path).sort(), paths.sort());
    for (const who of ["msp", "kt"]) {
      const [hook] = hooks.at(`/hook/${who}`);
      assertEquals(hook?.authorization, `Bearer token of ${who}`);
      assertEquals(hook?.body.commonLabels.customer_id, "kt");
    }
    const [own] = hooks.at("/slack/msp")[0]?.body.attachments ?? [];
    const [theirs] = hooks.at("/slack/kt")[0]?.body.attachments ?? [];
    assertEquals(
      own.title,
      "[발생][CRITICAL] kt · &lt;!channel&gt; &amp; co · ServerDown",
    );
    assertEquals(
      theirs.title,
      "[FIRING][CRITICAL] kt · &lt;!channel&gt; &amp; co · ServerDown",
    );
    assertHolds(theirs.text, "&lt;!channel&gt; &amp; co is down");
    const all = JSON.stringify(hooks.hooks);
    assert(!all.includes("<!channel> & co is down</"), all);
    assertMatch(own.text, /silences\/new/);
    assert(!JSON.stringify(theirs).includes("central.example"), theirs.text);
    assertEquals(hooks.at("/dead-man")[0]?.body.status, "firing");
  },
});

function assertHolds(text: string, part: string): void {
  assert(text.includes(part), `no ${JSON.stringify(part)} in:\n${text}`);
}

function isoOf(ms: number): string {
  return new Date(ms).toISOString();
}

function inSeoul(ms: number): string {
  const time = Temporal.Instant.fromEpochMilliseconds(ms)
    .toZonedDateTimeISO("Asia/Seoul").toPlainDateTime();
  return `${time.toString({ smallestUnit: "minute" }).replace("T", " ")} KST`;
}

/** What a reader sees of HTML: tags gone, entities as their characters. */
function textOf(html: string): string {
  return html.replaceAll(/<[^>]*>/g, "").replaceAll("&amp;", "&");
}

function hrefs({ html }: Mail): string[] {
  return Array.from(
    html.matchAll(/href="([^"]*)"/g),
    ([, url = ""]) => url.replaceAll("&amp;", "&"),
  );
}
