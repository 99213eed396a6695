/** Numbers for narrow columns: four characters at most. */

const UNITS = ["", "k", "M", "G", "T", "P"];

/** `7`, `950`, `1.2k`, `37M`; below 10 with a decimal where there is one. */
export function formatCount(value: number): string {
  let rest = Math.abs(value);
  let unit = 0;
  // 999.5 would be rounded to 1000.
  while (rest >= 999.5 && unit < UNITS.length - 1) {
    rest /= 1_000;
    unit++;
  }
  const decimals = rest < 9.95 && rest >= 0.05 && !isWhole(rest, unit) ? 1 : 0;
  return `${rest.toFixed(decimals)}${UNITS[unit]}`;
}

/** `4.2`, `63.0`, `100`. */
export function formatPercent(value: number): string {
  return value.toFixed(value >= 99.95 ? 0 : 1);
}

/** `0.07`, `12.3`, `240`. */
export function formatLoad(value: number): string {
  return value.toFixed(value < 9.995 ? 2 : value < 99.95 ? 1 : 0);
}

/** `1.4s`, `12s`, `3m`, `2h`. A clock that jumped back makes no negative age. */
export function formatAge(seconds: number): string {
  const age = Math.max(0, seconds);
  if (age < 9.95) return `${age.toFixed(1)}s`;
  if (age < 99.5) return `${Math.round(age)}s`;
  return age < 5_970
    ? `${Math.round(age / 60)}m`
    : `${Math.round(age / 3600)}h`;
}

/** `0:07`, `12:30`, `1:02:03`. */
export function formatElapsed(ms: number): string {
  const seconds = Math.floor(ms / 1_000);
  const two = (value: number) => String(value).padStart(2, "0");
  const minutes = Math.floor(seconds / 60);
  const tail = two(seconds % 60);
  if (minutes < 60) return `${minutes}:${tail}`;
  return `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${tail}`;
}

/** Thousands apart: `12,345`. */
export function formatWhole(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

/** Units below a thousand are whole where the value is. */
function isWhole(value: number, unit: number): boolean {
  return unit === 0 && Number.isInteger(value);
}
