import { assert, assertEquals, assertThrows } from "../../support/assert.ts";
import { withSeed } from "../../support/seeded_random.ts";
import { encodeWriteRequest } from "../../../shared/remote_write/encode.ts";
import {
  checkSnappy,
  compress,
  mergeSnappy,
  SnappyError,
  uncompress,
} from "../../../shared/remote_write/snappy.ts";
import { concat, hex, oneSeries, varint } from "./codec_support.ts";

const MAX = 1024 * 1024;
const LIMIT = { maxUncompressedBytes: MAX };

/** Blocks that a valid encoder may write, and what they hold. */
const SOUND: Record<string, [block: string, content: string]> = {
  "nothing": ["00", ""],
  "a literal": ["0308616263", "616263"],
  "a length with a needless byte": ["830008616263", "616263"],
  "a copy of 4 to 11 bytes": ["07 08616263 0103", "61626361626361"],
  "a copy with a 16-bit offset": ["06 08616263 0a0300", "616263616263"],
  "a copy with a 32-bit offset": ["06 08616263 0b03000000", "616263616263"],
  "a run, copied from itself": ["09 0061 1101", "616161616161616161"],
  "a literal with one length byte": ["03f002616263", "616263"],
  "a literal with two length bytes": ["03f40200616263", "616263"],
  "a literal with three length bytes": ["03f8020000616263", "616263"],
  "a literal with four length bytes": ["03fc02000000616263", "616263"],
  "one byte with one length byte": ["01f00061", "61"],
};

for (const [what, [block, content]] of Object.entries(SOUND)) {
  Deno.test(`uncompress() reads ${what}`, () => {
    assertEquals(uncompress(hex(block), MAX).toHex(), content);
    assertEquals(checkSnappy(hex(block), LIMIT), {
      ok: true,
      uncompressedBytes: content.length / 2,
    });
  });
}

const UNSOUND: Record<string, [block: string, fault: string, says: string]> = {
  "no bytes": ["", "malformed", "empty"],
  "the framing format": [
    "ff060000734e61507059 0003",
    "framed",
    "remote write needs the block format",
  ],
  "a length that never ends": ["ffffffffffff", "malformed", "varint"],
  "a length of more than 32 bits": ["ffffffff1f 0061", "malformed", "varint"],
  "a length cut short": ["80", "malformed", "varint"],
  "a length above the limit": ["818040 0061", "too_large", "more than 1048576"],
  "4 GiB out of nothing": ["ffffffff0f", "too_large", "declares 4294967295"],
  "fewer bytes than declared": ["04 08616263", "malformed", "holds 3"],
  "more bytes than declared": ["02 08616263", "malformed", "holds 3"],
  "trailing input": ["03 08616263 0078", "malformed", "holds 4"],
  "trailing garbage": ["03 08616263 ff", "malformed", "runs past the end"],
  "a literal cut short": ["03 086162", "malformed", "runs past the end"],
  "a literal's length cut short": ["03 f402", "malformed", "past the end"],
  "a literal of 2 GiB": ["03 fcffffff7f 616263", "malformed", "past the end"],
  "a literal of 4 GiB": ["03 fcffffffff 616263", "malformed", "past the end"],
  "a short copy cut short": ["07 08616263 01", "malformed", "past the end"],
  "a copy cut short": ["06 08616263 0a03", "malformed", "past the end"],
  "a far copy cut short": ["06 08616263 0b030000", "malformed", "past the end"],
  "offset 0 in a short copy": ["07 08616263 0100", "malformed", "outside"],
  "offset 0 in a copy": ["06 08616263 0a0000", "malformed", "outside"],
  "offset 0 in a far copy": ["06 08616263 0b00000000", "malformed", "outside"],
  "a short copy from before the start": [
    "07 08616263 0104",
    "malformed",
    "byte 5",
  ],
  "a copy from before the start": ["06 08616263 0a0400", "malformed", "byte 5"],
  "a far copy from before the start": [
    "06 08616263 0b04000000",
    "malformed",
    "byte 5",
  ],
  "a far copy with a negative offset": [
    "06 08616263 0bffffffff",
    "malformed",
    "byte 5",
  ],
  "a copy before anything": ["04 0a0100", "malformed", "byte 1"],
  "a first byte of 0xFF": ["ff 0a 0a0a0161", "malformed", "byte"],
};

for (const [what, [block, fault, says]] of Object.entries(UNSOUND)) {
  Deno.test(`checkSnappy() refuses ${what}`, () => {
    const check = checkSnappy(hex(block), LIMIT);
    assert(!check.ok);
    assertEquals(check.fault, fault);
    assert(check.reason.includes(says), check.reason);
  });

  Deno.test(`uncompress() refuses ${what}`, () => {
    const error = assertThrows(
      () => uncompress(hex(block), MAX),
      SnappyError,
      "Cannot decode snappy block: ",
    );
    assertEquals(error.code, `snappy_${fault}`);
  });
}

Deno.test("uncompress() gives back what compress() took, and checkSnappy() its length", () => {
  withSeed((random) => {
    for (let i = 0; i < 200; i++) {
      const content = randomBytes(random, 2 ** (random() * 18));

      const block = compress(content);

      assertEquals(uncompress(block, MAX).toHex(), content.toHex());
      assertEquals(checkSnappy(block, LIMIT), {
        ok: true,
        uncompressedBytes: content.length,
      });
    }
  });
});

