import { createRelayMetrics } from "../../relay/metrics.ts";
import { Senders } from "../../relay/senders.ts";
import type { SpoolStats } from "../../shared/spool/spool_types.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { FakeClock } from "../support/fake_clock.ts";

const SPOOL: SpoolStats = {
  diskBytes: 0,
  capacityBytes: 1000,
  pending: { frames: 0, samples: 0, bytes: 0 },
  oldestMs: undefined,
  segments: 0,
  liveFrames: 0,
  dropped: new Map(),
  quarantined: { frames: 1, samples: 5, bytes: 80 },
  failedCommits: 0,
  recoverySeconds: 0,
};

function setUp() {
  const clock = new FakeClock();
  const metrics = createRelayMetrics({ version: "1", relay: "gw-01", clock });
  const readings = () =>
    metrics.readings({
      inflightBytes: 0,
      senders: new Senders(clock),
      spool: SPOOL,
    });
  return { metrics, readings };
}

Deno.test("createRelayMetrics() tells its process from that of the gateway's agent", () => {
  const own = setUp().readings().filter(({ name }) =>
    name.startsWith("process_")
  );

  assertEquals(own.length, 3);
  for (const { name, labels } of own) {
    const program = labels.find((label) => label.name === "program")?.value;
    assertEquals([name, program], [name, "relay"]);
  }
});

Deno.test("createRelayMetrics() counts a sample that is too large once", () => {
  const { metrics, readings } = setUp();
  // As the forwarder does beside quarantine.
  metrics.self.samplesDropped.reading("too_large").add(5);

  const dropped = readings().filter(({ name }) =>
    name === "msp_samples_dropped_total"
  );

  assert(dropped.length > 1);
  const total = dropped.reduce((sum, { value }) => sum + value, 0);
  assertEquals(total, 5);
});
