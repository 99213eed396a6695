/** Who was told what after a fault, and whether that is what should be. */
import type { Mail } from "../support/alerting/mail_sink.ts";
import type { Fault } from "./faults.ts";

/** What came of one fault. */
export interface Verdict {
  readonly fault: Fault;
  /** Mails to the customer, and those to the provider that are about it. */
  readonly mails: readonly Mail[];
  readonly promise: Promised;
  /** Until both had their first mail, ms; until one had, where only one got any. */
  readonly toldAfterMs: number | undefined;
  /** Everything that is wrong; empty when nothing is. */
  readonly problems: readonly string[];
}

/** How soon people have to be told. */
export interface Promised {
  readonly sinceMs: number;
  /** What happened then. */
  readonly since: "last sample" | "for";
  readonly withinMs: number;
}

const PROVIDER = "oncall@msp.example";

/** Judges what was told of a fault. */
export function judge(
  fault: Fault,
  all: readonly Mail[],
  promise: Promised,
): Verdict {
  const address = `ops@${fault.customer}.example`;
  const toCustomer = all.filter(({ to }) => to.includes(address));
  const toProvider = all.filter(({ to, subject }) =>
    to.includes(PROVIDER) && subject.includes(` ${fault.customer} `)
  );
  const mails = [...toCustomer, ...toProvider];
  const firsts = [toCustomer, toProvider].flatMap((mails) => mails.slice(0, 1));
  const toldAfterMs = firsts.length === 0
    ? undefined
    : Math.max(...firsts.map(({ atMs }) => atMs)) - promise.sinceMs;
  const problems = fault.alert === undefined
    ? mails.map(({ subject }) => `told of "${subject}"`)
    : [
      ...oneMail("customer", toCustomer, fault),
      ...oneMail("provider", toProvider, fault),
      ...late("customer", toCustomer, promise),
      ...late("provider", toProvider, promise),
    ];
  return { fault, mails, promise, toldAfterMs, problems };
}

/** The table that people read: a line for each fault. */
export function formatVerdicts(verdicts: readonly Verdict[]): string {
  const rows = verdicts.map((
    { fault, mails, promise, toldAfterMs, problems },
  ) => [
    problems.length === 0 ? "PASS" : "FAIL",
    fault.what,
    fault.alert ?? "-",
    toldAfterMs === undefined
      ? "-"
      : `${seconds(toldAfterMs)} ${promise.since}`,
    `${mails.length}`,
    Array.from(new Set(mails.flatMap(({ to }) => to))).join(", ") || "-",
    problems.join("; "),
  ]);
  const head = ["", "fault", "alert", "told", "mails", "to", ""];
  const widths = head.map((_, i) =>
    Math.max(...[head, ...rows].map((row) => row[i]?.length ?? 0))
  );
  return [head, ...rows].map((row) =>
    row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join("  ").trimEnd() +
    "\n"
  ).join("");
}

function late(
  who: string,
  [first]: readonly Mail[],
  { sinceMs, since, withinMs }: Promised,
): string[] {
  if (first === undefined || first.atMs <= sinceMs + withinMs) return [];
  const after = seconds(first.atMs - sinceMs);
  return [
    `the ${who} is told ${after} ${since}, promised ${seconds(withinMs)}`,
  ];
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s after`;
}

function oneMail(who: string, mails: readonly Mail[], fault: Fault): string[] {
  const [mail] = mails;
  if (mail === undefined || mails.length > 1) {
    return [
      `${mails.length} mails to the ${who}: ${
        mails.map(({ subject }) => subject).join(", ")
      }`,
    ];
  }
  const unsaid = [fault.alert ?? "", ...fault.servers]
    .filter((word) => !`${mail.subject}\n${mail.text}`.includes(word));
  return unsaid.map((word) => `the ${who} does not read "${word}"`);
}
