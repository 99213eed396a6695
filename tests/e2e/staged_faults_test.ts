/**
 * Real servers of a dozen customers break in a dozen ways at the same moment, and
 * a mail server sees who is told, when and how often. With MSP_FAULTS=short it
 * takes six minutes and little CPU. What is down is told in real time; how long
 * a host's fault must last is cut from minutes to seconds. With MSP_FAULTS=full
 * it takes fourteen: a CPU is burnt too, and then central's store stops for two
 * minutes.
 */
import { type Fault, FAULTS, type Means } from "../faults/faults.ts";
import { Scene } from "../faults/scene.ts";
import {
  formatVerdicts,
  judge,
  type Promised,
  type Verdict,
} from "../faults/verdict.ts";
import { Network } from "../soak/machine.ts";
import { assertEquals } from "../support/assert.ts";
import {
  bun,
  faketime,
  missing,
  part,
  present,
  program,
} from "../support/parts.ts";
import { canMount } from "../support/small_fs.ts";

const vm = await part("victoria-metrics");
const vmauth = await part("vmauth");
const vmalert = await part("vmalert");
const alertmanager = await part("alertmanager");
const nginx = program("nginx");
const relayBun = bun();
const clock = faketime();
const asked = Deno.env.get("MSP_FAULTS");
const wanted = asked === undefined
  ? missing<true>("staged faults", "run them with MSP_FAULTS=short or full")
  : present(true as const);
const ignore = ![
  wanted,
  vm,
  vmauth,
  vmalert,
  alertmanager,
  nginx,
  relayBun,
  program("ip"),
]
  .every((one) => one.available);

/** The inventory is taken every minute, and read after another half. */
const KNOWN_AFTER_MS = 100_000;
/** Time for a second mail, a `group_interval` after the first, to be seen. */
const WATCHED_MS = 255_000;
const IS_FULL = asked === "full";
/** Use of the processors is a mean of two minutes. */
const FULL_WATCHED_MS = 330_000;
/** From the last sample of what is down, and from the end of any other's `for`. */
const DOWN_WITHIN_MS = 120_000;
const OTHERS_WITHIN_MS = 45_000;
/** Alertmanager takes an alert for resolved after four minutes without news. */
const STORE_GONE_MS = 120_000;

Deno.test({
  name: "a dozen faults: each is told once, to the right people",
  ignore,
  async fn(t) {
    using network = await Network.open();
    const means: Means = {
      network,
      faketime: clock.available ? clock.get() : undefined,
      canMount: canMount("ext4"),
    };
    const possible = FAULTS.filter((fault) =>
      whyNot(fault, means) === undefined
    );
    await using scene = await Scene.open({
      vm: vm.get(),
      vmauth: vmauth.get(),
      vmalert: vmalert.get(),
      alertmanager: alertmanager.get(),
      nginx: nginx.get(),
      bun: relayBun.get(),
    }, possible.map(({ customer }) => customer));
    const breaks: (() => Promise<void> | void)[] = [];
    for (const fault of possible) {
      breaks.push(await fault.prepare(scene, means));
    }
    await pause(KNOWN_AFTER_MS);
    const earlyMails = scene.mails.mails.map(({ subject }) => subject);
    assertEquals(earlyMails, [], "told before anything broke");

    const brokenMs = Date.now();
    for (const breakIt of breaks) await breakIt();
    const watchedMs = IS_FULL ? FULL_WATCHED_MS : WATCHED_MS;
    await pause(brokenMs + watchedMs - Date.now());

    const verdicts = await Promise.all(
      possible.map((fault) => verdictOf(fault, scene, brokenMs)),
    );
    Deno.stdout.writeSync(
      new TextEncoder().encode(`\n${formatVerdicts(verdicts)}`),
    );
    for (const { fault, problems } of verdicts) {
      await t.step(fault.what, () => assertEquals(problems, []));
    }
    await t.step(
      "nobody reads another customer's name",
      () => assertEquals(strangers(scene, possible), []),
    );
    if (IS_FULL) {
      await t.step(
        "the store away for two minutes: nothing is told",
        async () => {
          const told = scene.mails.mails.length;
          scene.central.vm.child.signal("SIGSTOP");
          await pause(STORE_GONE_MS);
          scene.central.vm.child.signal("SIGCONT");
          await pause(WATCHED_MS);
          const later = scene.mails.mails.slice(told);
          assertEquals(later.map(({ subject }) => subject), []);
        },
      );
    }
    for (const fault of FAULTS.filter((one) => !possible.includes(one))) {
      await t.step({
        name: `${fault.what}: ${whyNot(fault, means)}`,
        ignore: true,
        fn() {},
      });
    }
  },
});

/** Why a fault is left out; `undefined` when it is not. */
function whyNot(fault: Fault, means: Means): string | undefined {
  if (fault.isSlow && !IS_FULL) return "with MSP_FAULTS=full";
  return fault.missing?.(means);
}

async function verdictOf(
  fault: Fault,
  scene: Scene,
  brokenMs: number,
): Promise<Verdict> {
  return judge(
    fault,
    scene.mails.mails,
    await promiseOf(fault, scene, brokenMs),
  );
}

async function promiseOf(
  { customer, alert, silent }: Fault,
  scene: Scene,
  brokenMs: number,
): Promise<Promised> {
  if (alert !== undefined && silent === undefined) {
    const range = { startMs: brokenMs, endMs: Date.now() };
    const sinceMs = await scene.forEndedMs(customer, alert, range);
    return {
      since: "for",
      sinceMs: sinceMs ?? brokenMs,
      withinMs: OTHERS_WITHIN_MS,
    };
  }
  const [sinceMs = brokenMs] = silent === undefined
    ? []
    : await scene.newestMs(customer, silent);
  return { since: "last sample", sinceMs, withinMs: DOWN_WITHIN_MS };
}

/** Mails to a customer that name another one. */
function strangers(scene: Scene, faults: readonly Fault[]): string[] {
  return faults.flatMap(({ customer }) =>
    scene.mails.to(`ops@${customer}.example`).flatMap(({ subject, text }) =>
      faults.filter((other) =>
        other.customer !== customer &&
        new RegExp(`\\b${other.customer}/`).test(`${subject} ${text}`)
      ).map((other) => `${customer} reads of ${other.customer}`)
    )
  );
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
