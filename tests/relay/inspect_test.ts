import { inspectContent } from "../../relay/inspect.ts";
import type { Label } from "../../shared/model.ts";
import { encodeWriteRequest } from "../../shared/remote_write/encode.ts";
import { assert, assertEquals } from "../support/assert.ts";

/** What is found in a request with one series for each list of labels. */
function found(...series: readonly Label[][]) {
  const result = inspectContent(encodeWriteRequest({
    series: series.map((labels) => ({
      labels,
      samples: [{ value: 1, timestampMs: 1_000 }],
    })),
  }));
  assert(result.ok);
  return result.found;
}

const NAME = { name: "__name__", value: "up" };
const server = (length: number) => [
  NAME,
  { name: "server_name", value: "x".repeat(length) },
];

Deno.test("inspectContent() takes no name that is longer than any server's", () => {
  assertEquals(found(server(253)).serverName?.length, 253);
  assertEquals(found(server(256)).serverName?.length, 256);
  assertEquals(found(server(257)).serverName, undefined);
  assertEquals(found(server(1_000_000)).serverName, undefined);
  // The next series may have one that is.
  assertEquals(found(server(257), server(3)).serverName, "xxx");
});

Deno.test("inspectContent() takes no check's id of any length", () => {
  const check = (length: number) => [
    { name: "__name__", value: "msp_install_check" },
    { name: "id", value: "i".repeat(length) },
  ];
  assertEquals(found(check(36)).checkIds, ["i".repeat(36)]);
  assertEquals(found(check(1_000_000)).checkIds, []);
});
