/**
 * A month of 43,200 minutes whose availability is worked out by hand, late data,
 * and maintenance that is entered afterwards: by the script of the stack, on a
 * real store and a real vmalert.
 */
import { makeTempDir } from "../../deploy/parts/cleanup.ts";
import { runCommand } from "../../deploy/parts/command.ts";
import {
  startVictoriaMetrics,
  type VictoriaMetrics,
} from "../../deploy/parts/victoria_metrics.ts";
import { freePort } from "../../deploy/parts/wait.ts";
import { formatRuleFile } from "../../deploy/rules/rule_file.ts";
import { availability } from "../../deploy/rules/expressions.ts";
import type { Series } from "../../shared/model.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { series, type Span, writeSeries } from "../support/fleet/series.ts";
import { startReceiver } from "../support/mock_receiver.ts";
import { part, program } from "../support/parts.ts";
import { ROOT } from "../support/process.ts";

const vm = await part("victoria-metrics");
const vmalert = await part("vmalert");
const wget = program("wget");
const ignore = ![vm, vmalert, wget].every((one) => one.available);

const MINUTE_MS = 60_000;
const HALF_HOUR_MS = 30 * MINUTE_MS;
const DAY_MS = 1_440 * MINUTE_MS;
const KEY = "a-key-of-the-deletions";
/** The newest half hour that a replay computes. */
const END_MS = Math.floor((Date.now() - 45 * MINUTE_MS) / HALF_HOUR_MS) *
  HALF_HOUR_MS;
const START_MS = END_MS - 30 * DAY_MS;
/** Two weeks in, at a full half hour. */
const MIDDLE_MS = START_MS + 14 * DAY_MS;
/** Central does not judge the 119 minutes after this. */
const UNJUDGED_MS = MIDDLE_MS + 2 * DAY_MS;
/** Within the 72 hours of which late data are expected. */
const LATE_MS = END_MS - DAY_MS;

/** Minutes without samples: `from` is the end of the last minute that had some. */
interface Silence {
  readonly fromMs: number;
  readonly minutes: number;
}

const SERVERS: Record<string, readonly Silence[]> = {
  "kt/web-01": [{ fromMs: MIDDLE_MS, minutes: 43 }],
  // Maintenance covers all of it, and half of it. It takes each minute that it
  // touches, so also the one that ends as it begins.
  "kt/db-01": [{ fromMs: MIDDLE_MS, minutes: 60 }],
  "kt/app-01": [{ fromMs: MIDDLE_MS, minutes: 60 }],
  "kt/late-01": [{ fromMs: LATE_MS, minutes: 100 }],
  // Of the same name at another customer; silent while central does not judge.
  "beta/web-01": [{ fromMs: UNJUDGED_MS, minutes: 119 }],
};

const MAINTENANCE = [
  { server: "db-01", minutes: 60 },
  { server: "app-01", minutes: 30 },
];

function identity(name: string) {
  const [customer_id = "", server_name = ""] = name.split("/");
  return { customer_id, server_name, environment: "prod" };
}

/** One sample in each minute that is not silent, at its seventh second. */
function presence(name: string, silences: readonly Silence[]): Series[] {
  const edges = [
    START_MS,
    ...silences.flatMap(({ fromMs, minutes }) => [
      fromMs,
      fromMs + minutes * MINUTE_MS,
    ]),
    END_MS,
  ];
  const spans: Span[] = [];
  for (let i = 0; i < edges.length; i += 2) {
    spans.push({
      startMs: (edges[i] ?? 0) + 7_000,
      endMs: edges[i + 1] ?? 0,
      everyMs: MINUTE_MS,
    });
  }
  return spans.map((span) =>
    series("node_uname_info", identity(name), span, () => 1)
  );
}

function known(name: string): Series {
  const span = { startMs: START_MS, endMs: END_MS, everyMs: 5 * MINUTE_MS };
  return series("msp:server_info", identity(name), span, () => 1);
}

/** As mspctl writes it. */
function maintenanceRules(
  windows: readonly { server: string; minutes: number }[],
): string {
  const from = MIDDLE_MS / 1000;
  const rules = windows.map(({ server, minutes }) => ({
    record: "msp:maintenance:server",
    expr: `(time() >= ${from} < ${from + minutes * 60}) * 0 + 1`,
    labels: { customer_id: "kt", server_name: server },
  }));
  const group = { name: "msp-maintenance", interval: "30s", rules };
  return formatRuleFile([group]);
}

/** replay.sh with a store, as the container has it. */
class Replay implements Disposable {
  readonly #dir = makeTempDir({ prefix: "msp-replay-" });

