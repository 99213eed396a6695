/** What a notification is called: `[발생][CRITICAL] kt · web-01 외 3대 · ServerDown`. */
import { line, oneLine } from "./values.ts";
import type { Words } from "./words.ts";

/** The subject; `value` writes what comes from outside. */
export function subject(
  { firing, resolved, central, moreServers }: Words,
  value: (text: string) => string = line,
): string {
  const customer = ".GroupLabels.customer_id";
  return [
    `[{{ if eq .Status "firing" }}${firing}{{ else }}${resolved}{{ end }}]`,
    "[{{ .CommonLabels.severity | toUpper }}] ",
    `{{ if ${customer} }}${value(customer)}{{ else }}${central}{{ end }}`,
    COUNT_SERVERS,
    `{{ if $first }} · ${value("$first")}`,
    `{{ if $others }}{{ printf "${moreServers}" (len $others) }}{{ end }}{{ end }}`,
    ` · ${value(".GroupLabels.alertname")}`,
  ].join("");
}

/**
 * Sets `$first` to the first server's name and `$others` to a text as long as
 * there are others. One server may have several alerts, so names that were seen
 * are collected; templates cannot add numbers.
 */
const COUNT_SERVERS = [
  String.raw`{{ $first := "" }}{{ $seen := "|" }}{{ $others := "" }}`,
  "{{ range .Alerts }}",
  `{{ $name := ${oneLine(".Labels.server_name")} }}`,
  String
    .raw`{{ $mark := printf "|%s|" (reReplaceAll "[^\\pL\\pN._-]" "_" $name) }}`,
  // As a pattern: a dot or a bar in brackets means itself.
  String
    .raw`{{ if and $name (not (match (reReplaceAll "[|.]" "[$0]" $mark) $seen)) }}`,
  `{{ if $first }}{{ $others = printf "%sx" $others }}{{ else }}{{ $first = $name }}{{ end }}`,
  `{{ $seen = printf "%s%s" $seen $mark }}`,
  "{{ end }}{{ end }}",
].join("");
