import { assert, assertAlmostEquals, assertEquals } from "../support/assert.ts";
import { statusScene } from "../support/relay_status.ts";

Deno.test("Senders tell the rate of a steady sender from its second batch on", async () => {
  const { senders, clock, push } = statusScene();
  const rate = () => [...senders.list()][0]?.samplesPerSecond ?? NaN;
  push("web-01", "10.0.0.1", 300);
  assertEquals(rate(), 0);

  for (let i = 0; i < 20; i++) {
    await clock.advance(15_000);
    push("web-01", "10.0.0.1", 300);
    assertAlmostEquals(rate(), 20, 0.001);
  }
});

Deno.test("Senders follow a rate that changes, within minutes", async () => {
  const { senders, clock, push } = statusScene();
  const rate = () => [...senders.list()][0]?.samplesPerSecond ?? NaN;
  for (
    const samples of Array.from({ length: 30 }, (_, i) => i < 10 ? 300 : 600)
  ) {
    await clock.advance(15_000);
    push("web-01", "10.0.0.1", samples);
  }

  assertAlmostEquals(rate(), 40, 0.5);
});

Deno.test("Senders keep a finite rate while a backlog comes at once", async () => {
  const { senders, clock, push } = statusScene();
  await clock.advance(1_000);
  for (let i = 0; i < 100; i++) push("web-01", "10.0.0.1", 300);

  const rate = [...senders.list()][0]?.samplesPerSecond ?? NaN;
  // 30,000 samples, spread over the minute that the average is about.
  assert(rate > 100 && rate < 1_000, String(rate));
});

Deno.test("Senders.rejected() notes why and when", async () => {
  const { senders, clock } = statusScene();
  await clock.advance(5_000);

  senders.rejected({ address: "10.0.0.9", port: 1 }, "token");

  const [sender] = senders.list();
  assertEquals(
    [sender?.rejects, sender?.lastReject, sender?.lastRejectMs],
    [1, "token", clock.nowMs()],
  );
});
