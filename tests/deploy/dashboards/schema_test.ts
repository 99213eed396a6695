import { generatedFiles } from "../../../deploy/generated_files.ts";
import {
  assert,
  assertEquals,
  assertStringIncludes,
} from "../../support/assert.ts";
import { validateDashboards } from "../../support/grafana/validate.ts";

const TEXTS = Array.from(generatedFiles())
  .filter(([path]) => path.endsWith(".json")).map(([, text]) => text);

Deno.test("dashboards: all keep to the schema of Grafana's SDK", async () => {
  assertEquals(TEXTS.length, 10);
  assertEquals(await validateDashboards(TEXTS), "");
});

const VIOLATIONS: Record<string, [from: string, to: string, says: string]> = {
  "an unknown kind of panel": [
    '"type": "gauge"',
    '"type": "dial"',
    `Type '"dial"'`,
  ],
  "an unknown property": ['"gridPos": {', '"at": 1, "gridPos": {', `'"at"'`],
  "an unknown option": ['"graphMode"', '"graphs"', `'"graphs"'`],
  "a value that an option does not have": [
    '"graphMode": "none"',
    '"graphMode": "spark"',
    `Type '"spark"'`,
  ],
  "a text for a switch": ['"multi": true', '"multi": "yes"', "Type 'string'"],
};

Deno.test("dashboards: what the schema does not know is refused", async () => {
  const [text = ""] = TEXTS;
  const spoiled = Object.values(VIOLATIONS).map(([from, to]) => {
    const changed = text.replace(from, to);
    assert(changed !== text, `nothing to spoil at ${from}`);
    return changed;
  });

  const refusal = await validateDashboards(spoiled);

  for (const [, , says] of Object.values(VIOLATIONS)) {
    assertStringIncludes(refusal, says);
  }
});
