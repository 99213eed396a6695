/** `mspctl sla report`: through Nginx and vmauth, as files, and in Chromium. */
import { assert, assertEquals, assertMatch } from "../support/assert.ts";
import { TestBrowser } from "../support/browser.ts";
import { Central, changeSettings } from "../support/central.ts";
import { type Labels, series, writeSeries } from "../support/fleet/series.ts";
import { part, program } from "../support/parts.ts";

const vm = await part("victoria-metrics");
const vmauth = await part("vmauth");
const nginx = program("nginx");
const openssl = program("openssl");
const chromium = program("chromium");
const ignore = ![vm, vmauth, nginx, openssl, chromium]
  .every((one) => one.available);

const MINUTE_MS = 60_000;
const DAY_MS = 1_440 * MINUTE_MS;
/** March 2026 in Seoul: 44,640 minutes. */
const START_MS = Date.UTC(2026, 1, 28, 15);
const END_MS = START_MS + 31 * DAY_MS;
/** 14:00 on the fifth. */
const OUTAGE_MS = START_MS + 4 * DAY_MS + 14 * 60 * MINUTE_MS;
const HOSTILE = "x<img src=x onerror=alert(1)>";

/** Minutes after {@linkcode OUTAGE_MS}: down, and in maintenance. */
interface Incident {
  readonly down?: number;
  readonly maintained?: number;
}

const SERVERS: Record<string, Incident> = {
  "web-01": { down: 43 },
  "db-01": { maintained: 60 },
  [HOSTILE]: {},
};

/** What the recording rules make of a month. */
function recorded(identity: Labels, { down = 0, maintained = 0 }: Incident) {
  const within = (minutes: number) => (endMs: number) =>
    endMs > OUTAGE_MS && endMs <= OUTAGE_MS + minutes * MINUTE_MS;
  const isDown = within(down);
  const isMaintained = within(maintained);
  const sum = (of: (endMs: number) => boolean) => (untilMs: number) =>
    Array.from({ length: 30 }, (_, i) => untilMs - i * MINUTE_MS)
      .filter(of).length;
  const halfHours = {
    startMs: START_MS + 30 * MINUTE_MS,
    endMs: END_MS,
    everyMs: 30 * MINUTE_MS,
  };
  const fiveMinutes = {
    startMs: START_MS + 5 * MINUTE_MS,
    endMs: END_MS,
    everyMs: 5 * MINUTE_MS,
  };
  const counted = (endMs: number) => !isMaintained(endMs);
  return [
    series("msp:server_slo_up:1m", identity, {
      startMs: START_MS + MINUTE_MS,
      endMs: END_MS,
      everyMs: MINUTE_MS,
    }, (ms) => isDown(ms) ? 0 : 1),
    series(
      "msp:server_slo_up:sum30m",
      identity,
      halfHours,
      sum((ms) => counted(ms) && !isDown(ms)),
    ),
    series("msp:server_slo_up:count30m", identity, halfHours, sum(counted)),
    series("msp:server_present:count30m", identity, halfHours, () => 30),
    series("msp:samples_ratio:5m", identity, fiveMinutes, () => 0.995),
    series(
      "msp:cpu_busy:ratio",
      identity,
      fiveMinutes,
      // The tenth is the busiest day.
      (ms) =>
        ms > START_MS + 9 * DAY_MS && ms <= START_MS + 10 * DAY_MS ? 0.8 : 0.2,
    ),
  ];
}

