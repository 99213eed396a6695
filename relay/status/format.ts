/** Numbers, sizes and times as text, in both languages. */
import type { Language } from "./texts.ts";

const UNITS: Record<Language, readonly [string, number][]> = {
  en: [[" d", 86_400], [" h", 3_600], [" min", 60], [" s", 1]],
  ko: [["일", 86_400], ["시간", 3_600], ["분", 60], ["초", 1]],
};
const BYTE_UNITS = ["B", "KiB", "MiB", "GiB", "TiB"] as const;
/** Beyond this no estimate means anything. */
const MAX_ESTIMATE_SECONDS = 365 * 86_400;

/** `1234567` → `1,234,567`. */
export function formatCount(count: number): string {
  return String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** A rate: as short as it can be without being wrong by a tenth. */
export function formatRate(perSecond: number): string {
  const rate = Math.max(0, perSecond);
  if (rate === 0) return "0";
  if (rate < 0.1) return "<0.1";
  return rate < 9.95 ? rate.toFixed(1) : formatCount(rate);
}

/** `1536` → `1.5 KiB`. */
export function formatBytes(bytes: number): string {
  let value = Math.max(0, bytes);
  let unit = 0;
  while (value >= 1023.5 && unit < BYTE_UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  const digits = unit === 0 || value >= 99.95 ? 0 : 1;
  const number = value.toFixed(digits).replace(/\.0$/, "");
  return `${number} ${BYTE_UNITS[unit]}`;
}

/** `0.0123` → `1.2%`; only what is truly nothing is 0%. */
export function formatPercent(share: number): string {
  const percent = Math.min(100, Math.max(0, share * 100));
  if (percent === 0) return "0%";
  if (percent < 0.1) return "<0.1%";
  return percent < 9.95 ? `${percent.toFixed(1)}%` : `${Math.floor(percent)}%`;
}

/** `3725` → `1 h 2 min`: the two largest units, nothing rounded up. */
export function formatDuration(seconds: number, language: Language): string {
  let rest = Math.max(0, Math.floor(seconds));
  const units = UNITS[language];
  const first = units.findIndex(([, size]) => rest >= size);
  if (first < 0) return `0${units.at(-1)?.[0]}`;
  return units.slice(first, first + 2).flatMap(([unit, size]) => {
    const count = Math.floor(rest / size);
    rest -= count * size;
    return count === 0 ? [] : [`${count}${unit}`];
  }).join(" ");
}

/** Like {@linkcode formatDuration}, in one unit from an hour on. */
export function formatEstimate(seconds: number, language: Language): string {
  const capped = Math.min(seconds, MAX_ESTIMATE_SECONDS);
  const [hour, day] = [3_600, 86_400];
  const unit = capped >= 3 * day ? day : capped >= 3 * hour ? hour : 60;
  const rounded = capped < 60 ? capped : Math.floor(capped / unit) * unit;
  const text = formatDuration(rounded, language);
  return seconds > MAX_ESTIMATE_SECONDS
    ? { en: `over ${text}`, ko: `${text} 이상` }[language]
    : text;
}

/** `2026-03-01 08:15:00 UTC`: which zone the reader is in, only a browser knows. */
export function formatTime(ms: number): string {
  return `${isoTime(ms).slice(0, 19).replace("T", " ")} UTC`;
}

/** For `<time datetime>`; a clock far off must not break the page. */
export function isoTime(ms: number): string {
  const limited = Math.min(Math.max(ms, 0), 253_402_300_799_000);
  return new Date(limited).toISOString().replace(/\.\d+Z$/, "Z");
}
