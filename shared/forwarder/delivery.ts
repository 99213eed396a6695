/**
 * Brings frames to the receiver and does with them what its answers ask for:
 * the table of answers in ARCHITECTURE.md.
 */
import { describeError } from "../errors.ts";
import type { PushOutcome } from "../remote_write/push.ts";
import type { Frame } from "../spool/segment.ts";
import type { Lane } from "../spool/spool_types.ts";
import type { BackfillRate, ByteMeter } from "./backfill_rate.ts";
import type { BisectResult, Refusal, Verdict } from "./bisect.ts";
import { type Block, BlockSender } from "./block_sender.ts";
import type {
  Attempt,
  DestinationState,
  Trouble,
} from "./destination_state.ts";
import type { ForwarderDeps, ForwarderOptions } from "./forwarder_types.ts";
import { type Merger, toSnappy } from "./merge.ts";
import type { OutageReport } from "./outage_report.ts";

/** What a {@linkcode Delivery} shares with the forwarder. */
export interface DeliveryParts {
  readonly destination: DestinationState;
  readonly report: OutageReport;
  readonly merger: Merger;
  readonly rate: BackfillRate;
  readonly liveMeter: ByteMeter;
}

/**
 * Requests of which nothing is taken, one after the other, that count as bad
 * data. One more, and it is the receiver that refuses everything.
 */
const MAX_REFUSED_BLOCKS = 4;

/** Failures in a row, about 40 s, before a 500 may mean the data. */
const FIRST_DOUBT = 8;

/** Sends blocks and settles their frames with the spool. */
export class Delivery {
  readonly #deps: ForwarderDeps;
  readonly #options: ForwarderOptions;
  readonly #parts: DeliveryParts;
  /**
   * Frames that were refused while nothing was accepted. They go into quarantine
   * once the receiver takes something else: before that, nothing tells bad data
   * from a receiver that refuses whatever comes.
   */
  #suspects: Verdict[][] = [];
  #everDelivered = false;
  readonly #sender: BlockSender;

  constructor(
    deps: ForwarderDeps,
    options: ForwarderOptions,
    parts: DeliveryParts,
  ) {
    this.#deps = deps;
    this.#options = options;
    this.#parts = parts;
    this.#sender = new BlockSender(deps, options.encoding, parts);
  }

  /** The receiver's clock at the last success, ms since the epoch. */
  get lastServerTimeMs(): number | undefined {
    return this.#sender.lastServerTimeMs;
  }

  /**
   * Sends frames that were taken; each is settled or back in the spool when this
   * resolves. Never rejects. Returns whether the receiver took them.
   */
  async deliver(
    lane: Lane,
    frames: readonly Frame[],
    { attempt, signal }: Pick<Block, "attempt" | "signal">,
  ): Promise<boolean> {
    for (const group of this.#parts.merger.groups(frames)) {
      const block = { lane, frames: group, attempt, signal };
      if (await this.#deliverBlock(block)) continue;
      const suspects = this.#suspects.flat().map(({ frame }) => frame);
      // Those that are settled are left alone by the spool.
      this.#deps.spool.release(frames.filter((f) => !suspects.includes(f)));
      this.#parts.destination.giveUp(attempt);
      return false;
    }
    return true;
  }

  /** Gives frames whose fate is open back to the spool. */
  releaseSuspects(): void {
    for (const verdicts of this.#suspects) {
      this.#deps.spool.release(verdicts.map(({ frame }) => frame));
    }
    this.#suspects = [];
  }

  async #deliverBlock(block: Block): Promise<boolean> {
    try {
      return await this.#settle(block);
    } catch (error) {
      // No answer leads here, so it is a fault of ours: not to be repeated fast.
      const message = describeError(error);
      this.#deps.log.error("Delivery failed unexpectedly", { err: message });
      this.#failed(block, { kind: "hold", code: "internal", message });
      return false;
    }
  }

