import { assertEquals } from "../../support/assert.ts";
import { seededRandom } from "../../support/fake_disk.ts";
import { RangeSet } from "../../../shared/spool/ranges.ts";

Deno.test("RangeSet joins ranges that touch", () => {
  const set = new RangeSet([[5, 7], [9, 10]]);

  set.add(7, 9);

  assertEquals(set.ranges, [[5, 10]]);
});

Deno.test("RangeSet behaves like a set of numbers (random operations)", () => {
  const seed = Math.floor(Math.random() * 2 ** 32);
  const random = seededRandom(seed);
  const draw = () => Math.floor(random() * 40);

  for (let round = 0; round < 200; round++) {
    const ranges = new RangeSet();
    const numbers = new Set<number>();
    for (let step = 0; step < 20; step++) {
      const [start, end] = [draw(), draw()];
      const isAdd = random() < 0.6;
      if (isAdd) ranges.add(start, end);
      else ranges.remove(start, end);
      for (let n = start; n < end; n++) {
        if (isAdd) numbers.add(n);
        else numbers.delete(n);
      }

      const what = `seed ${seed}, round ${round}, step ${step}`;
      for (let n = 0; n < 42; n++) {
        assertEquals(ranges.has(n), numbers.has(n), `${what}: has ${n}`);
      }
      const [a, b] = [draw(), draw()];
      let isCovered = true;
      for (let n = a; n < b; n++) isCovered &&= numbers.has(n);
      assertEquals(ranges.covers(a, b), isCovered, `${what}: covers ${a} ${b}`);
      const ends = ranges.ranges.flat();
      assertEquals(ends, [...new Set(ends)].sort((x, y) => x - y), what);
    }
  }
});
