import { assertEquals } from "../support/assert.ts";
import type { Mail } from "../support/alerting/mail_sink.ts";
import type { Fault } from "./faults.ts";
import { judge, type Promised } from "./verdict.ts";

const CUSTOMER = "ops@acme.example";
const PROVIDER = "oncall@msp.example";

const FAULT: Fault = {
  what: "agent killed",
  customer: "acme",
  alert: "ServerDown",
  servers: ["web-01"],
  prepare: () => Promise.resolve(() => {}),
};
const PROMISE: Promised = {
  since: "last sample",
  sinceMs: 1_000,
  withinMs: 120_000,
};

function mail(to: string, afterMs: number): Mail {
  return {
    to: [to],
    subject: "[CRITICAL] acme ServerDown",
    text: "web-01",
    html: "",
    raw: "",
    atMs: PROMISE.sinceMs + afterMs,
  };
}

Deno.test("judge() is content when both were told in time, and tells of the later mail", () => {
  const mails = [mail(CUSTOMER, 110_000), mail(PROVIDER, 120_000)];
  const { toldAfterMs, problems } = judge(FAULT, mails, PROMISE);
  assertEquals(problems, []);
  assertEquals(toldAfterMs, 120_000);
});

Deno.test("judge() finds the one reader who was told late", () => {
  for (
    const [late, prompt, who] of [
      [CUSTOMER, PROVIDER, "customer"],
      [PROVIDER, CUSTOMER, "provider"],
    ] as const
  ) {
    const mails = [mail(prompt, 100_000), mail(late, 120_100)];
    const { toldAfterMs, problems } = judge(FAULT, mails, PROMISE);
    assertEquals(problems, [
      `the ${who} is told 120.1 s after last sample, promised 120.0 s after`,
    ]);
    assertEquals(toldAfterMs, 120_100);
  }
});

Deno.test("judge() finds the one reader who was told nothing, or twice", () => {
  const one = [mail(CUSTOMER, 100_000)];
  assertEquals(judge(FAULT, one, PROMISE).problems, [
    "0 mails to the provider: ",
  ]);
  const three = [...one, mail(PROVIDER, 100_000), mail(PROVIDER, 220_100)];
  assertEquals(
    judge(FAULT, three, PROMISE).problems.map((text) => text.slice(0, 23)),
    ["2 mails to the provider"],
  );
});