  constructor(readonly store: VictoriaMetrics, keyFile: string) {
    Deno.mkdirSync(`${this.#dir.path}/work`);
    this.env["DELETE_KEY_FILE"] = keyFile;
    this.env["READ_BASE"] = store.url;
    this.env["OPERATORS"] = this.#dir.path;
    this.env["WORK"] = `${this.#dir.path}/work`;
    this.setMaintenance(MAINTENANCE);
  }

  readonly env: Record<string, string> = {
    RULES: `${ROOT}/deploy/vmalert/rules`,
    VMALERT: programOf(vmalert.get()),
  };

  setMaintenance(windows: Parameters<typeof maintenanceRules>[0]): void {
    const path = `${this.#dir.path}/maintenance.yml`;
    Deno.writeTextFileSync(path, maintenanceRules(windows));
  }

  run(args: readonly string[], env: Record<string, string> = {}) {
    return runCommand(["sh", `${ROOT}/deploy/sla/replay.sh`, ...args], {
      env: { ...this.env, ...env },
      timeoutMs: 120_000,
    });
  }

  async must(...args: string[]): Promise<void> {
    const { code, stdout, stderr } = await this.run(args);
    assertEquals(code, 0, stdout + stderr);
    await this.store.flush();
  }

  /** What central has judged while it ran: all but those minutes. */
  async judgeMonth(): Promise<void> {
    const spans = [
      [START_MS, UNJUDGED_MS],
      [UNJUDGED_MS + 4 * HALF_HOUR_MS, END_MS],
    ] as const;
    for (const [fromMs, toMs] of spans) {
      await this.must("between", String(fromMs / 1000), String(toMs / 1000));
    }
  }

  [Symbol.dispose](): void {
    this.#dir.remove();
  }
}

function programOf({ launch }: ReturnType<typeof vmalert.get>): string {
  if (launch.kind === "program") return launch.path;
  throw new Error("no program, but an image");
}

/** The share to five digits, and the minutes that counted, by server. */
async function month(
  store: VictoriaMetrics,
): Promise<Record<string, readonly [share: string, minutes: number]>> {
  const at = { timeMs: END_MS };
  const counted =
    "sum by (customer_id, server_name) (sum_over_time(msp:server_slo_up:count30m[30d]))";
  const minutes = new Map(
    (await store.queryInstant(counted, at)).map(({ labels, value }) =>
      [nameOf(labels), value] as const
    ),
  );
  const shares = await store.queryInstant(availability("", "30d"), at);
  return Object.fromEntries(
    shares.map(({ labels, value }) => {
      const name = nameOf(labels);
      return [name, [value.toFixed(5), minutes.get(name) ?? 0]] as const;
    }).sort(([a], [b]) => a < b ? -1 : 1),
  );
}

function nameOf(labels: Readonly<Record<string, string>>): string {
  return `${labels["customer_id"]}/${labels["server_name"]}`;
}

/** All samples that are about availability, of one customer. */
async function judged(store: VictoriaMetrics, customer: string) {
  const match =
    `{__name__=~"msp:server_(present|slo_up):.+",customer_id="${customer}"}`;
  return (await store.exportSeries(match))
    .map((one) => JSON.stringify(one)).sort();
}

/** The month less the minutes that nobody judged. */
const JUDGED = 43_200 - 119;

