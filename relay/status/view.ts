/** What every part of the page is given. */
import { formatDuration } from "./format.ts";
import type { RelayStatus } from "./model.ts";
import type { SenderQuery, SortKey } from "./sender_list.ts";
import type { Language, Texts } from "./texts.ts";

/** The state and how it is to be told. */
export interface View {
  readonly status: RelayStatus;
  readonly language: Language;
  readonly t: Texts;
  /** Where the reader reaches this relay: `http://10.0.0.5:9999`. */
  readonly origin: string;
}

/** How long ago something was, in words; seconds only within a minute. */
export function ago({ status, language, t }: View, ms: number): string {
  const seconds = (status.nowMs - ms) / 1000;
  if (seconds < 1) return t.justNow;
  const rounded = seconds < 60 ? seconds : seconds - seconds % 60;
  return t.ago(formatDuration(rounded, language));
}

/** The page's own address with what the reader has chosen. */
export function pageHref(
  language: Language,
  { sort, reversed, search }: SenderQuery,
): string {
  const query = new URLSearchParams({ lang: language });
  if (sort !== "state" || reversed) query.set("sort", sortName(sort, reversed));
  if (search !== "") query.set("q", search);
  return `/?${query}`;
}

/** A column and its direction as the page's address writes them. */
export function sortName(sort: SortKey, reversed: boolean): string {
  return `${reversed ? "-" : ""}${sort}`;
}
