import { assertEquals } from "../support/assert.ts";
import {
  DOWN,
  DROPPED,
  evidence,
  fault,
  found,
  type Message,
  PAUSED,
} from "./alert_evidence.ts";
import type { PastFault } from "./evidence.ts";
import { READERS } from "./messages.ts";

Deno.test("checkAlerts() finds an alert that no fault explains", async () => {
  const other = { ...DOWN, server: "agent-01" };
  const [, missed, wrong] = await found(evidence([PAUSED], [DOWN, other]));
  assertEquals(missed, "right 0");
  assertEquals(
    wrong,
    "wrong 2: ServerDown agent-01 to provider at 00:02:55; ServerDown agent-01 to customer at 00:02:55",
  );
});

Deno.test("checkAlerts() takes ServerDown of a short fault for false", async () => {
  // Samples may stay away until 45 s after its end, and no longer.
  for (const lengthS of [24, 26]) {
    const faults = [fault("agent killed", "agent-00", 60, lengthS)];
    for (const startsS of [61, 100, 60 + lengthS + 45, 163]) {
      const down = { ...DOWN, startsS };
      const [, , wrong] = await found(evidence([], [down], { faults }));
      assertEquals(wrong?.slice(0, 7), "wrong 2", `${lengthS} s: ${startsS}`);
    }
  }
});

Deno.test("checkAlerts() takes ServerDown for false that came too early in a long fault", async () => {
  const wrongAt = async (startsS: number) =>
    (await found(evidence([PAUSED], [{ ...DOWN, startsS }])))[2];
  assertEquals((await wrongAt(61))?.slice(0, 7), "wrong 2");
  // The last sample is at most an interval and its delivery older than the fault.
  assertEquals((await wrongAt(142))?.slice(0, 7), "wrong 2");
  assertEquals(await wrongAt(143), "right 0");
});

Deno.test("checkAlerts() knows that who is down takes others with it", async () => {
  const later = fault("agent away", "agent-01", 85, 300);
  const wrongOf = async (startsS: number, ...messages: Message[]) => {
    const early = { ...DOWN, server: "agent-01", startsS };
    const all = evidence([PAUSED, later], [early, ...messages]);
    return (await found(all))[2]?.slice(0, 7);
  };
  const first = (startsS: number) => ({ ...DOWN, startsS });
  assertEquals(await wrongOf(155, first(155)), "right 0");
  assertEquals(await wrongOf(163, first(143)), "right 0");
  // Alone, and with one that went down later, or too long before.
  assertEquals(await wrongOf(155), "wrong 2");
  assertEquals(await wrongOf(155, first(156)), "wrong 2");
  assertEquals(await wrongOf(164, first(143)), "wrong 2");
  // With one that was not down itself, and with another alert.
  assertEquals(await wrongOf(155, first(141)), "wrong 4");
  const busy = { ...first(155), alert: "HighCPUUsage" };
  assertEquals(await wrongOf(155, busy), "wrong 2");
});

Deno.test("checkAlerts() explains to a customer nothing that only the provider may read", async () => {
  const faults = [
    fault("store killed", "VictoriaMetrics", 60, 24, "central"),
    fault("vmauth killed", "vmauth", 125, 24, "central"),
  ];
  for (const alert of ["CentralIngestStalled", "SLABurnFast"]) {
    const wrongFor = async (readers: readonly string[]) => {
      const message = { alert, server: "", atS: 175, readers };
      const all = evidence([PAUSED], [DOWN, message], { faults });
      return (await found(all))[2];
    };
    assertEquals(await wrongFor(["provider"]), "right 0");
    assertEquals(
      await wrongFor(READERS),
      `wrong 1: ${alert} to customer at 00:02:55`,
    );
  }
});

Deno.test("checkAlerts() takes ServerDown after two short faults in a row for explained", async () => {
  const faults = [
    fault("store killed", "VictoriaMetrics", 60, 24, "central"),
    fault("agent killed", "agent-00", 125, 24),
  ];
  assertEquals(await found(evidence([], [DOWN], { faults })), [
    "right 0",
    "right 0",
    "right 0",
  ]);
});

Deno.test("checkAlerts() tells DataDropped of one reason from that of another", async () => {
  const flipped = fault("byte flipped", "a frame", 60, 24, "relay");
  const full = fault("disk full", "relay", 20, 24);
  const tooMuch = { ...DROPPED, reason: "limit", atS: 100 };
  const foundOf = (faults: readonly PastFault[], ...messages: Message[]) =>
    found(evidence([], messages, { faults }));
  assertEquals(await foundOf([flipped], DROPPED), [
    "right 2",
    "right 0",
    "right 0",
  ]);
  const [, missed] = await foundOf([flipped], tooMuch);
  assertEquals(
    missed?.slice(0, 55),
    "wrong 2: DataDropped damaged relay-01 to provider at 00",
  );
  const [, , wrong] = await foundOf([full, flipped], tooMuch, DROPPED);
  assertEquals(wrong?.match(/limit/g)?.length, 2);
  assertEquals(wrong?.includes("damaged"), false);
  const [, , alsoWrong] = await foundOf([full], DROPPED);
  assertEquals(alsoWrong?.slice(0, 7), "wrong 2");
});