Deno.test({
  name: "availability: a month of minutes, late data, maintenance afterwards",
  ignore,
  async fn(t) {
    using dir = makeTempDir();
    const keyFile = `${dir.path}/key`;
    Deno.writeTextFileSync(keyFile, KEY);
    await using store = await startVictoriaMetrics({
      part: vm.get(),
      extraArgs: [`-deleteAuthKey=file://${keyFile}`],
    });
    using replay = new Replay(store, keyFile);
    const all = Object.entries(SERVERS);
    await writeSeries(store.writeUrl, [
      ...all.flatMap(([name, silences]) => presence(name, silences)),
      ...all.map(([name]) => known(name)),
    ]);
    await store.flush();

    await t.step("the numbers of a month that are known", async () => {
      await replay.judgeMonth();
      assertEquals(await month(store), {
        "beta/web-01": ["1.00000", JUDGED],
        "kt/app-01": ["0.99930", JUDGED - 31],
        "kt/db-01": ["1.00000", JUDGED - 61],
        "kt/late-01": ["0.99768", JUDGED],
        "kt/web-01": ["0.99900", JUDGED],
      });
    });

    await t.step(
      "late data turn down into up, and the sums follow",
      async () => {
        await writeSeries(store.writeUrl, [
          series("node_uname_info", identity("kt/late-01"), {
            startMs: LATE_MS + 7_000,
            endMs: LATE_MS + 100 * MINUTE_MS,
            everyMs: MINUTE_MS,
          }, () => 1),
        ]);
        await store.flush();
        await replay.must("once");
        const after = await month(store);
        assertEquals(after["kt/late-01"], ["1.00000", JUDGED]);
        assertEquals(after["kt/web-01"], ["0.99900", JUDGED]);
        await store.getText("/internal/force_merge");
        assertEquals(await month(store), after);
      },
    );

    const window = [MIDDLE_MS, MIDDLE_MS + 43 * MINUTE_MS]
      .map((ms) => String(ms / 1000));
    await t.step("a store that fails halfway loses nothing", async () => {
      const before = [await judged(store, "kt"), await judged(store, "beta")];
      const run = await replay.run(["recompute", ...window, "kt"], {
        WRITE_BASE: `http://127.0.0.1:${freePort()}`,
      });
      assert(run.code !== 0, run.stdout);
      assertEquals(await month(store), {
        "beta/web-01": ["1.00000", JUDGED],
      });
      await replay.must("recompute", ...window, "kt");
      assert(
        JSON.stringify([
          await judged(store, "kt"),
          await judged(store, "beta"),
        ]) === JSON.stringify(before),
        "everything is as before",
      );
    });

    await t.step("maintenance that is entered afterwards counts", async () => {
      const beta = await judged(store, "beta");
      replay.setMaintenance([
        ...MAINTENANCE,
        { server: "web-01", minutes: 43 },
      ]);
      await replay.must("recompute", ...window, "kt", "web-01");
      const after = await month(store);
      assertEquals(after["kt/web-01"], ["1.00000", JUDGED - 44]);
      assertEquals(after["kt/db-01"], ["1.00000", JUDGED - 61]);
      replay.setMaintenance(MAINTENANCE);
      await replay.must("recompute", ...window, "kt", "web-01");
      assertEquals((await month(store))["kt/web-01"], ["0.99900", JUDGED]);
      assert(
        JSON.stringify(await judged(store, "beta")) === JSON.stringify(beta),
        "another customer's samples are as before",
      );
    });
  },
});

/** replay.sh for a while, with what a killed `recompute` has left behind. */
async function withSaved(
  command: string,
  { answer, hold = [] }: {
    readonly answer: (path: string) => number;
    /** Runs the script under this. */
    readonly hold?: readonly string[];
  },
) {
  using dir = makeTempDir({ prefix: "msp-replay-" });
  const saved = `${dir.path}/saved`;
  Deno.mkdirSync(saved);
  Deno.writeTextFileSync(`${saved}/before`, "{}");
  await using store = startReceiver(({ path }) =>
    new Response(null, { status: answer(path) })
  );
  const argv = ["timeout", "2", "sh", `${ROOT}/deploy/sla/replay.sh`, command];
  const lock = hold.length === 0 ? [] : [...hold, `${dir.path}/lock`];
  const { stdout, stderr } = await runCommand([...lock, ...argv], {
    env: {
      READ_BASE: `http://127.0.0.1:${store.port}`,
      WORK: dir.path,
      RULES: dir.path,
      OPERATORS: dir.path,
      VMALERT: "false",
      REPLAY_EVERY_SECONDS: "1",
    },
  });
  const left = Array.from(Deno.readDirSync(dir.path), ({ name }) => name);
  const imported = store.received.filter(({ path }) =>
    path === "/api/v1/import"
  );
  return {
    ...{ stdout, stderr, imported: imported.length },
    isSaved: left.includes("saved"),
  };
}

Deno.test({
  name: "replay.sh every keeps what it could not put back",
  ignore: !wget.available,
  async fn() {
    const { stdout, stderr, imported, isSaved } = await withSaved("every", {
      answer: (path) => path === "/api/v1/import" ? 500 : 204,
    });

    assertEquals(stdout, "");
    assert(imported > 0, stderr);
    assert(stderr.includes("replay: failed; the next try is in 1 s"), stderr);
    assert(isSaved, "the only copy is gone");
  },
});

Deno.test({
  name: "replay.sh waits until another one has ended",
  ignore: !wget.available,
  async fn() {
    const meanwhile = await withSaved("once", {
      answer: () => 204,
      hold: ["flock"],
    });
    const alone = await withSaved("once", { answer: () => 204 });

    assertEquals([meanwhile.imported, meanwhile.isSaved], [0, true]);
    assertEquals(
      meanwhile.stderr,
      "replay: waits until another one has ended\n",
    );
    assertEquals([alone.imported, alone.isSaved], [1, false]);
    assertEquals(alone.stdout, "replay: done\n");
  },
});
