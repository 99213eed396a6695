/** @jsxImportSource hono/jsx */
/** What waits on the relay's disk, and for how long there is room. */
import type { Child } from "hono/jsx";
import {
  formatBytes,
  formatCount,
  formatEstimate,
  formatPercent,
} from "./format.ts";
import type { Backlog } from "./model.ts";
import { Ago, Fact } from "./parts.tsx";
import type { View } from "./view.ts";

/** Shorter than this is told as such: it changes all the time. */
const MINUTE_SECONDS = 60;

/** The spool. */
export function SpoolSection({ view }: { readonly view: View }): Child {
  const { status: { backlog }, t } = view;
  return (
    <section id="spool" data-live="" class="card" aria-labelledby="spool-h">
      <h2 id="spool-h">{t.spool}</h2>
      {backlog === undefined
        ? <p class="quiet">{t.unknown}</p>
        : <Fill view={view} backlog={backlog} />}
    </section>
  );
}

function Fill(
  { view, backlog }: { readonly view: View; readonly backlog: Backlog },
): Child {
  const { status: { line }, t } = view;
  const { pendingBytes, capacityBytes, oldestMs, pendingSamples } = backlog;
  const share = capacityBytes === 0 ? 0 : pendingBytes / capacityBytes;
  const text = t.spoolFill(
    formatPercent(share),
    formatBytes(pendingBytes),
    formatBytes(capacityBytes),
  );
  return (
    <>
      <p>{text}</p>
      <svg class="bar" aria-hidden="true">
        <rect
          width={`${Math.min(100, share * 100).toFixed(2)}%`}
          height="100%"
        />
      </svg>
      <dl class="facts">
        <Fact name={t.samples}>{formatCount(pendingSamples)}</Fact>
        <Fact name={t.oldest}>
          {oldestMs === undefined
            ? t.nothingWaits
            : <Ago view={view} ms={oldestMs} />}
        </Fact>
        <Fact name={line.state === "up" ? t.lasts : t.fullIn}>
          {estimate(view, backlog.secondsUntilFull) ?? t.unknown}
        </Fact>
        <Fact name={t.drain}>{drain(view, backlog)}</Fact>
      </dl>
    </>
  );
}

function drain(view: View, { pendingBytes, drainSeconds }: Backlog): string {
  if (pendingBytes === 0) return view.t.nothingWaits;
  return estimate(view, drainSeconds) ?? view.t.drainAfter;
}

function estimate(
  { language, t }: View,
  seconds: number | undefined,
): string | undefined {
  if (seconds === undefined) return undefined;
  return seconds < MINUTE_SECONDS
    ? t.underMinute
    : formatEstimate(seconds, language);
}
