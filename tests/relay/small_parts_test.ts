import {
  cidr,
  createAddressSet,
  PRIVATE_RANGES,
} from "../../relay/address_set.ts";
import { loadRelayConfig } from "../../relay/config.ts";
import { checkType } from "../../relay/middleware/limits.ts";
import { Receipts } from "../../relay/receipts.ts";
import { Senders } from "../../relay/senders.ts";
import { toSeries } from "../../relay/self_push.ts";
import { parseTokens } from "../../relay/tokens.ts";
import { SettingsFileError } from "../../shared/settings_file.ts";
import { checkZstd } from "../../relay/zstd_frame.ts";
import { Family } from "../../shared/metrics.ts";
import { assert, assertEquals, assertThrows } from "../support/assert.ts";
import { FakeClock } from "../support/fake_clock.ts";

function blocks(...texts: string[]) {
  return texts.map((text) => {
    const parsed = cidr.parse(text);
    if (!parsed.ok) throw new Error(parsed.what);
    return parsed.value;
  });
}

Deno.test("createAddressSet() knows private addresses, also as mapped IPv6", () => {
  const isIn = createAddressSet(blocks(...PRIVATE_RANGES));
  const inside = [
    "10.1.2.3",
    "::ffff:192.168.0.9",
    "::1",
    "fd00::1",
    "fe80::1%eth0",
  ];
  const outside = [
    "8.8.8.8",
    "172.32.0.1",
    "2001:db8::1",
    "::ffff:8.8.8.8",
    "",
    "x",
  ];
  assertEquals(inside.filter((address) => !isIn(address)), []);
  assertEquals(outside.filter(isIn), []);
});

for (
  const text of [
    "10.0.0.0/33",
    "10.0.0/8",
    "x",
    "::1/129",
    "10.0.0.0/8/8",
    "10.0.0.0/-1",
  ]
) {
  Deno.test(`cidr.parse() rejects ${text}`, () => {
    assertEquals(cidr.parse(text).ok, false);
  });
}

Deno.test("parseTokens() knows the tokens of a file and whose they are", () => {
  const find = parseTokens(
    "# all\nweb-01 aaaaaaaa\n\nbbbbbbbb # shared\r\n",
    "/t",
  );
  assertEquals([find("aaaaaaaa")?.name, find("bbbbbbbb")?.name], [
    "web-01",
    "",
  ]);
  assertEquals([find("web-01"), find("")], [undefined, undefined]);
});

for (
  const text of ["", "short", "a b c", "# only\n", "n\u00e4me tokentoken\u00e4"]
) {
  Deno.test(`parseTokens() refuses ${JSON.stringify(text)} without repeating it`, () => {
    const error = assertThrows(
      () => parseTokens(text, "/t"),
      SettingsFileError,
    );
    assert(text === "" || !error.message.includes(text));
  });
}

const TYPES: Record<string, number | undefined> = {
  "application/x-protobuf": undefined,
  "APPLICATION/X-Protobuf ; Proto = prometheus.WriteRequest": undefined,
  "application/x-protobuf;proto=io.prometheus.write.v2.Request": 415,
  'application/x-protobuf; proto="io.prometheus.write.v2.Request"': 415,
  "application/x-protobuf;proto=other": 415,
  "text/plain": 415,
};

for (const [type, status] of Object.entries(TYPES)) {
  Deno.test(`checkType() answers ${status ?? "nothing"} to ${type}`, () => {
    assertEquals(checkType(type)?.status, status);
  });
}

/** "abc" by the zstd program: one raw block, with and without what it may have. */
const FRAMES: Record<string, [string, number | undefined | string]> = {
  "a single segment": ["28b52ffd2003190000616263", 3],
  "a window and no length": ["28b52ffd0058190000616263", undefined],
  "two frames": ["28b52ffd200319000061626328b52ffd2003190000616263", 6],
  "a skippable frame before it": [
    "502a4d1801000000ff28b52ffd2003190000616263",
    3,
  ],
  "a cut frame": ["28b52ffd20031900006162", "it is cut off at byte 11"],
  "bytes behind it": [
    "28b52ffd2003190000616263ffffffffffffffff",
    "no frame begins at byte 12",
  ],
  "a dictionary": ["28b52ffd210703190000616263", "it needs a dictionary"],
  "a block of a reserved type": [
    "28b52ffd20031f0000616263",
    "a block has a reserved type",
  ],
  "a window of 2 GiB": [
    "28b52ffd00a8190000616263",
    "it needs a window of 2147483648 bytes",
  ],
  "a reserved bit": ["28b52ffd2803190000616263", "a reserved bit is set"],
  "a skippable frame alone": ["502a4d1801000000ff", "there is no frame"],
};

