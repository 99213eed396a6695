/**
 * Alertmanager's templates, one file a language: subject and body of mails and
 * of Slack's messages, for the provider (with links), for a customer (without),
 * and for the provider's daily digest. They use only what Alertmanager 0.25 has.
 */
import type { Language } from "../dashboards/names.ts";
import { subject } from "./subject.ts";
import { line, slackLine, time } from "./values.ts";
import { WORDS, type Words } from "./words.ts";

/** Alerts that one message lists. */
const LISTED = 20;

/** How one kind of text is put together. */
interface Style {
  readonly value: (text: string) => string;
  readonly title: (text: string) => string;
  readonly list: (items: string) => string;
  readonly item: (text: string, note: string) => string;
  readonly paragraph: (text: string) => string;
  readonly link: (url: string, text: string) => string;
}

const PLAIN: Style = {
  value: line,
  title: (text) => `\n${text}\n`,
  list: (items) => items,
  item: (text, note) => `- ${text}\n  ${note}\n`,
  paragraph: (text) => `\n${text}\n`,
  link: (url, text) => `${text}: ${url}\n`,
};
const HTML: Style = {
  value: line,
  title: (text) => `<h3>${text}</h3>\n`,
  list: (items) => `<ul>\n${items}</ul>\n`,
  item: (text, note) => `<li>${text}<br><small>${note}</small></li>\n`,
  paragraph: (text) => `<p>${text}</p>\n`,
  link: (url, text) => `<p><a href="${url}">${text}</a></p>\n`,
};
const SLACK: Style = {
  value: slackLine,
  title: (text) => `*${text}*\n`,
  list: (items) => items,
  item: (text, note) => `• ${text} (${note})\n`,
  paragraph: (text) => `${text}\n`,
  link: (url, text) => `${text}: ${url}\n`,
};
const STYLES = { text: PLAIN, html: HTML, slack: SLACK } as const;

/** The text of a language's template file. */
export function messageTemplates(language: Language): string {
  const words = WORDS[language];
  const define = (name: string, body: string) =>
    `{{ define "msp.${language}.${name}" }}${body}{{ end }}\n`;
  const styles = Object.entries(STYLES);
  const [plain, escaped] = [subject(words), subject(words, slackLine)];
  const heading = digestHeading(words);
  return [
    ...(["provider", "customer"] as const).flatMap((audience) => [
      define(`${audience}.subject`, plain),
      define(`${audience}.slack_title`, escaped),
      ...styles.map(([name, style]) => {
        const end = audience === "provider" ? links(words, style) : "";
        return define(`${audience}.${name}`, body(words, style) + end);
      }),
    ]),
    define("digest.subject", heading),
    define("digest.slack_title", heading),
    ...styles.map(([name, style]) =>
      define(`digest.${name}`, digest(words, style))
    ),
  ].join("\n");
}

function body(words: Words, style: Style): string {
  const since = `${words.since}: ${time(".StartsAt")}`;
  const { description, checks } = words;
  return [
    alerts("Firing", since, { title: words.firing, words, style }),
    alerts("Resolved", `${since}, ${words.lasted}: ${lasted(words)}`, {
      title: words.resolved,
      words,
      style,
    }),
    `{{ with (index .Alerts 0).Annotations.${description} }}`,
    style.paragraph(`${checks}: ${style.value(".")}`),
    "{{ end }}",
  ].join("");
}

function alerts(
  which: "Firing" | "Resolved",
  note: string,
  { title, words, style }: {
    readonly title: string;
    readonly words: Words;
    readonly style: Style;
  },
): string {
  const item = style.item(style.value(`.Annotations.${words.summary}`), note);
  return [
    `{{ with .Alerts.${which} }}`,
    style.title(title),
    style.list(
      `{{ range $i, $alert := . }}{{ if lt $i ${LISTED} }}${item}{{ end }}{{ end }}`,
    ),
    `{{ if gt (len .) ${LISTED} }}`,
    style.paragraph(
      `{{ printf "${words.moreAlerts}" (len (slice . ${LISTED})) }}`,
    ),
    "{{ end }}{{ end }}",
  ].join("");
}

/** To the cause, and to Alertmanager's form for a silence, filled in. */
function links({ dashboard, silence }: Words, style: Style): string {
  const labels = ["customer_id", "alertname", "environment"];
  const filter = labels.map((label) => `${label}=%q`).join(",");
  const values = labels.map((label) => `.GroupLabels.${label}`).join(" ");
  const form =
    `{{ .ExternalURL }}/#/silences/new?filter={{ urlquery (printf "{${filter}}" ${values}) }}`;
  return [
    `{{ with (index .Alerts 0).Annotations.dashboard }}`,
    style.link(style.value("."), dashboard),
    `{{ end }}${style.link(form, silence)}`,
  ].join("");
}

/** How long an alert that has ended was there. */
function lasted({ durations }: Words): string {
  const text = durations.reduce(
    (inner, [pattern, by]) => `reReplaceAll "${pattern}" "${by}" (${inner})`,
    // Whole hours and minutes without their zeros: 1h0m0s, 5m0s.
    'reReplaceAll "(h)0m0s$|(m)0s$" "$1$2" (((.EndsAt.Sub .StartsAt).Round 1000000000).String)',
  );
  return `{{ reReplaceAll " $" "" (${text}) }}`;
}

function digestHeading({ digestTitle }: Words): string {
  return `{{ printf "${digestTitle}" (len .Alerts) }}`;
}

/** Of every customer, so for the provider alone. */
function digest(words: Words, style: Style): string {
  const { value } = style;
  const customer = `{{ if .Labels.customer_id }}${
    value(".Labels.customer_id")
  }{{ else }}${words.central}{{ end }}`;
  const item = style.item(
    `${customer}: ${value(`.Annotations.${words.summary}`)}`,
    `${words.since}: ${time(".StartsAt")}`,
  );
  return style.title(digestHeading(words)) +
    style.list(`{{ range .Alerts }}${item}{{ end }}`);
}
