/** What the tests of encoding and decoding have in common. */
import type { Batch, Label, Sample } from "../../../shared/model.ts";

/** A batch of one series with these samples, named `z` unless labels are given. */
export function oneSeries(
  samples: readonly Sample[],
  labels: readonly Label[] = [{ name: "__name__", value: "z" }],
): Batch {
  return { series: [{ labels, samples }] };
}

/** Bytes from hex digits, blanks ignored. */
export function hex(text: string): Uint8Array {
  return Uint8Array.fromHex(text.replaceAll(/\s/g, ""));
}

/** Protobuf bytes of a field that holds a message or a string. */
export function field(
  number: number,
  ...parts: readonly Uint8Array[]
): Uint8Array {
  const content = concat(parts);
  return concat([varint(number << 3 | 2), varint(content.length), content]);
}

/** The varint of a non-negative integer. */
export function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  for (; value > 0x7f; value = Math.floor(value / 128)) {
    bytes.push(value % 128 | 0x80);
  }
  return Uint8Array.of(...bytes, value);
}

/** One after the other. */
export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, p) => sum + p.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Any text: ASCII, wide characters, emoji, control characters. */
export function randomText(random: () => number, maxLength: number): string {
  const alphabet = ["a", "Z", "_", "0", "é", "한", "😀", '"', "\\", "\n", "\0"];
  const length = Math.floor(random() * (maxLength + 1));
  return Array.from(
    { length },
    () => alphabet[Math.floor(random() * alphabet.length)],
  ).join("");
}

/** Any batch that has all its bits kept by the wire format. */
export function randomBatch(random: () => number): Batch {
  const count = (max: number) => Math.floor(random() * (max + 1));
  return {
    series: Array.from({ length: count(6) }, () => ({
      labels: Array.from({ length: count(5) }, () => ({
        name: randomText(random, 10),
        value: randomText(random, 300),
      })),
      samples: Array.from({ length: count(4) }, () => randomSample(random)),
    })),
    metadata: Array.from({ length: count(2) }, () => ({
      name: randomText(random, 10),
      kind: "counter" as const,
      help: randomText(random, 40),
    })),
  };
}

function randomSample(random: () => number): Sample {
  const bits = new DataView(new ArrayBuffer(8));
  bits.setUint32(0, random() * 2 ** 32);
  bits.setUint32(4, random() * 2 ** 32);
  // A quarter of all values are NaNs of any payload.
  if (random() < 0.25) bits.setUint16(0, 0x7ff8);
  const value = bits.getFloat64(0);
  const timestampMs = Math.round((random() - 0.5) * 2 ** (random() * 54));
  return Number.isNaN(value)
    ? { value, timestampMs: timestampMs + 0, nanBits: bits.getBigUint64(0) }
    // Zeros lose their sign on the wire, by upstream's rule.
    : { value: value + 0, timestampMs: timestampMs + 0 };
}
