/** Which series an expression asks for, read from its text alone. */

/** One selector: a name with its matchers; either may be empty. */
export interface SeriesSelector {
  readonly name: string;
  readonly matchers: string;
}

const TEXT = String.raw`"(?:[^"\\]|\\.)*"`;
const TOKENS = new RegExp(
  [
    TEXT,
    String.raw`\[[^\]]*\]`,
    String.raw`\$\w+`,
    String.raw`\d[\w.]*`,
    String
      .raw`\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)`,
    String
      .raw`(?<name>[a-zA-Z_:][\w:]*)?\s*\{(?<matchers>(?:[^}"]|${TEXT})*)\}`,
    // A function; a name that WITH gives to an expression.
    String.raw`[a-zA-Z_]\w*\s*(?:\(|(?=(?:by|without)\b))`,
    String.raw`(?<given>[a-zA-Z_]\w*)\s*=(?![=~])`,
    String.raw`(?<bare>[a-zA-Z_:][\w:]*)`,
  ].join("|"),
  "g",
);
const KEYWORDS = ["and", "or", "unless", "offset", "bool"];

/** All selectors of an expression in MetricsQL, in its order. */
export function seriesIn(expr: string): SeriesSelector[] {
  const tokens = Array.from(expr.matchAll(TOKENS), ({ groups = {} }) => groups);
  const notSeries = [
    ...KEYWORDS,
    ...tokens.flatMap(({ given }) => given ?? []),
  ];
  return tokens.flatMap(({ name, matchers, bare }) => {
    if (matchers !== undefined) return [{ name: name ?? "", matchers }];
    if (bare === undefined || notSeries.includes(bare)) return [];
    return [{ name: bare, matchers: "" }];
  });
}
