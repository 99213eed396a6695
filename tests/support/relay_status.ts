/** A relay's state for tests of the status page: real parts on a fake clock. */
import type { ForwarderState } from "../../shared/forwarder/forwarder_types.ts";
import type { DropReason } from "../../shared/spool/store.ts";
import type { SpoolStats } from "../../shared/spool/spool_types.ts";
import type { Gate } from "../../relay/gate.ts";
import { createRelayMetrics } from "../../relay/metrics.ts";
import type { Inspection } from "../../relay/request_walker.ts";
import { Senders } from "../../relay/senders.ts";
import { History } from "../../relay/status/history.ts";
import {
  readCounters,
  readStatus,
  type StatusDeps,
} from "../../relay/status/model.ts";
import { renderStatusPage } from "../../relay/status/page.tsx";
import { parseSenderQuery } from "../../relay/status/sender_list.ts";
import type { Language } from "../../relay/status/texts.ts";
import { FakeClock } from "./fake_clock.ts";

const MIB = 1024 ** 2;

/** The parts, and handles to change what they say. */
export interface StatusScene {
  readonly clock: FakeClock;
  readonly deps: StatusDeps;
  readonly senders: Senders;
  readonly metrics: ReturnType<typeof createRelayMetrics>;
  readonly gate: Gate;
  spool: SpoolStats | undefined;
  line: ForwarderState | undefined;
  /** A batch of `samples` from `name`. */
  push(name: string, address?: string, samples?: number): void;
  /** A minute passes; each of `names` pushes 4 times. */
  minute(
    names: readonly string[],
    change?: Partial<MinuteChange>,
  ): Promise<void>;
}

/** What happens in a minute. */
export interface MinuteChange {
  readonly delivered: number;
  readonly pendingBytes: number;
  readonly samples: number;
}

/** A spool of 2 GiB in which nothing waits. */
export function spoolStats(change: Partial<SpoolStats> = {}): SpoolStats {
  return {
    diskBytes: 16 * MIB,
    capacityBytes: 2048 * MIB,
    pending: { frames: 0, samples: 0, bytes: 0 },
    oldestMs: undefined,
    segments: 1,
    liveFrames: 0,
    dropped: new Map<DropReason, never>(),
    quarantined: { frames: 0, samples: 0, bytes: 0 },
    failedCommits: 0,
    recoverySeconds: 0,
    ...change,
  };
}

/** A relay that has just started, its line up and nobody sending. */
export function statusScene(): StatusScene {
  const clock = new FakeClock();
  const senders = new Senders(clock);
  const metrics = createRelayMetrics({
    version: "1.2.3",
    relay: "relay-01",
    clock,
  });
  const gate: Gate = { state: "open" };
  const spool = () => scene.spool && { stats: () => scene.spool ?? fail() };
  const history = new History(clock, () => readCounters({ metrics, spool }));
  let port = 1;
  const scene: StatusScene = {
    clock,
    senders,
    metrics,
    gate,
    spool: spoolStats(),
    line: {
      status: "up",
      sinceMs: clock.nowMs(),
      lastDeliveredMs: clock.nowMs(),
      backfillBytesPerSecond: MIB,
      drainSeconds: 0,
    },
    deps: {
      clock,
      gate,
      senders,
      metrics,
      history,
      spool,
      forwarder: () => scene.line && { state: () => scene.line ?? fail() },
      mirror: { hasRelease: () => true },
      about: {
        version: "1.2.3",
        name: "relay-01",
        customer: "acme",
        listen: "0.0.0.0:9999",
        destination: "https://central.example/api/v1/write",
        startedAtMs: clock.monotonicMs(),
      },
    },
    push(name, address = "10.0.0.7", samples = 400) {
      const peer = { address, port: port++ };
      // Of an inspection, only these two are looked at.
      const found = { samples, serverName: name } as Inspection;
      senders.pushed(senders.connection(peer), {
        peer,
        bytes: 10_000,
        samples,
        found,
      });
      metrics.receivedSamples.add(samples);
      metrics.receivedBytes.add(10_000);
    },
    async minute(names, change = {}) {
      for (let i = 0; i < 4; i++) {
        await clock.advance(15_000);
        names.forEach((name, n) =>
          scene.push(name, `10.0.${n >> 8}.${n & 255}`, change.samples)
        );
      }
      metrics.self.samplesSent.add(
        change.delivered ?? names.length * 4 * (change.samples ?? 400),
      );
      const bytes = change.pendingBytes ?? 0;
      const pending = {
        frames: Math.ceil(bytes / 10_000),
        samples: bytes / 25,
        bytes,
      };
      scene.spool = spoolStats({ ...scene.spool, pending });
      history.mark();
    },
  };
  history.mark();
  return scene;
}

function fail(): never {
  throw new Error("Cannot read the scene: it was changed meanwhile");
}

/** The page of this moment, as the relay would answer it. */
export function renderScene(
  { deps }: StatusScene,
  { language = "en", sort, search }: {
    readonly language?: Language;
    readonly sort?: string;
    readonly search?: string;
  } = {},
): string {
  return renderStatusPage({
    status: readStatus(deps, parseSenderQuery(sort, search)),
    language,
    origin: "http://relay.test:9999",
  });
}

/** The words of one section of a page, as a reader sees them. */
export function textOf(html: string, id: string): string {
  const start = html.indexOf(` id="${id}"`);
  if (start < 0) throw new Error(`Cannot find "${id}" on the page`);
  const section = html.slice(html.indexOf(">", start) + 1);
  const end = section.search(/<\/(section|header|footer|ul)>/);
  return section.slice(0, end).replace(/<[^>]*>/g, " ")
    .replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&#39;/g, "'")
    .replace(/&quot;/g, '"').replace(/&amp;/g, "&")
    .replace(/\s+/g, " ").trim();
}
