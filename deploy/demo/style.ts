/** Colours of the demo. They repeat what the words and numbers say. */

/** Each takes a text and returns it coloured, or as it is. */
export interface Style {
  readonly strong: (text: string) => string;
  readonly faint: (text: string) => string;
  readonly good: (text: string) => string;
  readonly warning: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly accent: (text: string) => string;
}

/** What decides about colours and redrawing. */
export interface TerminalFacts {
  readonly isTerminal: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Colours of the standard palette, which the person's theme makes readable. */
export function createStyle(hasColor: boolean): Style {
  const sgr = (code: number) => (text: string) =>
    hasColor && text !== "" ? `\x1b[${code}m${text}\x1b[0m` : text;
  return {
    strong: sgr(1),
    faint: sgr(2),
    good: sgr(32),
    warning: sgr(33),
    bad: sgr(31),
    accent: sgr(36),
  };
}

/** Whether the cursor may be moved. Source: terminfo's entry `dumb`. */
export function canRedraw({ isTerminal, env }: TerminalFacts): boolean {
  return isTerminal && env["TERM"] !== "dumb";
}

/** Whether colours are wanted. Source: no-color.org. */
export function wantsColor(facts: TerminalFacts): boolean {
  return canRedraw(facts) && (facts.env["NO_COLOR"] ?? "") === "";
}

/** Whether the locale has UTF-8; one that nobody set is taken to. */
export function hasUnicode(
  env: Readonly<Record<string, string | undefined>>,
): boolean {
  const locale = env["LC_ALL"] || env["LC_CTYPE"] || env["LANG"] || "";
  return locale === "" || /utf-?8/i.test(locale);
}