  /** Sends a block and does what the answer asks for. */
  async #settle(block: Block): Promise<boolean> {
    const { clock } = this.#deps;
    const startMs = clock.monotonicMs();
    const outcome = await this.#sender.send(block);
    switch (outcome.kind) {
      case "delivered":
        if (block.lane === "live") {
          this.#parts.rate.observeLive(clock.monotonicMs() - startMs);
        }
        await this.#delivered(block, block.frames);
        return true;
      case "aborted":
        return false;
      case "rejected":
      case "too_large":
        return await this.#refused(block, outcome);
      case "retry":
        if (outcome.code === "500" && isTimeToDoubt(block.attempt)) {
          return await this.#brokenBy(block, outcome);
        }
        this.#failed(block, outcome);
        return false;
      case "hold":
      case "unsupported_encoding":
        this.#failed(block, outcome);
        return false;
    }
  }

  /** The receiver took these frames, which also proves that it takes some. */
  async #delivered(
    { lane, attempt }: Block,
    frames: readonly Frame[],
  ): Promise<void> {
    const { spool, self, metrics } = this.#deps;
    spool.delivered(frames);
    this.#everDelivered = true;
    let samples = 0;
    const highest = metrics.highestSent.reading(lane);
    for (const { sampleCount, maxTimeMs } of frames) {
      samples += sampleCount;
      highest.value = Math.max(highest.value, maxTimeMs / 1000);
    }
    self.samplesSent.add(samples);
    metrics.rowsSent.reading(lane).add(samples);
    this.#parts.report.succeeded(attempt);
    if (this.#suspects.length > 0) {
      await this.#quarantine(this.#suspects.splice(0).flat());
    }
  }

  /** The receiver refuses the bytes: finds out which, or that it refuses all. */
  async #refused(block: Block, refusal: Refusal): Promise<boolean> {
    const { metrics, spool } = this.#deps;
    const { destination } = this.#parts;
    metrics.refused.add();
    // Asking further at once would not be polite to a receiver that is set up
    // wrongly, and that is what a refusal of the very first request means.
    if (destination.status === "idle" && refusal.kind === "rejected") {
      this.#failed(block, refusal);
      return false;
    }
    const result = await this.#bisect(block, refusal, (outcome) => outcome);
    spool.release(result.undecided);
    if (result.accepted) await this.#settleParts(block, result);
    else if (result.condemned.length > 0) {
      this.#suspects.push([...result.condemned]);
    }
    const { stop } = result;
    if (stop !== undefined) {
      if (stop.kind !== "aborted" && stop.kind !== "delivered") {
        this.#failed(block, stop);
      }
      return false;
    }
    if (result.accepted) return result.undecided.length === 0;
    const isUp = destination.status === "up" && this.#everDelivered;
    if (!isUp || this.#suspects.length > MAX_REFUSED_BLOCKS) {
      this.#failed(block, refusal);
    }
    return false;
  }

  /**
   * Some receivers answer 500 to data they do not like, as Prometheus does to a
   * label that comes twice; it would stand before everything else for ever.
   */
  async #brokenBy(block: Block, trouble: Trouble): Promise<boolean> {
    const result = await this.#bisect(
      block,
      asRefusal(trouble),
      (outcome) =>
        outcome.kind === "retry" && outcome.code === "500"
          ? asRefusal(outcome)
          : outcome,
    );
    if (!result.accepted || result.stop !== undefined) {
      // What was taken of it will be sent twice, which is harmless.
      this.#failed(block, trouble);
      return false;
    }
    const delivered = [...result.delivered];
    const condemned: Verdict[] = [];
    for (const verdict of result.condemned) {
      // The error may have passed: data is to blame only if it comes again.
      const { frame } = verdict;
      const bytes = toSnappy([frame]);
      const again = await this.#sender.push(block, bytes, "snappy");
      if (again.kind === "delivered") delivered.push(frame);
      else condemned.push(verdict);
    }
    await this.#settleParts(block, { ...result, delivered, condemned });
    return result.undecided.length === 0;
  }

  async #bisect(
    block: Block,
    refusal: Refusal,
    judge: (outcome: PushOutcome) => PushOutcome,
  ): Promise<BisectResult> {
    const { destination } = this.#parts;
    // Rarely needed, and it brings protobufjs: 3 MB of the agent's memory.
    const { bisect } = await import("./bisect.ts");
    return await bisect(block.frames, refusal, {
      isStrict: this.#options.order === "strict",
      random: this.#deps.random,
      send: async (bytes) => {
        // Another request has failed: nothing goes out until the probe.
        if (!destination.isCurrent(block.attempt)) return { kind: "aborted" };
        return judge(await this.#sender.push(block, bytes, "snappy"));
      },
    });
  }

  async #settleParts(
    block: Block,
    { delivered, condemned }: BisectResult,
  ): Promise<void> {
    const { self, metrics } = this.#deps;
    await this.#delivered(block, delivered);
    for (const { frame, body, samples } of condemned) {
      if (body === undefined) continue;
      const refused = samples.rejected + samples.too_large;
      const sent = Math.max(frame.sampleCount - refused, 0);
      self.samplesSent.add(sent);
      metrics.rowsSent.reading(block.lane).add(sent);
    }
    await this.#quarantine(condemned);
  }

  async #quarantine(verdicts: readonly Verdict[]): Promise<void> {
    const { spool, self, log } = this.#deps;
    for (const { frame, body, samples, detail } of verdicts) {
      const { rejected, too_large } = samples;
      const sampleCount = rejected + too_large;
      self.samplesDropped.reading("rejected").add(rejected);
      self.samplesDropped.reading("too_large").add(too_large);
      log.warn("Series refused and set aside", {
        samples: sampleCount,
        of: frame.sampleCount,
        answer: detail,
      });
      await spool.quarantine(frame, {
        reason: rejected > 0 ? "rejected" : "too_large",
        detail,
        ...body === undefined ? {} : { body, sampleCount },
      });
    }
  }

  #failed(block: Block, trouble: Trouble): void {
    if (trouble.code === "429" || trouble.code === "503") {
      this.#parts.rate.overloaded();
    }
    this.releaseSuspects();
    this.#parts.report.failed(block.attempt, trouble);
  }
}

/** Rarely, and rarer as the outage lasts: a sick receiver is not to be flooded. */
function isTimeToDoubt({ number }: Attempt): boolean {
  return number >= FIRST_DOUBT && (number & (number - 1)) === 0;
}

function asRefusal({ code, message }: Trouble): Refusal {
  return { kind: "rejected", status: Number(code), code, message };
}
