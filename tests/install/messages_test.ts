import { assertEquals } from "../support/assert.ts";
import { HOST_ROWS } from "../support/installer/host_rows.ts";
import { NETWORK_ROWS } from "../support/installer/network_rows.ts";
import { RELAY_ROWS } from "../support/installer/relay_rows.ts";
import { Network } from "../support/installer/network.ts";
import { checkRow, eachOf, type Row } from "../support/installer/rows.ts";
import { Sandbox } from "../support/installer/sandbox.ts";
import { hostProblem } from "../support/installer/shells.ts";
import { USAGE_ROWS } from "../support/installer/usage_rows.ts";
import { VALUE_ROWS } from "../support/installer/value_rows.ts";

const ignore = hostProblem() !== "";

/** Rows that end before anything is staged, and need nothing, share a host. */
const isPlain = ({ id, files, before, args }: Row) =>
  !args.some((arg) => arg.startsWith("--version=")) &&
  /^E1[0-2]/.test(id) && files === undefined && before === undefined;

const TABLES = { USAGE_ROWS, VALUE_ROWS, RELAY_ROWS, HOST_ROWS, NETWORK_ROWS };

for (const [name, rows] of Object.entries(TABLES)) {
  Deno.test({
    name: `install.sh says what is wrong in English and Korean: ${name}`,
    ignore,
    async fn(t) {
      await using network = await Network.start();
      await using shared = await Sandbox.start(network);
      const failures: string[] = [];
      await eachOf(rows, async (row, i) => {
        try {
          const host = isPlain(row) ? shared : undefined;
          await checkRow(row, i, network, host);
        } catch (error) {
          failures.push(`${row.what} (${row.id}): ${error}`);
        }
      });
      await t.step(`${rows.length} rows`, () => {
        assertEquals(failures.join("\n\n"), "");
      });
    },
  });
}

/** Rows that need a story: tests/install/upgrade_test.ts. */
const ELSEWHERE = ["E303", "E304"];

Deno.test("install.sh has no error without a row in a table", () => {
  const folder = new URL("../../install/sh/", import.meta.url);
  const ids = ["messages_usage.sh", "messages_host.sh"].flatMap((name) =>
    Array.from(
      Deno.readTextFileSync(new URL(name, folder)).matchAll(
        /^ {2}(E\d+)\) m /gm,
      ),
      ([, id]) => id,
    )
  );
  const rows = Object.values(TABLES).flat().map(({ id }) => id);
  const tested = new Set([...rows, ...ELSEWHERE]);

  assertEquals(ids.filter((id) => !tested.has(id ?? "")), []);
});
