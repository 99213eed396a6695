/**
 * Values in Go's templates, as pieces of text. They come from outside: a server
 * is named by whoever sends for it.
 */

/** A value held to one line. Mails in HTML are escaped by Alertmanager itself. */
export function line(value: string): string {
  return `{{ ${oneLine(value)} }}`;
}

/** The same as an argument of a function. */
export function oneLine(value: string): string {
  return String.raw`reReplaceAll "[\\pZ\\pC]+" " " (print ${value})`;
}

/**
 * One line for Slack, where `<!channel>` would call everybody.
 * Source: Slack, "Formatting text for app surfaces", escaping text.
 */
export function slackLine(value: string): string {
  const pairs = [["&", "&amp;"], ["<", "&lt;"], [">", "&gt;"]] as const;
  const escaped = pairs.reduce(
    (inner, [char, entity]) => `reReplaceAll "${char}" "${entity}" (${inner})`,
    oneLine(value),
  );
  return `{{ ${escaped} }}`;
}

/** A time in the zone of Alertmanager's container, which is TZ of .env. */
export function time(value: string): string {
  return `{{ ${value}.Local.Format "2006-01-02 15:04 MST" }}`;
}
