import { assertEquals } from "../support/assert.ts";
import {
  DOWN,
  DROPPED,
  evidence,
  fault,
  found,
  PAUSED,
} from "./alert_evidence.ts";
import type { PastFault } from "./evidence.ts";

Deno.test("checkAlerts() is content when each reader is told once of a long fault", async () => {
  assertEquals(await found(evidence([PAUSED], [DOWN])), [
    "right 2",
    "right 0",
    "right 0",
  ]);
});

Deno.test("checkAlerts() finds an alert that nobody was told of", async () => {
  const [, missed, wrong] = await found(evidence([PAUSED], []));
  assertEquals(
    missed?.slice(0, 43),
    "wrong 2: ServerDown agent-00 to provider at",
  );
  assertEquals(wrong, "right 0");
});

Deno.test("checkAlerts() finds an alert that only one reader was told of", async () => {
  const half = { ...DOWN, readers: ["provider"] };
  const [, missed] = await found(evidence([PAUSED], [half]));
  assertEquals(
    missed?.slice(0, 40),
    "wrong 1: ServerDown agent-00 to customer",
  );
});

Deno.test("checkAlerts() finds an alert that was told too late", async () => {
  const late = evidence([PAUSED], [{ ...DOWN, atS: 300, startsS: 165 }]);
  assertEquals((await found(late))[1]?.slice(0, 7), "wrong 2");
});

Deno.test("checkAlerts() finds a server told of twice for one fault", async () => {
  const again = { ...DOWN, atS: 200, startsS: 185 };
  const [, , wrong] = await found(evidence([PAUSED], [DOWN, again]));
  assertEquals(
    wrong?.includes("agent-00 to provider at 00:05:20 twice"),
    false,
  );
  assertEquals(wrong?.includes("twice"), true);
});

Deno.test("checkAlerts() finds a server that flaps until its fault is over", async () => {
  const again = { ...DOWN, atS: 350, startsS: 340 };
  const [, , wrong] = await found(evidence([PAUSED], [DOWN, again]));
  assertEquals(wrong?.match(/ twice/g)?.length, 2);
});

Deno.test("checkAlerts() does not take a new vmalert's episode for a second one", async () => {
  const faults = [fault("vmalert killed", "vmalert", 200, 24, "alerting")];
  const wrongAt = async (startsS: number) => {
    const again = { ...DOWN, atS: startsS + 12, startsS };
    return (await found(evidence([PAUSED], [DOWN, again], { faults })))[2];
  };
  assertEquals(await wrongAt(230), "right 0");
  assertEquals((await wrongAt(300))?.slice(0, 7), "wrong 2");
});

Deno.test("checkAlerts() lets no message wait because people were told of another server", async () => {
  const other = { ...DOWN, server: "agent-01", atS: -200 };
  const late = { ...DOWN, atS: 230, startsS: 165 };
  const [, missed] = await found(evidence([PAUSED], [late, other]));
  assertEquals(missed?.slice(0, 7), "wrong 2");
});

Deno.test("checkAlerts() lets a message wait for who was away that tells", async () => {
  const missedOf = async (atS: number, ...faults: PastFault[]) => {
    const late = { ...DOWN, atS, startsS: 165 };
    const [, missed] = await found(evidence([PAUSED], [late], { faults }));
    return missed?.slice(0, 7);
  };
  const away = (fromS: number, silences = "alerting") =>
    fault("Alertmanager killed", "Alertmanager", fromS, 24, silences);
  // It is sent again within a minute, and told 45 s later.
  assertEquals(await missedOf(294, away(165)), "right 0");
  assertEquals(await missedOf(295, away(165)), "wrong 2");
  assertEquals(await missedOf(294), "wrong 2");
  // Away long before, and after it had to be told; somebody else.
  assertEquals(await missedOf(230, away(60)), "wrong 2");
  assertEquals(await missedOf(230, away(221)), "wrong 2");
  assertEquals(await missedOf(294, away(165, "agent-01")), "wrong 2");
});

Deno.test("checkAlerts() wants RelayDown for a relay that is away, and nothing of those behind it", async () => {
  const away = fault("relay away", "relay", 60, 180);
  const relayDown = { alert: "RelayDown", server: "relay-01", atS: 175 };
  assertEquals(await found(evidence([away], [relayDown])), [
    "right 2",
    "right 0",
    "right 0",
  ]);
  const behind = { ...DOWN, server: "agent-01" };
  const [, , wrong] = await found(evidence([away], [relayDown, behind]));
  assertEquals(wrong?.slice(0, 7), "wrong 2");
});

Deno.test("checkAlerts() wants nothing while central has been away too much to judge", async () => {
  // A minute of ten is lost, and stays so until the fault is over.
  const isDeaf = (second: number) => second >= 0 && second < 60;
  assertEquals(await found(evidence([PAUSED], [], { isDeaf })), [
    "right 0 (not owed for 1 long faults)",
    "right 0",
    "right 0",
  ]);
});

Deno.test("checkAlerts() wants DataDropped for a damaged record, and only once in half an hour", async () => {
  const faults = [
    fault("byte flipped", "a frame of load-00001", 60, 24, "relay"),
    fault("byte flipped", "a frame of load-00002", 1_000, 24, "relay"),
  ];
  assertEquals(await found(evidence([], [DROPPED], { faults })), [
    "right 4",
    "right 0",
    "right 0",
  ]);
  const [, missed] = await found(evidence([], [], { faults }));
  assertEquals(missed?.slice(0, 7), "wrong 4");
});
