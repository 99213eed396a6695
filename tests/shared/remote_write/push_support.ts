/** What the tests of pushing have in common. */
import { FakeClock } from "../../support/fake_clock.ts";
import {
  createPush,
  type Push,
  type PushDeps,
  type PushOutcome,
} from "../../../shared/remote_write/push.ts";

/** A wall time of 2026, for `Retry-After` dates. */
export const NOW_MS = Date.UTC(2026, 0, 1);

/** The body of golden vector F: an empty request. */
export const BODY = Uint8Array.of(0);

/** A pusher on the real fetch, towards a receiver that is no relay. */
export function pusher(url: string, deps: Partial<PushDeps> = {}): Push {
  return createPush({
    fetch: (url, init) => fetch(url, init),
    clock: new FakeClock(NOW_MS),
    url,
    expectAck: false,
    timeoutMs: 10_000,
    userAgent: "msp-agent/1.2.3",
    ...deps,
  });
}

/** First try of {@linkcode BODY} as snappy. */
export function pushOnce(
  url: string,
  deps: Partial<PushDeps> = {},
): Promise<PushOutcome> {
  return pusher(url, deps)(BODY, { encoding: "snappy", attempt: 1 });
}

/** The message of an outcome that has one. */
export function messageOf(outcome: PushOutcome): string {
  return "message" in outcome ? outcome.message : "";
}
