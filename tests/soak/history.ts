/** What a program went through: what can be asked of its samples depends on it. */

/** A time, ms since the epoch. */
export interface Span {
  readonly beginMs: number;
  readonly endMs: number;
}

/** One process from its start to its end. */
export interface Life extends Span {
  /** By `kill -9`: what it had only in memory is gone. */
  readonly wasKilled: boolean;
}

/** A clock that was wrong for a while. */
export interface ClockJump extends Span {
  /** Its time minus the true one, ms. */
  readonly byMs: number;
}

/** All of it, in order. */
export interface History {
  readonly lives: Life[];
  /** Stopped by a signal: nothing was scraped. */
  readonly pauses: Span[];
  readonly jumps: ClockJump[];
}

/** Nothing yet. */
export function emptyHistory(): History {
  return { lives: [], pauses: [], jumps: [] };
}

/** Whether a time is inside one of the spans, or so close to it. */
export function isInside(
  spans: readonly Span[],
  atMs: number,
  marginMs = 0,
): boolean {
  return spans.some(({ beginMs, endMs }) =>
    atMs >= beginMs - marginMs && atMs <= endMs + marginMs
  );
}
