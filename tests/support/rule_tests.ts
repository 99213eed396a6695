/**
 * Unit tests of rules as we write them, made into those of vmalert-tool.
 *
 * The tool compares all annotations of an alert. What a test leaves out is
 * filled in here: texts without a template are the sources' own, and the
 * address follows from the labels. A test then names what is rendered.
 */
import { parse, type SchemaOptions, stringify } from "yaml";
import { ALERT_RULES } from "../../deploy/rules/alerts.ts";
import type { AlertRule } from "../../deploy/rules/rule_file.ts";

/** What the tool is told by `--external.url`. */
export const EXTERNAL_URL = "https://central.example";

type Texts = Readonly<Record<string, string>>;

/** The part of a test file that is changed here. */
interface TestFile {
  rule_files: string[];
  readonly tests: readonly {
    readonly alert_rule_test?: readonly {
      readonly alertname: string;
      readonly exp_alerts?: readonly {
        readonly exp_labels: Texts;
        exp_annotations?: Texts;
      }[];
    }[];
  }[];
}

const ALL: readonly AlertRule[] = Object.values(ALERT_RULES).flat()
  .flatMap(({ rules }) => rules);

/** `0x20` is twenty-one zeros here, and no number of base 16. */
const SAMPLES: SchemaOptions = {
  customTags: (tags) =>
    tags.filter((tag) => typeof tag === "string" || tag.format !== "HEX"),
};

/** The tool's text of a test file that lies in `dir`. */
export function completeRuleTests(text: string, dir: string): string {
  const file = parse(text, SAMPLES) as TestFile;
  file.rule_files = file.rule_files.map((path) => `${dir}/${path}`);
  for (const { alert_rule_test = [] } of file.tests) {
    for (const { alertname, exp_alerts = [] } of alert_rule_test) {
      for (const expected of exp_alerts) {
        expected.exp_annotations = {
          ...known(alertname, expected.exp_labels),
          ...expected.exp_annotations,
        };
      }
    }
  }
  return stringify(file, { lineWidth: 0 });
}

/** Annotations that need no template engine; none of an alert we do not know. */
function known(name: string, labels: Texts): Texts {
  const rule = ALL.find(({ alert, labels: { severity = "" } }) =>
    alert === name && severity === labels["severity"]
  );
  const rendered = Object.entries(rule?.annotations ?? {}).map((
    [key, text],
  ) => [key, key === "dashboard" ? address(text, labels) : text] as const);
  return Object.fromEntries(
    rendered.filter(([, text]) => !text.includes("{{")),
  );
}

function address(text: string, labels: Texts): string {
  const ofAgent = labels["program"] === "agent";
  return text.replace("{{ $externalURL }}", EXTERNAL_URL)
    .replace(
      /\{\{ if eq \$labels\.program "agent" \}\}(.+)\{\{ else \}\}(.+)\{\{ end \}\}/,
      ofAgent ? "$1" : "$2",
    )
    .replace(
      /\{\{ \$labels\.(\w+) \| queryEscape \}\}/g,
      (_, label) => encodeURIComponent(labels[label] ?? ""),
    );
}