Deno.test("checkSnappy() takes exactly the limit and not one byte more", () => {
  const block = compress(new Uint8Array(1000));

  assert(checkSnappy(block, { maxUncompressedBytes: 1000 }).ok);
  assert(!checkSnappy(block, { maxUncompressedBytes: 999 }).ok);
});

Deno.test("checkSnappy() refuses a block cut off anywhere", () => {
  const block = compress(scrapeBody(20));

  for (let length = 0; length < block.length; length++) {
    assert(!checkSnappy(block.subarray(0, length), LIMIT).ok, `at ${length}`);
  }
});

// Every block that is taken must unpack later, when nobody can be told.
Deno.test("checkSnappy() says of damaged blocks what unpacking them by the book says", () => {
  withSeed((random) => {
    let sound = 0;
    for (let i = 0; i < 20_000; i++) {
      const block = compress(randomBytes(random, random() * 300));
      for (let hits = 0; hits < 1 + random() * 2; hits++) {
        block[Math.floor(random() * block.length)] = random() * 256;
      }
      const expected = unpackByTheBook(block);

      assertEquals(checkSnappy(block, LIMIT).ok, expected !== undefined);

      if (expected === undefined) continue;
      sound++;
      assertEquals(uncompress(block, MAX).toHex(), expected.toHex());
    }
    assert(sound > 100, `only ${sound} blocks stayed sound`);
  });
});

Deno.test("mergeSnappy() unpacks to its parts, bit for bit", () => {
  withSeed((random) => {
    for (let i = 0; i < 50; i++) {
      const parts = Array.from(
        { length: Math.floor(random() * 20) },
        () => randomBytes(random, random() * 5_000),
      );

      const merged = mergeSnappy(parts.map(compress));

      assertEquals(uncompress(merged, MAX).toHex(), concat(parts).toHex());
    }
  });
});

Deno.test("mergeSnappy() of no block is the empty request", () => {
  assertEquals(mergeSnappy([]), hex("00"));
});

Deno.test("mergeSnappy() refuses what together exceeds 32 bits", () => {
  const half = concat([varint(2 ** 31), hex("0061")]);

  assertThrows(() => mergeSnappy([half, half]), RangeError, "4294967296 bytes");
  assertThrows(() => mergeSnappy([hex("ffffffffff")]), RangeError, "no length");
});

Deno.test("compress() packs a scrape at least seven times smaller", () => {
  const content = scrapeBody(400);

  assert(compress(content).length * 7 < content.length);
});

Deno.test("compress() and uncompress() give plain bytes for a Buffer", async () => {
  const { Buffer } = await import("node:buffer");
  const content = Buffer.from("aaaaaaaaaaaaaaaaaaaaaaaa");

  const block = compress(content);
  const unpacked = uncompress(Buffer.from(block), MAX);

  assert(block.constructor === Uint8Array);
  assert(unpacked.constructor === Uint8Array);
  assertEquals(unpacked.toHex(), content.toString("hex"));
});

/** Half noise, half repetition: literals and copies of all lengths. */
function randomBytes(random: () => number, length: number): Uint8Array {
  const bytes = new Uint8Array(Math.floor(length));
  for (let at = 0; at < bytes.length;) {
    const run = Math.ceil(random() * 90);
    const back = Math.ceil(random() * Math.min(at, 70_000));
    const copies = at > 0 && random() < 0.5;
    for (let i = 0; i < run && at < bytes.length; i++, at++) {
      bytes[at] = copies ? bytes[at - back]! : random() * 256;
    }
  }
  return bytes;
}

/** A request like those of the agent. */
function scrapeBody(seriesCount: number): Uint8Array {
  return encodeWriteRequest({
    series: Array.from(
      { length: seriesCount },
      (_, i) =>
        oneSeries([{ value: i * 1.1, timestampMs: 1_700_000_000_000 }], [
          { name: "__name__", value: "node_cpu_seconds_total" },
          { name: "cpu", value: String(i >> 3) },
          { name: "customer_id", value: "acme" },
          { name: "mode", value: ["user", "idle", "iowait", "steal"][i & 3]! },
          { name: "server_name", value: "web-01.example" },
        ]).series,
    ).flat(),
  });
}

/** The format description, word by word and slowly; `undefined` when unsound. */
function unpackByTheBook(block: Uint8Array): Uint8Array | undefined {
  const input = [...block];
  const take = (count: number): number => {
    let value = 0;
    for (let i = 0; i < count; i++) value += (input.shift() ?? NaN) * 256 ** i;
    return value;
  };
  let declared = 0;
  let byte = 0x80;
  for (let i = 0; byte > 0x7f; i++) {
    byte = take(1);
    if (i === 5 || !(byte >= 0)) return undefined;
    declared += (byte & 0x7f) * 128 ** i;
  }
  if (declared > MAX) return undefined;
  const out: number[] = [];
  while (input.length > 0) {
    const tag = take(1);
    const upper = tag >> 2;
    if ((tag & 3) === 0) {
      const length = upper < 60 ? upper + 1 : take(upper - 59) + 1;
      if (!(length <= input.length)) return undefined;
      out.push(...input.splice(0, length));
      continue;
    }
    const short = (tag & 3) === 1;
    const length = short ? (upper & 7) + 4 : upper + 1;
    const offset = short
      ? (tag >> 5) * 256 + take(1)
      : take((tag & 3) === 2 ? 2 : 4);
    if (!(offset >= 1 && offset <= out.length)) return undefined;
    for (let i = 0; i < length; i++) out.push(out[out.length - offset]!);
  }
  return out.length === declared ? Uint8Array.from(out) : undefined;
}
