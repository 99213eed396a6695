/** @jsxImportSource hono/jsx */
/** Who sends: a table that is sorted and searched by the server. */
import type { Child } from "hono/jsx";
import { formatCount, formatRate } from "./format.ts";
import { Ago, Icon, type Tone } from "./parts.tsx";
import { REFUSAL_TEXTS } from "./reason_texts.ts";
import {
  type SenderRow,
  type SenderState,
  SORT_KEYS,
  type SortKey,
} from "./sender_list.ts";
import { COLUMN_TEXTS, STATE_TEXTS } from "./texts.ts";
import { pageHref, sortName, type View } from "./view.ts";

const TONES: Readonly<Record<SenderState, Tone>> = {
  pushing: "good",
  silent: "warn",
  rejected: "bad",
};
const STATES: readonly SenderState[] = ["pushing", "silent", "rejected"];
/** Columns of numbers, which stand on the right. */
const NUMBERS: readonly SortKey[] = ["push", "rate", "rejects"];
/** Columns whose own direction is downwards. */
const DESCENDING: readonly SortKey[] = ["rate", "rejects"];

/** Search, counts and table. */
export function SenderSection({ view }: { readonly view: View }): Child {
  const { status: { senders }, t, origin } = view;
  return (
    <section class="card" aria-labelledby="senders-h">
      <h2 id="senders-h">{t.senders}</h2>
      <div class="bar-row">
        <ul id="counts" data-live="" class="counts">
          <Counts view={view} />
        </ul>
        <Search view={view} />
      </div>
      <p id="shown" data-live="" class="quiet" role="status">
        {senders.total > 0 &&
          t.shown(
            formatCount(senders.rows.length),
            formatCount(senders.matching),
          )}
      </p>
      <div id="senders" data-live="">
        {senders.rows.length > 0
          ? <Table view={view} />
          : senders.total > 0
          ? <p>{t.noMatch}</p>
          : (
            <p>
              {t.noSenders} {t.howToPush}{" "}
              <code>{origin}/api/v1/metrics/write</code>
            </p>
          )}
      </div>
    </section>
  );
}

function Counts(
  { view: { status: { senders }, language } }: { readonly view: View },
): Child {
  return (
    <>
      {STATES.map((state) => (
        <li key={state}>
          <Icon tone={TONES[state]} /> {formatCount(senders.count[state])}{" "}
          {STATE_TEXTS[state][language]}
        </li>
      ))}
    </>
  );
}

/** A form that works without a script; outside of what is exchanged. */
function Search({ view }: { readonly view: View }): Child {
  const { status: { senders: { query } }, language, t } = view;
  return (
    <form role="search" action="/" method="get">
      <input type="hidden" name="lang" value={language} />
      <input
        type="hidden"
        name="sort"
        value={sortName(query.sort, query.reversed)}
      />
      <input
        type="search"
        name="q"
        value={query.search}
        maxlength={80}
        aria-label={t.search}
        placeholder={t.search}
        autocomplete="off"
      />
      <button type="submit">{t.searchDo}</button>
    </form>
  );
}

function Table({ view }: { readonly view: View }): Child {
  const { status: { senders }, t } = view;
  const rest = senders.matching - senders.rows.length;
  return (
    <>
      <table class="senders" aria-label={t.sendersTable}>
        <thead>
          <tr>
            {SORT_KEYS.map((key) => (
              <Heading key={key} view={view} column={key} />
            ))}
          </tr>
        </thead>
        <tbody>
          {senders.rows.map((row) => (
            <Row key={row.name} view={view} row={row} />
          ))}
        </tbody>
      </table>
      {rest > 0 && <p class="quiet">{t.more(formatCount(rest))}</p>}
    </>
  );
}

function Heading(
  { view, column }: { readonly view: View; readonly column: SortKey },
): Child {
  const { status: { senders: { query } }, language } = view;
  const isSorted = query.sort === column;
  const reversed = isSorted && !query.reversed;
  const isDown = DESCENDING.includes(column) !== query.reversed;
  return (
    <th
      scope="col"
      class={NUMBERS.includes(column) ? "num" : undefined}
      aria-sort={isSorted ? isDown ? "descending" : "ascending" : undefined}
    >
      <a
        id={`sort-${column}`}
        data-swap=""
        href={pageHref(language, { ...query, sort: column, reversed })}
      >
        {COLUMN_TEXTS[column][language]}
        {isSorted && (
          <svg class="arrow" viewBox="0 0 10 10" aria-hidden="true">
            <path
              d={isDown ? "M0 2H10L5 9Z" : "M0 8H10L5 1Z"}
              fill="currentColor"
            />
          </svg>
        )}
      </a>
    </th>
  );
}

function Row(
  { view, row }: { readonly view: View; readonly row: SenderRow },
): Child {
  const { language, t } = view;
  const { name, state, lastPushMs, samplesPerSecond, rejects } = row;
  return (
    <tr>
      <td class="state">
        <Icon tone={TONES[state]} /> <span>{STATE_TEXTS[state][language]}</span>
      </td>
      <th scope="row">
        <bdi>{name}</bdi>
        <small>{detail(view, row)}</small>
      </th>
      <td class="num">
        {lastPushMs === undefined
          ? t.never
          : <Ago view={view} ms={lastPushMs} />}
      </td>
      <td class="num">
        {samplesPerSecond === 0 ? "–" : t.rate(formatRate(samplesPerSecond))}
      </td>
      <td class="num">{formatCount(rejects)}</td>
    </tr>
  );
}

/** Its address, unless that is its name, and why it was refused last. */
function detail(
  { language }: View,
  { name, address, lastReject }: SenderRow,
): string {
  const reason = lastReject !== undefined &&
    REFUSAL_TEXTS[lastReject][language];
  return [address !== name && address, reason]
    .filter((text) => text !== false).join(" · ");
}
