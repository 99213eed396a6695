/** A line that carries little: requests become as small as it needs. */
import type { Push, PushOutcome } from "../../../shared/remote_write/push.ts";
import { assert, assertEquals } from "../../support/assert.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { DOWN, OK, type Running, startForwarder } from "./harness.ts";

/** As agent and relay have it. */
const TIMEOUT_MS = 30_000;
const TICK_MS = 500;
const LATE: PushOutcome = { kind: "retry", code: "timeout", message: "late" };

/** All requests share the line; one that takes too long has used it for nothing. */
class ThinLine {
  bytesPerSecond = Infinity;
  isUp = true;
  timeouts = 0;
  readonly sizes: number[] = [];
  readonly #clock: FakeClock;
  readonly #open = new Set<{ left: number }>();

  constructor(clock: FakeClock) {
    this.#clock = clock;
  }

  readonly push: Push = async (body) => {
    if (!this.isUp) return DOWN;
    const request = { left: body.length };
    const startMs = this.#clock.monotonicMs();
    this.#open.add(request);
    while (request.left > 0) {
      await this.#clock.sleep(TICK_MS);
      const share = this.bytesPerSecond * TICK_MS / 1000 / this.#open.size;
      request.left -= share;
      if (this.#clock.monotonicMs() - startMs < TIMEOUT_MS) continue;
      this.#open.delete(request);
      this.timeouts++;
      return LATE;
    }
    this.#open.delete(request);
    this.sizes.push(body.length);
    return OK;
  };
}

/** A name that does not compress. */
function noise(bytes: number): string {
  const random = crypto.getRandomValues(new Uint8Array(bytes * 2 / 3));
  return Array.from(random, (b) => String.fromCharCode(0x100 + b)).join("")
    .slice(0, bytes / 2);
}

/** Appends so much each second. */
async function feed(f: Running, seconds: number, bytes: number): Promise<void> {
  for (let i = 0; i < seconds; i += 2) {
    await f.append([noise(2 * bytes)]);
    await f.clock.advance(2_000);
  }
}

Deno.test("Forwarder.run() delivers over a thin line what an outage has heaped up", async () => {
  const clock = new FakeClock();
  const line = new ThinLine(clock);
  const f = await startForwarder({
    clock,
    push: line.push,
    options: { concurrency: { live: 2, backfill: 2 }, gatherMs: 250 },
  });
  await feed(f, 4, 15_000);
  line.isUp = false;
  await feed(f, 100, 15_000);
  assert(f.spool.stats().pending.bytes > 1_400_000);
  line.isUp = true;
  line.bytesPerSecond = 25_000;

  await feed(f, 440, 15_000);

  // 10 kB a second are left for the backlog.
  const { bytes } = f.spool.stats().pending;
  assert(bytes < 200_000, `${bytes} bytes wait`);
  assert(line.timeouts <= 6, `${line.timeouts} timeouts`);
  await f.end();
});

Deno.test("Forwarder.run() sends large requests again once the line is wide again", async () => {
  const clock = new FakeClock();
  const line = new ThinLine(clock);
  const f = await startForwarder({ clock, push: line.push });
  line.bytesPerSecond = 1_000;
  for (let i = 0; i < 40; i++) await f.append([noise(60_000)]);
  await f.clock.advance(180_000);
  assert(line.timeouts >= 3, `${line.timeouts} timeouts`);

  line.bytesPerSecond = 10_000_000;
  await f.clock.advance(120_000);
  line.isUp = false;
  for (let i = 0; i < 100; i++) await f.append([noise(60_000)]);
  line.isUp = true;
  await f.clock.advance(60_000);

  assertEquals(f.spool.stats().pending.frames, 0);
  const largest = Math.max(...line.sizes);
  assert(largest > 800_000, `largest request: ${largest} bytes`);
  await f.end();
});
