/** What a layer of `check` is, what it finds, and what layers hand on. */
import type { Clock } from "../../shared/clock.ts";
import type { Logger } from "../../shared/log.ts";
import type { PushOutcome } from "../../shared/remote_write/push.ts";
import type { AgentConfig } from "../config.ts";
import type { Destination } from "../destination.ts";
import type { Runtime } from "../host/runtime.ts";

/** What one layer came to. */
export interface LayerResult {
  readonly ok: boolean;
  /** What was found, in one line. */
  readonly detail: string;
  /** What to do about it. */
  readonly hint?: string;
  /** Exit code, when it is not ok. */
  readonly exitCode?: number;
}

/** One layer. */
export interface Layer {
  readonly name: string;
  readonly needsNetwork: boolean;
  run(): Promise<LayerResult> | LayerResult;
}

/** How far the check sample is known to have come, the least first. */
export type Delivery = "spooled" | "forwarded" | "stored";

/** One check: what a layer finds out is used by the next. */
export interface CheckContext {
  readonly config: AgentConfig;
  readonly runtime: Runtime;
  readonly clock: Clock;
  readonly log: Logger;
  /** Label value of the check sample. */
  readonly id: string;
  /** Set by the layer `config`. */
  destination?: Destination;
  /** The request, with the check sample in it; set by the layer `/proc`. */
  body?: Uint8Array;
  /** Set by the layer `auth`, which sends. */
  outcome?: PushOutcome;
  /** Set by the layer `stored`, when it is ok. */
  delivery?: Delivery;
}

/** Longest time for one connection or question, ms. */
export const CONNECT_TIMEOUT_MS = 10_000;

/** The layer works. */
export function good(detail: string): LayerResult {
  return { ok: true, detail };
}

/** The layer does not work; `hint` says what to do. */
export function bad(
  exitCode: number,
  detail: string,
  hint: string,
): LayerResult {
  return { ok: false, exitCode, detail, hint };
}
