/** Reads text exposition as tests need it: every series with type and value. */

/** One series of a text exposition. */
export interface ExposedSeries {
  readonly name: string;
  /** Sorted by name, as written: `device="eth0",mode="user"`. */
  readonly labels: string;
  readonly type: string;
  readonly value: number;
}

/** All series by `name{labels}`; labels with an empty value are left out. */
export function parseExposition(text: string): Map<string, ExposedSeries> {
  const types = new Map<string, string>();
  const series = new Map<string, ExposedSeries>();
  for (const line of text.split("\n")) {
    const type = /^# TYPE (\S+) (\S+)$/.exec(line);
    if (type !== null) types.set(type[1]!, type[2]!);
    const sample = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/.exec(line);
    if (sample === null) continue;
    const [, name = "", labelText = "", value = ""] = sample;
    const labels = sortLabels(labelText);
    series.set(`${name}{${labels}}`, {
      name,
      labels,
      type: types.get(name) ?? "untyped",
      value: toNumber(value),
    });
  }
  return series;
}

function sortLabels(text: string): string {
  const pairs = text.match(/[a-zA-Z_]\w*="(?:[^"\\]|\\.)*"/g) ?? [];
  return pairs.filter((pair) => !pair.endsWith('=""')).sort().join(",");
}

function toNumber(text: string): number {
  return Number(text.replace("Inf", "Infinity"));
}
