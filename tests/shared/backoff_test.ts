import { assert, assertEquals } from "../support/assert.ts";
import { withSeed } from "../support/seeded_random.ts";
import {
  Backoff,
  FAST_BACKOFF,
  parseRetryAfterMs,
  SLOW_BACKOFF,
} from "../../shared/backoff.ts";

const NO_JITTER = () => 1;
const NOW_MS = Date.UTC(2026, 0, 1);

Deno.test("Backoff.nextDelayMs() doubles from 500 ms up to 25 s in the fast class", () => {
  const backoff = new Backoff(FAST_BACKOFF, NO_JITTER);

  const delays = Array.from({ length: 9 }, () => backoff.nextDelayMs());

  assertEquals(
    delays,
    [500, 1000, 2000, 4000, 8000, 16_000, 25_000, 25_000, 25_000],
  );
});

Deno.test("Backoff.nextDelayMs() doubles from 30 s up to 300 s in the slow class", () => {
  const backoff = new Backoff(SLOW_BACKOFF, NO_JITTER);

  const delays = Array.from({ length: 6 }, () => backoff.nextDelayMs());

  assertEquals(delays, [30_000, 60_000, 120_000, 240_000, 300_000, 300_000]);
});

Deno.test("Backoff.nextDelayMs() takes half of the delay when random gives 0", () => {
  const backoff = new Backoff(FAST_BACKOFF, () => 0);

  assertEquals([backoff.nextDelayMs(), backoff.nextDelayMs()], [250, 500]);
});

// Conformance: exponential_backoff_on_retries, backoff_required, backoff_max_delay.
Deno.test("Backoff.nextDelayMs() never shrinks below 0.8 of the last while it doubles", () => {
  withSeed((random) => {
    const backoff = new Backoff(FAST_BACKOFF, random);
    let lastMs = 0;
    // The seventh is the cap, and that is less than twice the sixth.
    for (let i = 0; i < 6; i++) {
      const delayMs = backoff.nextDelayMs();
      assert(delayMs >= lastMs * 0.8 && delayMs >= 1 && delayMs <= 60_000);
      lastMs = delayMs;
    }
  });
});

Deno.test("Backoff.nextDelayMs() obeys Retry-After up to 300 s and keeps on doubling", () => {
  const backoff = new Backoff(FAST_BACKOFF, NO_JITTER);

  const delays = [
    backoff.nextDelayMs(7_000),
    backoff.nextDelayMs(9e15),
    backoff.nextDelayMs(),
  ];

  assertEquals(delays, [7_000, 300_000, 2_000]);
});

Deno.test("Backoff.nextDelayMs() waits its own delay when Retry-After is zero", () => {
  assertEquals(new Backoff(FAST_BACKOFF, NO_JITTER).nextDelayMs(0), 500);
});

Deno.test("Backoff.reset() starts over with the first delay", () => {
  const backoff = new Backoff(FAST_BACKOFF, NO_JITTER);
  backoff.nextDelayMs();
  backoff.nextDelayMs();

  backoff.reset();

  assertEquals(backoff.nextDelayMs(), 500);
});

const RETRY_AFTER: Record<string, [string | null, number | undefined]> = {
  "seconds": ["7", 7_000],
  "zero": ["0", 0],
  "blanks around seconds": [" 12 ", 12_000],
  "more than 300 s": ["86400", 300_000],
  "more seconds than a number holds": ["9".repeat(400), 300_000],
  "a date in ten seconds": ["Thu, 01 Jan 2026 00:00:10 GMT", 10_000],
  "a date next year": ["Fri, 01 Jan 2027 00:00:00 GMT", 300_000],
  "a date in the past": ["Thu, 01 Jan 2015 00:00:00 GMT", 0],
  "nothing": [null, undefined],
  "an empty value": ["", undefined],
  "a negative number": ["-5", undefined],
  "a fraction": ["1.5", undefined],
  "words": ["soon GMT", undefined],
};

for (const [what, [value, expected]] of Object.entries(RETRY_AFTER)) {
  Deno.test(`parseRetryAfterMs() reads ${what}`, () => {
    assertEquals(parseRetryAfterMs(value, NOW_MS), expected);
  });
}
