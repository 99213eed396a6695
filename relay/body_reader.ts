/**
 * Reads request bodies within limits of size and time. A body that is declared
 * small is read in one go; others are counted chunk by chunk, since a declared
 * length is only a promise.
 */
import type { Clock } from "../shared/clock.ts";
import type { Ticket } from "./admission.ts";
import { Chunks } from "./chunks.ts";
import { MAX_BODY_BYTES, type Refusal, REFUSALS } from "./refusal.ts";

/** Bodies up to here are read in one go, and paid for in advance. */
export const SMALL_BODY_BYTES = 64 * 1024;

/** No body may take longer. */
const MAX_READ_MS = 30_000;
/** After this, a body must have come at {@linkcode MIN_BYTES_PER_SECOND}. */
const GRACE_MS = 10_000;
const MIN_BYTES_PER_SECOND = 1024;
/** Between two looks at the bodies that are on their way. */
const LOOK_MS = 1_000;

/** A body, or why there is none. */
export type BodyResult =
  | { readonly ok: true; readonly body: Uint8Array }
  | { readonly ok: false; readonly refusal: Refusal };

/** A body on its way. */
interface Reading {
  readonly startMs: number;
  /** Length that must have come at the least rate; grows with what comes. */
  bytes: number;
  /** Gives up. */
  expire(): void;
}

/** Reads bodies. One timer watches over all of them. */
export class BodyReader {
  readonly #clock: Clock;
  readonly #readings = new Set<Reading>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Reads a body of a declared length of at most {@linkcode SMALL_BODY_BYTES}. */
  readSmall(request: Request, declaredBytes: number): Promise<BodyResult> {
    return new Promise((resolve) => {
      const end = (result: BodyResult) => {
        this.#readings.delete(reading);
        resolve(result);
      };
      const reading: Reading = {
        startMs: this.#clock.monotonicMs(),
        // Not seen while it comes: by when all of it is due.
        bytes: declaredBytes,
        expire: () => end({ ok: false, refusal: REFUSALS.tooSlow }),
      };
      this.#readings.add(reading);
      request.arrayBuffer().then(
        (buffer) => end({ ok: true, body: new Uint8Array(buffer) }),
        () => end({ ok: false, refusal: REFUSALS.gone }),
      );
    });
  }

  /**
   * Reads any other body. The ticket pays for what it holds as it comes.
   */
  async readStream(
    request: Request,
    ticket: Ticket,
  ): Promise<BodyResult> {
    if (request.body === null) return { ok: true, body: new Uint8Array(0) };
    const reader = request.body.getReader();
    let refusal: Refusal | undefined;
    const giveUp = (why: Refusal) => {
      refusal ??= why;
      reader.cancel().catch(() => {});
    };
    const reading: Reading = {
      startMs: this.#clock.monotonicMs(),
      bytes: 0,
      expire: () => giveUp(REFUSALS.tooSlow),
    };
    this.#readings.add(reading);
    const chunks = new Chunks();
    try {
      for (;;) {
        const { done, value } = await reader.read();
        if (done || refusal !== undefined) break;
        reading.bytes += value.length;
        if (reading.bytes > MAX_BODY_BYTES) giveUp(REFUSALS.bodyTooLarge);
        else if (!ticket.grow(value.length)) giveUp(REFUSALS.overloaded);
        else chunks.add(value);
      }
    } catch {
      refusal ??= REFUSALS.gone;
    } finally {
      this.#readings.delete(reading);
    }
    return refusal === undefined
      ? { ok: true, body: chunks.join() }
      : { ok: false, refusal };
  }

  /** Gives up bodies that come too slowly, until `signal` aborts. */
  async watch(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#clock.sleep(LOOK_MS, signal);
      const nowMs = this.#clock.monotonicMs();
      for (const reading of this.#readings) {
        if (isTooSlow(reading, nowMs)) reading.expire();
      }
    }
  }
}

function isTooSlow({ startMs, bytes }: Reading, nowMs: number): boolean {
  const tookMs = nowMs - startMs;
  return tookMs >= MAX_READ_MS ||
    tookMs >= GRACE_MS && bytes * 1000 < tookMs * MIN_BYTES_PER_SECOND;
}
