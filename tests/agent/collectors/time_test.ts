import { time } from "../../../agent/collectors/time.ts";
import { HostFileError } from "../../../agent/host/files.ts";
import { assertEquals, assertInstanceOf } from "../../support/assert.ts";
import { collect, fakeDeps } from "../../support/collector.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { BERLIN_TYPES, tzif } from "../../support/tzif.ts";

const SOURCES = "sys/devices/system/clocksource";
const BERLIN = tzif({
  version: 2,
  types: BERLIN_TYPES,
  transitions: [],
  footer: "CET-1CEST,M3.5.0,M10.5.0/3",
});
const UTC_LINE = 'node_time_zone_offset_seconds{time_zone="UTC"} 0';
const HOUR_MS = 3_600_000;

Deno.test("time() gives the clock with its fraction, and UTC without a zone", async () => {
  using host = fakeDeps({ clock: new FakeClock(1_700_000_000_123) });

  const { lines, kinds, error } = await collect(time(host));

  // Nanoseconds as a double, then divided: the last digit is upstream's too.
  assertEquals(lines, ["node_time_seconds 1700000000.1230001", UTC_LINE]);
  assertEquals(new Set(Object.values(kinds)), new Set(["gauge"]));
  assertEquals(error, undefined);
});

Deno.test("time() labels the offset with the abbreviation of the zone", async () => {
  using host = fakeDeps({
    files: {
      "rootfs/usr/share/zoneinfo/Europe/Berlin": BERLIN,
      "rootfs/etc/localtime": { link: "/usr/share/zoneinfo/Europe/Berlin" },
    },
    clock: new FakeClock(Date.UTC(2026, 6, 1)),
  });

  assertEquals(
    (await collect(time(host))).lines[1],
    'node_time_zone_offset_seconds{time_zone="CEST"} 7200',
  );
});

/** `TZ`, and the zone's label; Berlin is the zone of /etc/localtime. */
const BY_VARIABLE: Record<string, string> = {
  "Asia/Seoul": "KST",
  ":Asia/Seoul": "KST",
  "/usr/share/zoneinfo/Asia/Seoul": "KST",
  "": "UTC",
  "UTC": "UTC",
  "No/Where": "UTC",
};

for (const [timeZone, label] of Object.entries(BY_VARIABLE)) {
  Deno.test(`time() says ${label} for TZ="${timeZone}"`, async () => {
    using host = fakeDeps({
      files: {
        "rootfs/etc/localtime": BERLIN,
        "rootfs/usr/share/zoneinfo/Asia/Seoul": tzif({
          version: 2,
          types: [["KST", 32_400]],
          transitions: [],
          footer: "KST-9",
        }),
      },
      timeZone,
    });

    const line = (await collect(time(host))).lines[1];

    assertEquals(/time_zone="(\w+)"/.exec(line ?? "")?.[1], label);
  });
}

Deno.test("time() changes the label when summer time ends", async () => {
  const clock = new FakeClock(Date.UTC(2026, 9, 25) + HOUR_MS - 1);
  using host = fakeDeps({ files: { "rootfs/etc/localtime": BERLIN }, clock });
  const collector = time(host);
  const zoneLine = async () => (await collect(collector)).lines[1];

  assertEquals(
    await zoneLine(),
    'node_time_zone_offset_seconds{time_zone="CEST"} 7200',
  );
  clock.jumpWall(1);
  assertEquals(
    await zoneLine(),
    'node_time_zone_offset_seconds{time_zone="CET"} 3600',
  );
});

Deno.test("time() notices within an hour that another zone was set", async () => {
  const clock = new FakeClock();
  using host = fakeDeps({ files: { "rootfs/etc/localtime": BERLIN }, clock });
  const collector = time(host);
  await collect(collector);
  host.remove("rootfs/etc/localtime");

  await clock.advance(HOUR_MS);

  assertEquals((await collect(collector)).lines[1], UTC_LINE);
});

Deno.test("time() takes UTC for a zone that cannot be read", async () => {
  using host = fakeDeps({ files: { "rootfs/etc/localtime": "garbage" } });

  const { lines, error } = await collect(time(host));

  assertEquals(lines[1], UTC_LINE);
  assertEquals(error, undefined);
});

Deno.test("time() gives clock sources by the place of their directory", async () => {
  using host = fakeDeps({
    files: {
      [`${SOURCES}/clocksource0/available_clocksource`]: "tsc hpet acpi_pm \n",
      [`${SOURCES}/clocksource0/current_clocksource`]: "tsc\n",
      [`${SOURCES}/clocksource5/available_clocksource`]: "hpet\n",
      [`${SOURCES}/clocksource5/current_clocksource`]: "hpet\n",
      [`${SOURCES}/power/control`]: "auto\n",
    },
  });

  assertEquals((await collect(time(host))).lines.slice(0, -2), [
    'node_time_clocksource_available_info{clocksource="acpi_pm",device="0"} 1',
    'node_time_clocksource_available_info{clocksource="hpet",device="0"} 1',
    'node_time_clocksource_available_info{clocksource="hpet",device="1"} 1',
    'node_time_clocksource_available_info{clocksource="tsc",device="0"} 1',
    'node_time_clocksource_current_info{clocksource="hpet",device="1"} 1',
    'node_time_clocksource_current_info{clocksource="tsc",device="0"} 1',
  ]);
});

Deno.test("time() follows a change of the clock source", async () => {
  using host = fakeDeps({
    files: {
      [`${SOURCES}/clocksource0/available_clocksource`]: "tsc hpet\n",
      [`${SOURCES}/clocksource0/current_clocksource`]: "tsc\n",
    },
  });
  const collector = time(host);
  await collect(collector);
  host.write(`${SOURCES}/clocksource0/current_clocksource`, "hpet\n");

  const { lines } = await collect(collector);

  assertEquals(lines.filter((line) => line.includes("current")), [
    'node_time_clocksource_current_info{clocksource="hpet",device="0"} 1',
  ]);
});

Deno.test("time() fails after its own series when a clock source cannot be read", async () => {
  using host = fakeDeps({
    files: { [`${SOURCES}/clocksource0/current_clocksource`]: "tsc\n" },
  });

  const { lines, error } = await collect(time(host));

  assertInstanceOf(error, HostFileError);
  assertEquals(lines, ["node_time_seconds 1700000000", UTC_LINE]);
});
