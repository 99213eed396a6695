/** Which senders the status page shows, and in which order. */
import type { RefusalReason } from "../refusal.ts";
import { CONNECTED_MS, type Sender } from "../senders.ts";

/** More rows help nobody; the rest is found by its name. */
export const MAX_ROWS = 200;
/** Longer names are cut: they come from outside, and a phone is narrow. */
const MAX_NAME_CHARS = 80;
/** Senders wait longer and longer after a refusal, but not longer than this. */
const REJECTED_MS = 10 * 60_000;

/** `rejected`: its last request was refused; `silent`: it stopped pushing. */
export type SenderState = "rejected" | "silent" | "pushing";

/** Columns by which the list can be sorted. */
export const SORT_KEYS = ["state", "name", "push", "rate", "rejects"] as const;
/** One of them. */
export type SortKey = typeof SORT_KEYS[number];

/** What a reader of the page asked for. */
export interface SenderQuery {
  readonly sort: SortKey;
  /** Against the column's own direction. */
  readonly reversed: boolean;
  /** Part of a name or address; empty for all. */
  readonly search: string;
}

/** One row. */
export interface SenderRow {
  /** Printable, cut. */
  readonly name: string;
  readonly address: string;
  readonly state: SenderState;
  /** Unix ms; `undefined` when nothing of it was ever stored. */
  readonly lastPushMs: number | undefined;
  /** 0 while it is silent. */
  readonly samplesPerSecond: number;
  readonly rejects: number;
  /** Why its last refused request was refused; `undefined` when none was. */
  readonly lastReject: RefusalReason | undefined;
}

/** The rows that are shown, and how many there are of which kind. */
export interface SenderList {
  readonly rows: readonly SenderRow[];
  readonly query: SenderQuery;
  /** That match the search. */
  readonly matching: number;
  readonly total: number;
  readonly count: Readonly<Record<SenderState, number>>;
}

type Compare = (a: SenderRow, b: SenderRow) => number;

const SEVERITY: Record<SenderState, number> = {
  rejected: 0,
  silent: 1,
  pushing: 2,
};

/** Each column's own direction: first what one looks for. */
const ORDERS: Record<SortKey, Compare> = {
  // Among the silent, those that fell silent last are the news.
  state: (a, b) =>
    SEVERITY[a.state] - SEVERITY[b.state] ||
    (a.state === "pushing" ? b.rejects - a.rejects : pushed(b) - pushed(a)),
  name: () => 0,
  push: (a, b) => pushed(a) - pushed(b),
  rate: (a, b) => b.samplesPerSecond - a.samplesPerSecond,
  rejects: (a, b) => b.rejects - a.rejects,
};

/** Counts all senders, and picks and sorts those to show. */
export function listSenders(
  senders: Iterable<Sender>,
  query: SenderQuery,
  nowMs: number,
): SenderList {
  const count = { rejected: 0, silent: 0, pushing: 0 };
  const needle = query.search.toLowerCase();
  const matching: SenderRow[] = [];
  let total = 0;
  for (const sender of senders) {
    const row = toRow(sender, nowMs);
    total++;
    count[row.state]++;
    if (
      row.name.toLowerCase().includes(needle) || row.address.includes(needle)
    ) matching.push(row);
  }
  const compare = ORDERS[query.sort];
  const sign = query.reversed ? -1 : 1;
  matching.sort((a, b) => sign * (compare(a, b) || byName(a, b)));
  const rows = matching.slice(0, MAX_ROWS);
  return { rows, query, matching: matching.length, total, count };
}

/** Reads `sort` and `q` of the page's address; what is unknown is the default. */
export function parseSenderQuery(
  sort: string | undefined,
  search: string | undefined,
): SenderQuery {
  const name = (sort ?? "").replace(/^-/, "");
  const key = SORT_KEYS.find((key) => key === name);
  return {
    sort: key ?? "state",
    reversed: key !== undefined && (sort ?? "").startsWith("-"),
    search: printable((search ?? "").trim()),
  };
}

/**
 * A name as it may be shown: control characters and those that turn the
 * direction of text would let a name pretend to be something else.
 */
export function printable(text: string, maxChars = MAX_NAME_CHARS): string {
  const shown = text.slice(0, 4 * maxChars)
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, "\ufffd");
  const characters = [...shown];
  return characters.length <= maxChars
    ? shown
    : `${characters.slice(0, maxChars - 1).join("")}…`;
}

function toRow(sender: Sender, nowMs: number): SenderRow {
  const { lastPushMs, rejects, lastReject } = sender;
  const state = stateOf(sender, nowMs);
  return {
    name: printable(sender.name),
    address: printable(sender.address),
    state,
    lastPushMs: lastPushMs === 0 ? undefined : lastPushMs,
    samplesPerSecond: state === "pushing" ? sender.samplesPerSecond : 0,
    rejects,
    lastReject: lastReject === "" ? undefined : lastReject,
  };
}

function stateOf(
  { lastPushMs, lastRejectMs }: Sender,
  nowMs: number,
): SenderState {
  if (lastRejectMs > lastPushMs && lastRejectMs >= nowMs - REJECTED_MS) {
    return "rejected";
  }
  return lastPushMs < nowMs - CONNECTED_MS ? "silent" : "pushing";
}

function pushed({ lastPushMs }: SenderRow): number {
  return lastPushMs ?? 0;
}

/** By code units: a collator takes 50 ms for 10,000 names. */
function byName(a: SenderRow, b: SenderRow): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}