for (const [what, [hex, expected]] of Object.entries(FRAMES)) {
  Deno.test(`checkZstd() finds ${what}`, () => {
    const check = checkZstd(Uint8Array.fromHex(hex), {
      maxWindowBytes: 2 ** 25,
    });
    assertEquals(check.ok ? check.contentBytes : check.reason, expected);
  });
}

Deno.test("Senders keeps 20,000 names at most and drops the silent ones", () => {
  const senders = new Senders(new FakeClock());
  for (let i = 0; i < 30_000; i++) {
    const peer = { address: "10.0.0.1", port: i };
    const connection = senders.connection(peer);
    const found = {
      series: 1,
      samples: 1,
      minTimeMs: 0,
      maxTimeMs: 0,
      serverName: `web-${i}`,
      checkIds: [],
      mixedSeries: 0,
    };
    senders.pushed(connection, { peer, bytes: 10, samples: 1, found });
  }
  const names = Array.from(senders.list(), ({ name }) => name);
  assert(
    names.length <= 20_000 && names.includes("web-29999"),
    `${names.length}`,
  );
});

Deno.test("Senders forgets who is connected after a minute", async () => {
  const clock = new FakeClock();
  const senders = new Senders(clock);
  const peer = { address: "10.0.0.1", port: 1 };
  const push = { peer, bytes: 1, samples: 600, found: undefined };
  senders.pushed(senders.connection(peer), push);
  await clock.advance(15_000);
  senders.pushed(senders.connection(peer), push);
  assertEquals(senders.connected(), 1);
  await clock.advance(60_001);
  assertEquals(senders.connected(), 0);
  assertEquals(
    Array.from(senders.list(), ({ samplesPerSecond }) => samplesPerSecond),
    [40],
  );
});

Deno.test("Receipts remembers the last 1,000 checks", () => {
  const receipts = new Receipts();
  const frame = { minTimeMs: 1, maxTimeMs: 1, sampleCount: 1, payloadBytes: 9 };
  for (let i = 0; i <= 1_000; i++) {
    receipts.stored([`id-${i}`], { ...frame, minTimeMs: i });
  }
  assertEquals(receipts.find("id-0").spooled, false);
  receipts.delivered([{ ...frame, minTimeMs: 5 }]);
  assertEquals(receipts.find("id-5"), {
    id: "id-5",
    spooled: true,
    forwarded: true,
  });
  assertEquals(receipts.find("id-6").forwarded, false);
});

Deno.test("toSeries() leaves a sender its name and gives the rest the relay's", () => {
  const own = new Family("msp_x", "gauge", "").reading();
  const of = new Family("msp_y", "gauge", "", ["server_name", "relay"]).reading(
    "web-01",
    "relay-01",
  );
  const host = [
    { name: "customer_id", value: "kt" },
    { name: "role", value: "relay" },
    { name: "server_name", value: "relay-01" },
  ];
  const text = toSeries([own, of], host, 5).map(({ labels }) =>
    labels.map(({ name, value }) => `${name}=${value}`).join()
  );
  assertEquals(text, [
    "__name__=msp_x,customer_id=kt,role=relay,server_name=relay-01",
    "__name__=msp_y,customer_id=kt,relay=relay-01,server_name=web-01",
  ]);
});

Deno.test("loadRelayConfig() takes the service's settings from the env file", () => {
  const loaded = loadRelayConfig({
    command: "run",
    argv: ["--spool=/s"],
    env: {},
    hostname: "gate-01",
    readTextFile: () =>
      "REMOTE_WRITE_URL=https://metrics.example/api/v1/write\nMSP_ALLOW_FROM=10.0.0.0/8,fd00::/8\n",
  });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  const { config } = loaded;
  assertEquals(config.remoteWriteUrl, "https://metrics.example/api/v1/write");
  assertEquals(config.allowFrom.map(({ address }) => address), [
    "10.0.0.0",
    "fd00::",
  ]);
  assertEquals([config.identity.serverName, config.listen.port], [
    "gate-01",
    9999,
  ]);
  assertEquals([config.spool, config.spoolMaxBytes], ["/s", 2 * 1024 ** 3]);
});

Deno.test("loadRelayConfig() refuses a spool that the largest bodies would fill", () => {
  const loaded = loadRelayConfig({
    command: "run",
    argv: [
      "--spool-max=63MiB",
      "--remote-write-url=https://central.test/api/v1/write",
    ],
    env: {},
    hostname: "gw-01",
    readTextFile: () => "",
  });
  assertEquals(loaded.ok, false);
  if (loaded.ok) return;
  assertEquals(
    loaded.problems.map(({ what }) => what),
    ['--spool-max "63MiB" is below 64MiB'],
  );
});
