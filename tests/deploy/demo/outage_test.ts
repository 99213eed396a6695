/** What counts as a missing sample after the staged outage. */
import { judge } from "../../../deploy/demo/outage.ts";
import { planServers } from "../../../deploy/demo/servers.ts";
import { assertEquals } from "../../support/assert.ts";

const SPAN = { fromMs: 10_000, toMs: 15_000 };

/** Samples at these times; what is missing of the span. */
const CASES: Record<string, [timesMs: number[], missing: number]> = {
  "nothing missing": [[10_300, 11_300, 12_300, 13_300, 14_300, 15_300], 0],
  "a scrape that came late": [
    [10_300, 11_300, 12_700, 13_300, 14_300, 15_300],
    0,
  ],
  "one in the middle": [[10_300, 11_300, 13_300, 14_300, 15_300], 1],
  "the first ones": [[12_300, 13_300, 14_300, 15_300], 1],
  "the last ones, which are still to come": [[10_300, 11_300, 12_300], 3],
  "everything": [[], 5],
};

for (const [what, [timestampsMs, missing]] of Object.entries(CASES)) {
  Deno.test(`judge() counts ${what}`, () => {
    const [server] = planServers(1);
    const series = [{ labels: {}, timestampsMs, values: timestampsMs }];

    assertEquals(judge(server!, series, SPAN).missing, missing);
  });
}
