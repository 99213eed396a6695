/** From marks to curves: the arithmetic of the plots, without any drawing. */
import { type Mark, perSecond } from "./history.ts";

const MINUTE_MS = 60_000;
/** Spans of the time axis; the shortest that holds all marks is taken. */
const SPANS_MS = [10, 30, 60, 3 * 60, 6 * 60, 12 * 60, 24 * 60]
  .map((minutes) => minutes * MINUTE_MS);
/** More points than a screen can show only make the page larger. */
const MAX_POINTS = 240;
/** A rate over less time than this jumps with each push. */
const MIN_STRETCH_MS = 30_000;
/** Width and height of the drawing, in its own units. */
export const PLOT_WIDTH = 1000;
export const PLOT_HEIGHT = 200;

/** A curve's values, and where each stands on the time axis. */
export interface Point {
  /** From 0, oldest, to {@linkcode PLOT_WIDTH}, now. */
  readonly x: number;
  readonly value: number;
}

/** All curves over one time axis. */
export interface Curves {
  readonly spanMs: number;
  /** Samples per second. */
  readonly received: readonly Point[];
  /** Samples per second. */
  readonly delivered: readonly Point[];
  /** Bytes. */
  readonly spooled: readonly Point[];
}

/** `undefined` until there is a stretch long enough to tell a rate. */
export function toCurves(marks: readonly Mark[]): Curves | undefined {
  const settled = withoutHastyEnd(marks);
  const [first, last] = [settled[0], settled.at(-1)];
  if (first === undefined || last === undefined || first === last) {
    return undefined;
  }
  const spanMs = SPANS_MS.find((ms) => ms >= last.atMs - first.atMs) ??
    last.atMs - first.atMs;
  const startMs = last.atMs - spanMs;
  const x = (mark: Mark) => (mark.atMs - startMs) / spanMs * PLOT_WIDTH;
  const stretches = toStretches(settled);
  const rates = (counter: "receivedSamples" | "deliveredSamples") =>
    stretches.flatMap(({ from, to }, i) => {
      const value = Math.max(0, perSecond(from, to, counter));
      const point = { x: x(to), value };
      // The first rate holds from the first mark on.
      return i === 0 ? [{ x: x(from), value }, point] : [point];
    });
  return {
    spanMs,
    received: rates("receivedSamples"),
    delivered: rates("deliveredSamples"),
    spooled: [
      { x: x(first), value: first.pendingBytes },
      ...stretches.map(({ to, pendingBytes }) => ({
        x: x(to),
        value: pendingBytes,
      })),
    ],
  };
}

/** The end of the value axis: a number whose half is also a round one. */
export function niceMax(peak: number, unit: "samples" | "bytes"): number {
  const [base, least, steps] = unit === "samples"
    ? [10, 1, [1, 2, 3, 4, 6, 8, 10]]
    : [2, 1024, [1, 1.5, 2]];
  const floor = Math.max(peak, least);
  const exponent = Math.floor(Math.log(floor) / Math.log(base));
  const power = base ** exponent;
  return power * (steps.find((step) => step * power >= floor) ?? base);
}

/** The largest value of a curve. */
export function peakOf(points: readonly Point[]): number {
  return points.reduce((peak, { value }) => Math.max(peak, value), 0);
}

/** `M0 200L4.2 180…`, as the attribute `d` of a path wants it. */
export function toPath(points: readonly Point[], max: number): string {
  const y = (value: number) => PLOT_HEIGHT * (1 - Math.min(1, value / max));
  return points.map(({ x, value }, i) =>
    `${i === 0 ? "M" : "L"}${round(x)} ${round(y(value))}`
  ).join("");
}

/** The same, closed along the time axis. */
export function toArea(points: readonly Point[], max: number): string {
  const [first, last] = [points[0], points.at(-1)];
  return first === undefined || last === undefined
    ? ""
    : `${toPath(points, max)}V${PLOT_HEIGHT}H${round(first.x)}Z`;
}

function withoutHastyEnd(marks: readonly Mark[]): readonly Mark[] {
  const [before, last] = marks.slice(-2);
  return before !== undefined && last !== undefined &&
      last.atMs - before.atMs < MIN_STRETCH_MS
    ? marks.slice(0, -1)
    : marks;
}

/** Neighbouring marks together, so that there are few; peaks of the spool stay. */
function toStretches(marks: readonly Mark[]): {
  readonly from: Mark;
  readonly to: Mark;
  readonly pendingBytes: number;
}[] {
  const step = Math.ceil((marks.length - 1) / MAX_POINTS);
  const stretches = [];
  // From the end: the newest stretch is a whole one.
  for (let end = marks.length - 1; end > 0; end -= step) {
    const members = marks.slice(Math.max(0, end - step), end + 1);
    const [from, to] = [members[0], members.at(-1)];
    if (from === undefined || to === undefined) continue;
    const waiting = members.slice(1).map(({ pendingBytes }) => pendingBytes);
    stretches.unshift({ from, to, pendingBytes: Math.max(...waiting) });
  }
  return stretches;
}

function round(value: number): string {
  return String(Math.round(value * 10) / 10);
}
