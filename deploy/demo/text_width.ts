/** How many columns of a terminal a text takes. */

/** Escape sequences that colour text. */
// deno-lint-ignore no-control-regex -- the escape character is what is looked for
const COLOR = /\x1b\[[0-9;]*m/g;
/** Marks that stand on the letter before, and vowels that end a Hangul block. */
const ZERO = /^[\p{Mn}\p{Me}\p{Cf}\u1160-\u11ff]$/u;
/**
 * Hangul, Chinese and Japanese, full-width forms, emoji. Source: Unicode
 * Standard Annex 11, classes W and F, by blocks.
 */
const WIDE =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{1f300}-\u{1f64f}\u{1f680}-\u{1f6ff}\u{1f900}-\u{1f9ff}\u{20000}-\u{3fffd}]$/u;

/** Columns of a text; colours take none. */
export function textWidth(text: string): number {
  let width = 0;
  for (const char of text.replace(COLOR, "")) width += charWidth(char);
  return width;
}

/** The text in exactly `width` columns, blanks at the other side. */
export function fit(
  text: string,
  width: number,
  align: "left" | "right" = "left",
): string {
  const cut = cutTo(text, width);
  const blanks = " ".repeat(Math.max(0, width - textWidth(cut)));
  return align === "left" ? cut + blanks : blanks + cut;
}

/** At most `width` columns of a text without colours; `~` where it was cut. */
export function cutTo(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  let cut = "";
  let used = 0;
  for (const char of text) {
    const next = charWidth(char);
    if (used + next > width - 1) break;
    cut += char;
    used += next;
  }
  return width > 0 ? `${cut}~` : "";
}

function charWidth(char: string): number {
  if (ZERO.test(char)) return 0;
  return WIDE.test(char) ? 2 : 1;
}
