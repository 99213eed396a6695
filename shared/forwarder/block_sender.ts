/** One block on its way: its encoding, its request, and what is counted. */
import { describeError } from "../errors.ts";
import type { PushOutcome } from "../remote_write/push.ts";
import type { Codec } from "../spool/frame.ts";
import type { Frame } from "../spool/segment.ts";
import type { Lane } from "../spool/spool_types.ts";
import type { ByteMeter } from "./backfill_rate.ts";
import type { Attempt, DestinationState } from "./destination_state.ts";
import type { ForwarderDeps } from "./forwarder_types.ts";
import { type Merger, toSnappy, toZstd } from "./merge.ts";

/** Frames that go out together. */
export interface Block {
  readonly lane: Lane;
  readonly frames: readonly Frame[];
  readonly attempt: Attempt;
  readonly signal: AbortSignal;
}

/** What a {@linkcode BlockSender} looks at and tells. */
export interface BlockSenderParts {
  readonly destination: DestinationState;
  readonly merger: Merger;
  readonly liveMeter: ByteMeter;
}

/** Sends blocks. */
export class BlockSender {
  readonly #deps: ForwarderDeps;
  readonly #encoding: Codec;
  readonly #parts: BlockSenderParts;
  #isZstdRefused = false;
  /** The receiver's clock at the last success, ms since the epoch. */
  lastServerTimeMs: number | undefined;

  constructor(deps: ForwarderDeps, encoding: Codec, parts: BlockSenderParts) {
    this.#deps = deps;
    this.#encoding = encoding;
    this.#parts = parts;
  }

  /** Sends a block, and notes how much of it the line bears. */
  async send(block: Block): Promise<PushOutcome> {
    const { clock } = this.#deps;
    const { merger } = this.#parts;
    const startMs = clock.monotonicMs();
    const outcome = await this.#sendAsUnderstood(block);
    let bytes = 0;
    for (const frame of block.frames) bytes += frame.payloadBytes;
    if (outcome.kind === "delivered") {
      merger.delivered(bytes, clock.monotonicMs() - startMs);
    } else if (isTooSlow(outcome)) merger.tooSlow(bytes);
    return outcome;
  }

  /** In the form that the receiver understands. */
  async #sendAsUnderstood(block: Block): Promise<PushOutcome> {
    const { frames } = block;
    const isZstd = this.#encoding === "zstd" ||
      frames[0]?.codec === "zstd";
    if (isZstd && !this.#isZstdRefused) {
      const outcome = await this.#sendZstd(block);
      if (outcome.kind !== "unsupported_encoding") return outcome;
      return await this.#sendAfterZstd(block, outcome.code);
    }
    return await this.#sendSnappy(block);
  }

  async #sendZstd(block: Block): Promise<PushOutcome> {
    let bytes: Uint8Array;
    try {
      bytes = await toZstd(block.frames);
    } catch {
      // What cannot be unpacked is found out with snappy.
      return await this.#sendSnappy(block);
    }
    return await this.push(block, bytes, "zstd");
  }

  /**
   * After a 400 zstd is given up only when snappy is accepted: else the data
   * itself may be bad. Source: VictoriaMetrics #11272.
   */
  async #sendAfterZstd(block: Block, code: string): Promise<PushOutcome> {
    const outcome = await this.#sendSnappy(block);
    if (code === "415" || outcome.kind === "delivered") {
      this.#isZstdRefused = true;
      this.#deps.log.warn("Receiver does not take zstd, sending snappy", {
        code,
      });
    }
    return outcome;
  }

  async #sendSnappy(block: Block): Promise<PushOutcome> {
    let bytes: Uint8Array;
    try {
      bytes = toSnappy(block.frames);
    } catch (error) {
      const message = describeError(error);
      return { kind: "rejected", status: 400, code: "corrupt", message };
    }
    return await this.push(block, bytes, "snappy");
  }

  /** One request, and a second at once when the connection was an old one. */
  async push(
    block: Block,
    bytes: Uint8Array,
    encoding: "snappy" | "zstd",
  ): Promise<PushOutcome> {
    const outcome = await this.#pushOnce(block, bytes, encoding);
    const wasOldConnection = outcome.kind === "retry" &&
      outcome.code === "reset" && this.#parts.destination.status === "up";
    // The receiver closes idle connections; that says nothing about its health.
    return wasOldConnection
      ? await this.#pushOnce(block, bytes, encoding)
      : outcome;
  }

  async #pushOnce(
    { attempt, signal, lane }: Block,
    bytes: Uint8Array,
    encoding: "snappy" | "zstd",
  ): Promise<PushOutcome> {
    const { push, clock, self, metrics } = this.#deps;
    const startMs = clock.monotonicMs();
    if (attempt.number > 1) metrics.retries.add();
    const outcome = await push(bytes, {
      encoding,
      attempt: attempt.number,
      signal,
    });
    if (outcome.kind === "aborted") return outcome;
    const endMs = clock.monotonicMs();
    self.sendDuration.observe((endMs - startMs) / 1000);
    if (outcome.kind !== "delivered") {
      self.sendFailures.reading(outcome.code).add();
      if (outcome.kind === "too_large") {
        this.#parts.merger.tooLarge(bytes.length);
      }
      return outcome;
    }
    metrics.bytesSent.reading(lane).add(bytes.length);
    if (lane === "live") this.#parts.liveMeter.add(bytes.length, endMs);
    this.#noteServerTime(outcome.serverTimeMs);
    return outcome;
  }

  #noteServerTime(serverTimeMs: number | undefined): void {
    if (serverTimeMs === undefined) return;
    this.lastServerTimeMs = serverTimeMs;
    // The header has whole seconds: the truth is half a second later on average.
    const offsetMs = this.#deps.clock.nowMs() - (serverTimeMs + 500);
    this.#deps.self.clockOffset.set(offsetMs / 1000);
  }
}

/** We or the receiver gave up waiting for the end of a request. */
function isTooSlow(outcome: PushOutcome): boolean {
  return outcome.kind === "retry" &&
    (outcome.code === "timeout" || outcome.code === "408");
}
