/** @jsxImportSource hono/jsx */
/** The top of the page: does data reach central, and if not, why. */
import type { Child } from "hono/jsx";
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatEstimate,
  formatRate,
} from "./format.ts";
import type { Line } from "./model.ts";
import { Ago, Fact, Icon, Sentence, type Tone } from "./parts.tsx";
import { explainFault } from "./reason_texts.ts";
import { LINE_TEXTS, STATE_TEXTS } from "./texts.ts";
import type { View } from "./view.ts";

const TONES: Readonly<Record<Line["state"], Tone>> = {
  up: "good",
  idle: "calm",
  starting: "calm",
  stopping: "calm",
  backing_off: "bad",
  holding: "bad",
};

/** How the relay is as a whole; its own disk counts as well. */
export function toneOf({ status: { line, backlog } }: View): Tone {
  if (backlog?.isFailing === true) return "bad";
  const tone = TONES[line.state];
  return tone === "good" && backlog?.isFull === true ? "warn" : tone;
}

/** The line to central. */
export function LineSection({ view }: { readonly view: View }): Child {
  const { status: { line, backlog, about, nowMs }, language, t } = view;
  const tone = TONES[line.state];
  const since = formatDuration((nowMs - line.sinceMs) / 1000, language);
  return (
    <section
      id="line"
      data-live=""
      class={`card line ${tone}`}
      aria-labelledby="line-h"
    >
      <h2 id="line-h">
        <Icon tone={tone} />
        {LINE_TEXTS[line.state][language]}
      </h2>
      <p>
        <Sentence text={(time) => t.since(since, time)} ms={line.sinceMs} />
      </p>
      <Alerts view={view} />
      <dl class="facts">
        {line.code !== undefined && <Fault view={view} code={line.code} />}
        {line.lastDeliveredMs !== undefined && (
          <Fact name={t.lastDelivery}>
            <Ago view={view} ms={line.lastDeliveredMs} />
          </Fact>
        )}
        {tone === "bad" && <Fact name={t.nextTry}>{nextTry(view)}</Fact>}
        {tone === "bad" && backlog?.secondsUntilFull !== undefined && (
          <Fact name={t.fullIn}>
            <b>{formatEstimate(backlog.secondsUntilFull, language)}</b>
          </Fact>
        )}
        {line.message !== undefined && (
          <Fact name={t.answer} wide>
            <code lang="en">{line.message}</code>
          </Fact>
        )}
        <Fact name={t.destination} wide={tone === "bad"}>
          <code>{about.destination}</code>
        </Fact>
      </dl>
    </section>
  );
}

/** Four numbers that tell whether all is well. */
export function Tiles({ view }: { readonly view: View }): Child {
  const { status: { rates, senders, backlog }, t } = view;
  const rate = (perSecond: number | undefined) =>
    perSecond === undefined ? "–" : formatRate(perSecond);
  return (
    <section id="tiles" data-live="" aria-labelledby="tiles-h">
      <h2 id="tiles-h" class="unseen">{t.now}</h2>
      <dl class="tiles">
        <Tile
          name={t.pushing}
          value={formatCount(senders.count.pushing)}
          note={senderNote(view)}
        />
        <Tile
          name={t.received}
          value={rate(rates?.receivedSamples)}
          note={t.perSecond}
        />
        <Tile
          name={t.delivered}
          value={rate(rates?.deliveredSamples)}
          note={t.perSecond}
        />
        <Tile
          name={t.waiting}
          value={backlog === undefined
            ? "–"
            : formatBytes(backlog.pendingBytes)}
          note={t.sampleCount(formatCount(backlog?.pendingSamples ?? 0))}
        />
      </dl>
    </section>
  );
}

function senderNote({ status: { senders }, language, t }: View): string {
  const { total, count } = senders;
  const troubled = (["silent", "rejected"] as const)
    .filter((state) => count[state] > 0)
    .map((state) =>
      `${formatCount(count[state])} ${STATE_TEXTS[state][language]}`
    );
  return [t.of(formatCount(total)), ...troubled].join(" · ");
}

function Tile(
  { name, value, note }: {
    readonly name: string;
    readonly value: string;
    readonly note: string;
  },
): Child {
  return (
    <div class="card tile">
      <dt>{name}</dt>
      <dd>{value}</dd>
      <dd>{note}</dd>
    </div>
  );
}

function Alerts({ view }: { readonly view: View }): Child {
  const { status: { line, backlog, dropped }, t } = view;
  const isDown = TONES[line.state] === "bad";
  if (backlog?.isFailing === true) return <Alert tone="bad" text={t.failing} />;
  if (backlog?.isFull === true) return <Alert tone="warn" text={t.full} />;
  if (!isDown || backlog === undefined) return null;
  return <p>{dropped.length === 0 && t.nothingLost} {t.kept}</p>;
}

function Alert(
  { tone, text }: { readonly tone: Tone; readonly text: string },
): Child {
  return (
    <p class="alert">
      <Icon tone={tone} />
      {text}
    </p>
  );
}

function Fault(
  { view: { language, t }, code }: {
    readonly view: View;
    readonly code: string;
  },
): Child {
  const { what, todo } = explainFault(code);
  return (
    <>
      <Fact name={t.why} wide>
        <b>{what[language]}</b>
      </Fact>
      <Fact name={t.advice} wide>{todo[language]}</Fact>
    </>
  );
}

function nextTry({ status: { line, nowMs }, language, t }: View): string {
  if (line.retryAtMs === undefined) return t.trying;
  const seconds = Math.ceil((line.retryAtMs - nowMs) / 1000);
  return seconds <= 0
    ? t.trying
    : t.nextTryIn(formatDuration(seconds, language));
}
