import { BodyReader, type BodyResult } from "../../relay/body_reader.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { FakeClock } from "../support/fake_clock.ts";

/** Reads a body that comes in these chunks. */
function read(chunks: Iterable<Uint8Array<ArrayBuffer>>): Promise<BodyResult> {
  const iterator = chunks[Symbol.iterator]();
  const body = new ReadableStream({
    pull(controller) {
      const { done, value } = iterator.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
  }, { highWaterMark: 0 });
  const request = new Request("http://relay.test/", { method: "POST", body });
  const ticket = { grow: () => true, leave() {} };
  return new BodyReader(new FakeClock()).readStream(request, ticket);
}

function bodyOf(result: BodyResult): Uint8Array {
  assert(result.ok);
  return result.body;
}

Deno.test("BodyReader.readStream() keeps no tiny chunk as an object of its own", async () => {
  // Whoever made the chunk may use its memory again: it was copied.
  const chunk = new Uint8Array(1);
  function* chunks() {
    for (let i = 0; i < 70_000; i++) {
      chunk[0] = i;
      yield chunk;
    }
  }

  const body = bodyOf(await read(chunks()));

  assertEquals(body, Uint8Array.from({ length: 70_000 }, (_, i) => i));
  assertEquals(body.buffer.byteLength, 70_000);
});

Deno.test("BodyReader.readStream() puts chunks of all sizes together in their order", async () => {
  const sizes = [
    0,
    1,
    5_000,
    4_095,
    4_096,
    0,
    60_000,
    ...Array(40).fill(3_000),
    7,
  ];
  let next = 0;
  const chunks = sizes.map((size) =>
    Uint8Array.from({ length: size }, () => next++)
  );

  const body = bodyOf(await read(chunks));

  assertEquals(body, Uint8Array.from({ length: next }, (_, i) => i));
});

Deno.test("BodyReader.readStream() hands a single chunk on as it came", async () => {
  const chunk = new Uint8Array(100_000).fill(7);
  assert(bodyOf(await read([chunk])) === chunk);
  assertEquals(bodyOf(await read([Uint8Array.of(1, 2)])), Uint8Array.of(1, 2));
  assertEquals(bodyOf(await read([])).length, 0);
});
