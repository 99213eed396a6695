import { socketAddress } from "../../shared/sd_notify.ts";
import { assertEquals } from "../support/assert.ts";

Deno.test("socketAddress() writes a path and an abstract name", () => {
  assertEquals([...socketAddress("/a")], [1, 0, 0x2f, 0x61, 0]);
  assertEquals([...socketAddress("@a")], [1, 0, 0, 0x61]);
});
