import { BodyGarbage } from "../../relay/body_garbage.ts";
import { assertEquals } from "../support/assert.ts";

Deno.test("BodyGarbage.add() asks for a collection every 16 MiB", () => {
  let collections = 0;
  const garbage = new BodyGarbage(() => collections++);
  const counts: number[] = [];

  for (let mib = 0; mib < 40; mib++) {
    garbage.add(1024 ** 2);
    counts.push(collections);
  }

  assertEquals([counts[14], counts[15], counts[30], counts[31]], [0, 1, 1, 2]);
});
