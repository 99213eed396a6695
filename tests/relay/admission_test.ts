import { Admission, defaultLimits } from "../../relay/admission.ts";
import { assert, assertEquals } from "../support/assert.ts";

Deno.test("Admission.enter() leaves half of the bytes to other addresses", () => {
  const admission = new Admission({ maxBytes: 1_000, maxPerAddress: 9 });
  const first = admission.enter("10.0.0.1", 400);

  assertEquals(admission.enter("10.0.0.1", 101), undefined);
  assertEquals(first?.grow(101), false);
  assertEquals(first?.grow(100), true);
  const other = admission.enter("10.0.0.2", 500);
  assert(other !== undefined);
  assertEquals(admission.enter("10.0.0.3", 1), undefined);

  first?.leave();
  other.leave();
  assertEquals([admission.bytes, admission.requests], [0, 0]);
  assert(admission.enter("10.0.0.1", 500) !== undefined);
});

Deno.test("Admission.enter() counts the requests of each address", () => {
  const admission = new Admission({ maxBytes: 1_000, maxPerAddress: 2 });
  const tickets = [1, 2].map(() => admission.enter("10.0.0.1", 1));

  assertEquals(admission.enter("10.0.0.1", 1), undefined);
  assert(admission.enter("10.0.0.2", 1) !== undefined);
  tickets[0]?.leave();
  assert(admission.enter("10.0.0.1", 1) !== undefined);
});

Deno.test("defaultLimits() let thousands of servers behind one router push at once", () => {
  const admission = new Admission(defaultLimits(2 * 1024 ** 3));
  const tickets = Array.from(
    { length: 4_000 },
    () => admission.enter("10.0.0.1", 12_000),
  );

  assertEquals(tickets.filter((ticket) => ticket === undefined).length, 0);
});