Deno.test({
  name: "mspctl sla report writes a month that was worked out by hand",
  ignore,
  async fn(t) {
    await using central = await Central.start({
      vm: vm.get(),
      vmauth: vmauth.get(),
      nginx: nginx.get(),
    });
    changeSettings(central.dir, {
      BIND_ADDR: "127.0.0.1",
      NGINX_HTTP_PORT: String(central.ports.http),
    });
    await central.addCustomer("kt");
    await central.addCustomer("beta");
    await writeSeries(central.vm.writeUrl, [
      ...Object.entries(SERVERS).flatMap(([server_name, incident]) =>
        recorded({ customer_id: "kt", server_name }, incident)
      ),
      ...recorded({ customer_id: "beta", server_name: "web-01" }, {
        down: 500,
      }),
    ]);
    await central.vm.flush();
    await central.waitForToken(central.readToken("msp"));
    await central.mspctl(
      ...["maintenance", "add", "kt", "--server=db-01", "--reason=디스크 교체"],
      ...["--start=2026-03-05 14:00", "--end=2026-03-05 15:00"],
    );
    const out = `${central.dir}/reports`;
    const report = (lang: string) =>
      central.mspctl(
        ...["sla", "report", "kt", "--month=2026-03"],
        ...[`--out=${out}`, `--lang=${lang}`],
      );
    const read = (kind: string) =>
      Deno.readTextFileSync(`${out}/kt-2026-03.${kind}`);

    await t.step("CSV: one line a server, one an outage", async () => {
      await report("en");
      assertEquals(read("csv").split("\r\n"), [
        "\uFEFFCustomer,Month,Server,Availability,Down (min),Maintenance (min),Counted (min),Completeness",
        // (44640 - 43) / 44640
        "kt,2026-03,web-01,99.903%,43,0,44640,99.500%",
        "kt,2026-03,db-01,100.000%,0,60,44580,99.500%",
        `kt,2026-03,${HOSTILE},100.000%,0,0,44640,99.500%`,
        "",
        "Customer,Month,Server,Start,Length (min)",
        "kt,2026-03,web-01,2026-03-05 14:00,43",
        "",
      ]);
    });

    await using browser = await TestBrowser.start(chromium.get());
    for (const lang of ["ko", "en"]) {
      await t.step(`the page in Chromium, ${lang}`, async () => {
        await report(lang);
        // As wide as A4 at 96 dots an inch.
        const shown = await browser.open({ width: 794 });
        await shown.page.goto(`file://${out}/kt-2026-03.html`);
        const text = (selector: string) => shown.page.innerText(selector);
        assertEquals(await text("#availability"), "99.967%");
        assertMatch(await text("#servers"), /web-01\s+99\.903%\s+43\s+0/);
        assert((await text("#servers")).includes(HOSTILE), "name as text");
        assertMatch(await text("#outages"), /2026-03-05 14:00\s+web-01\s+43/);
        assertMatch(await text("#work"), /db-01\s+디스크 교체/);
        assertMatch(await text(".top"), /03-10\s+.*\s+80\.0%/);
        assertEquals(await shown.page.locator("svg rect").count(), 3 * 31);
        assertEquals(shown.problems, []);
        assertEquals(shown.requested, [shown.page.url()]);
        const wide = await shown.page.evaluate<number>(
          "document.documentElement.scrollWidth",
        );
        assertEquals(wide, 794);
        await shown.screenshot(`sla-report-${lang}`);
        const pdf = await shown.page.pdf({ preferCSSPageSize: true });
        const pages = new TextDecoder("latin1").decode(pdf)
          .match(/\/Type\s*\/Page\b/g)?.length;
        assertEquals(pages, 1, "pages of A4");
      });
    }

    await t.step("Nginx answers a reader within what it may see", async () => {
      const query =
        `count by (customer_id) (last_over_time({__name__="msp:server_slo_up:sum30m"}[1h]))`;
      const params = new URLSearchParams({
        query,
        time: String(END_MS / 1000),
        extra_label: "customer_id=beta",
      });
      const ask = async (token: string) => {
        const answer = await fetch(`${central.url}/api/v1/query?${params}`, {
          headers: { authorization: `Bearer ${token}` },
        });
        const text = await answer.text();
        return answer.ok
          ? Array.from(text.matchAll(/"customer_id":"(\w+)"/g), ([, id]) => id)
          : answer.status;
      };
      assertEquals(await ask("wrong"), 401);
      const own = central.readToken("kt");
      await central.waitForToken(own);
      assertEquals(await ask(own), ["kt"]);
    });

    await t.step("recompute wants a start before its end", async () => {
      const error = await central.mspctl(
        ...["sla", "recompute", "kt"],
        ...["--start=2026-03-05 15:00", "--end=2026-03-05 14:00"],
      ).then(() => "no error", (error: Error) => error.message);
      assertMatch(error, /start and end are not both there, in this order/);
    });

    await t.step("what is wrong is said", async () => {
      for (
        const [args, words] of [
          [["kt", "--month=2026-13"], /is no month/],
          [["kt", "--month=2024-01"], /no server of "kt"/],
          [["ktt", "--month=2026-03"], /Cannot find customer "ktt"/],
        ] as const
      ) {
        const error = await central.mspctl("sla", "report", ...args).then(
          () => "no error",
          (error: Error) => error.message,
        );
        assertMatch(error, words);
      }
    });
  },
});
